import pytest
from fcli.support import done, run

NAMED = "def handler(event, context):\n    print('ran {0}')\n    return '{0}'\n"


@pytest.fixture
def published(demo, folder):
    """Return a client of a server whose service demo has versions 1 and 2."""
    for number in ("1", "2"):
        (folder / "code" / "index.py").write_text(NAMED.format(f"version {number}"))
        done("upf", "demo/hello", "-d", "code")
        done("version", "publish", "-s", "demo", "-d", f"number {number}")
    (folder / "code" / "index.py").write_text(NAMED.format("latest"))
    done("upf", "demo/hello", "-d", "code", "-m", "256")
    return demo


class TestVersion:
    def test_publish(self, demo):
        assert done("version", "publish", "demo").out == "/versions/demo/1 published\n"
        [version] = demo.iter_service_versions("demo")
        assert version.version_id == "1"

    def test_publish_without_a_change(self, demo):
        done("version", "publish", "demo")
        assert "VersionPublishError" in run("version", "publish", "demo").err
        result = done("version", "publish", "demo", "--ignore-unchanged")
        assert result.out == "/versions/demo/1 published\n"
        assert demo

    def test_publish_needs_the_etag_that_is_given(self, demo):
        result = run("version", "publish", "demo", "--etag", "other")
        assert result.code == 1
        assert "412 PreconditionFailed" in result.err
        assert list(demo.iter_service_versions("demo")) == []

    @pytest.mark.parametrize("words", [("version", "list", "-s", "demo"), ("ls", "/versions/demo")])
    def test_list(self, published, words):
        assert done(*words).lines == ["2", "1"]
        assert done(*words, "--output", "json", "--query", "[].description").json() == [
            "number 2", "number 1",
        ]  # fmt: skip
        assert published

    def test_list_in_the_direction_that_is_given(self, published):
        assert done("version", "list", "demo").lines == ["2", "1"]
        assert done("version", "list", "demo", "--direction", "forward").lines == ["1", "2"]
        assert done("ls", "/versions/demo", "--direction", "FORWARD", "-l", "1").lines[0] == "1"
        result = run("ls", "demo", "--direction", "FORWARD")
        assert result.code == 2
        assert "a function cannot be listed by --direction" in result.err
        assert published

    def test_list_by_start_key_but_not_by_prefix(self, published):
        assert done("version", "list", "demo", "-k", "1").lines == ["1"]
        result = run("version", "list", "demo", "-p", "1")
        assert result.code == 2
        assert "No such option" in result.err
        assert (
            "a version cannot be listed by --prefix" in run("ls", "/versions/demo", "-p", "1").err
        )
        assert published

    @pytest.mark.parametrize(
        "words", [("version", "get", "-s", "demo", "-v", "1"), ("info", "/versions/demo/1")]
    )
    def test_get(self, published, words):
        assert done(*words).json()["description"] == "number 1"
        assert published

    def test_delete(self, published):
        result = done("version", "delete", "-s", "demo", "-v", "1", "--yes")
        assert result.out == "/versions/demo/1 removed\n"
        assert [each.version_id for each in published.iter_service_versions("demo")] == ["2"]

    def test_folder_of_versions_is_not_removed(self, published):
        result = run("rm", "-r", "/versions/demo", "--yes")
        assert result.code == 2
        assert "the service 'demo' cannot be removed by this path" in result.err
        assert published.get_service("demo")


class TestAlias:
    def test_life(self, published):
        names = ("-s", "demo", "-a", "prod")
        result = done("alias", "create", *names, "-v", "1", "-d", "live", "-w", "2=0.05")
        assert result.out == "/aliases/demo/prod created\n"
        alias = published.get_alias("demo", "prod")
        assert (alias.version_id, alias.description) == ("1", "live")
        assert alias.additional_version_weight == {"2": 0.05}
        assert done("alias", "list", "-s", "demo").out == "prod\n"
        assert done("alias", "get", *names).json() == alias.raw
        done("alias", "update", "demo/prod", "--version-id", "2", "--clear-weights")
        alias = published.get_alias("demo", "prod")
        assert (alias.version_id, alias.additional_version_weight) == ("2", {})
        assert done("alias", "delete", "demo/prod", "--yes").out == "/aliases/demo/prod removed\n"
        assert list(published.iter_aliases("demo")) == []

    def test_update_needs_the_etag_that_is_given(self, published):
        published.create_alias("demo", "prod", version_id="1")
        result = run("alias", "update", "demo/prod", "-d", "x", "--etag", "other")
        assert result.code == 1
        assert "412 PreconditionFailed" in result.err

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("create", "demo/prod"), "missing --version-id"),
            (("create", "demo/prod", "-v", "1", "-w", "2"), "expected VERSION=WEIGHT"),
            (("create", "demo/prod", "-v", "1", "-w", "2=x"), "expected VERSION=WEIGHT"),
            (("create", "demo/prod", "-v", "1", "-w", "2=5"), "a weight of 0 to 1"),
            (("create", "demo/prod", "-v", "1", "-w", "2=nan"), "a weight of 0 to 1"),
            (("create", "demo/prod", "-v", "1", "-w", "=0.5"), "expected VERSION=WEIGHT"),
            (("create", "prod", "-v", "1"), "expected /aliases/SERVICE/ALIAS"),
            (("update", "demo/prod"), "nothing to update"),
            (("update", "demo/prod", "-w", "2=1", "--clear-weights"), "not both"),
        ],
    )
    def test_bad_input_is_wrong_usage(self, server, words, problem):
        result = run("alias", *words)
        assert result.code == 2
        assert problem in result.err
        assert server


class TestQualifier:
    @pytest.fixture
    def prod(self, published):
        """Return a client of a server with the alias prod of version 1."""
        published.create_alias("demo", "prod", version_id="1")
        return published

    @pytest.mark.parametrize("qualifier", ["1", "prod"])
    def test_of_what_is_read(self, prod, qualifier):
        words = ("--qualifier", qualifier)
        assert done("info", "demo", *words).json()["description"] == "number 1"
        assert done("info", "demo/hello", *words).json()["memorySize"] == 128
        assert done("ls", "demo", *words, "--query", "[].memorySize").out == "128\n"
        assert done("function", "get", "demo/hello", *words, "--query", "memorySize").out == "128\n"
        assert prod

    @pytest.mark.parametrize(
        ("qualifier", "output"), [("1", "version 1"), ("prod", "version 1"), ("LATEST", "latest")]
    )
    def test_of_what_is_invoked(self, prod, server, qualifier, output):
        assert done("invk", "demo/hello", "--qualifier", qualifier).out == output
        done("invk", "demo/hello", "--qualifier", qualifier, "-n", "2")
        done("invk", "demo/hello", "--qualifier", qualifier, "--async")
        server.drain()
        assert server.logs("demo").count(f"ran {output}\n") == 4
        assert prod

    def test_of_the_code(self, prod, folder):
        done("dlc", "demo/hello", "--qualifier", "1", "-o", "one.zip")
        prod.download_function_code("demo", "hello", folder / "wanted.zip", qualifier="1")
        assert (folder / "one.zip").read_bytes() == (folder / "wanted.zip").read_bytes()
        assert (
            done("dlc", "demo/hello", "--qualifier", "2", "-o", "-").content
            != (folder / "one.zip").read_bytes()
        )

    def test_of_a_trigger(self, prod, folder):
        (folder / "t.yml").write_text("triggerConfig: {cronExpression: '0 0 4 * * *'}\n")
        words = ("demo/hello/t", "--qualifier")
        done("mkt", *words, "1", "-t", "timer", "-c", "t.yml")
        assert prod.get_trigger("demo", "hello", "t").qualifier == "1"
        done("upt", *words, "prod")
        assert prod.get_trigger("demo", "hello", "t").qualifier == "prod"

    def test_that_does_not_exist(self, demo):
        result = run("invk", "demo/hello", "--qualifier", "nope")
        assert result.code == 1
        assert "404" in result.err
        assert demo

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("info", "demo/hello/t"), "a qualifier cannot be used with a trigger"),
            (("ls", "demo/hello/t"), "a qualifier cannot be used with a trigger"),
            (("ls",), "a service cannot be listed by a qualifier"),
            (("ls", "demo/hello"), "a trigger cannot be listed by a qualifier"),
            (("trigger", "get", "demo/hello/t"), "No such option"),
        ],
    )
    def test_where_there_is_none_is_wrong_usage(self, server, words, problem):
        result = run(*words, "--qualifier", "1")
        assert result.code == 2
        assert problem in result.err
        assert server


def test_recursive_removal_of_a_service_includes_versions_and_aliases(published):
    published.create_alias("demo", "prod", version_id="1")
    result = done("rm", "-r", "demo", "--yes")
    assert result.lines == [
        f"{path} removed"
        for path in (
            "/fc/demo/hello",
            "/aliases/demo/prod",
            "/versions/demo/2",
            "/versions/demo/1",
            "/fc/demo",
        )
    ]
    assert list(published.iter_services()) == []
