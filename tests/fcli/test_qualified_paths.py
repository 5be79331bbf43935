"""Paths with a qualifier: ``demo.prod/hello`` is the function in the version of the alias."""

import pytest
from fcli.support import done, run

from fc_client.fcli.completion import complete_path
from fc_client.fcli.session import Session

CODE = "def handler(event, context):\n    print('ran {0}')\n    return '{0}'\n"


@pytest.fixture
def prod(demo, folder):
    """Return a client of a server whose function in demo.prod differs from the one in demo."""
    (folder / "code" / "index.py").write_text(CODE.format("version 1"))
    done("upf", "demo/hello", "-d", "code")
    demo.publish_service_version("demo")
    demo.create_alias("demo", "prod", version_id="1")
    (folder / "code" / "index.py").write_text(CODE.format("latest"))
    done("upf", "demo/hello", "-d", "code", "-m", "256")
    return demo


@pytest.mark.parametrize("service", ["demo.prod", "demo.1"])
def test_are_read_and_invoked(prod, service):
    assert done("info", service).json()["serviceName"] == "demo"
    assert done("info", f"{service}/hello", "--query", "memorySize").out == "128\n"
    assert done("ls", service, "--query", "[].memorySize").out == "128\n"
    assert done("invk", f"/fc/{service}/hello").out == "version 1"
    assert done("invk", "demo/hello").out == "latest"
    named = ("-s", service, "-f", "hello")
    assert done("function", "invoke", *named, "--qualifier", service[5:]).out == "version 1"
    assert prod


def test_of_logs(prod, server):
    for words in (("demo/hello",), ("demo.prod/hello",)):
        done("invk", *words)
    assert done("logs", "demo").out.count("ran ") == 2
    for words in (("demo.prod/hello",), ("demo", "--qualifier", "prod"), ("demo.1",)):
        lines = [line for line in done("logs", *words).lines if "message:ran" in line]
        assert [line.rpartition("ran ")[2] for line in lines] == ["version 1"]
    assert "ran latest" in done("logs", "demo.LATEST").out
    [version] = {each["version"] for each in done("logs", "demo.1", "--output", "json").json()}
    assert version == "1"
    result = run("logs", "demo", "--qualifier", "nope")
    assert result.code == 1
    assert "404 AliasNotFound" in result.err
    assert "fcli alias list SERVICE" in result.err
    assert prod
    assert server


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("mks", "demo.x"), "fcli mks: the path has the qualifier 'x'"),
        (("upf", "demo.prod/hello", "-m", "128"), "only commands that read or invoke take one"),
        (("mkt", "demo.prod/hello/t"), "only commands that read or invoke take one"),
        (("version", "publish", "demo.prod"), "leave it out"),
        (("rm", "demo.prod/hello", "--yes"), "belongs to a version, which nothing can change"),
        (("rm", "-r", "demo.prod", "--yes"), "belongs to a version, which nothing can change"),
        (("invk", "demo.prod/hello", "--qualifier", "1"), "pass one"),
        (("info", "demo.prod", "--qualifier", "1"), "pass one"),
        (("ls", "demo.prod/hello"), "a trigger cannot be listed by a qualifier"),
        (("info", "demo./hello"), "expected SERVICE or SERVICE.QUALIFIER, got 'demo.'"),
        (("invk", ".prod/hello"), "expected SERVICE or SERVICE.QUALIFIER, got '.prod'"),
    ],
)
def test_where_there_is_none_is_wrong_usage(server, words, problem):
    result = run(*words)
    assert result.code == 2
    assert problem in result.err
    assert server


def test_missing_qualifier_is_an_error_of_the_service(demo):
    result = run("invk", "demo.9/hello")
    assert result.code == 1
    assert "404 VersionNotFound" in result.err
    assert "fcli version list SERVICE" in result.err
    assert demo


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("demo.", ["demo.prod", "demo.1", "demo.LATEST"]),
        ("demo.p", ["demo.prod"]),
        ("demo.prod/", ["demo.prod/hello"]),
        ("/versions/demo.", []),
        ("nope.", []),
    ],
)
def test_are_completed(prod, typed, offered):
    assert [each.value for each in complete_path(Session(), typed)] == offered
    assert prod


def test_work_in_the_shell(prod):
    commands = b"cd demo.prod\nls\ninvk hello\n"
    assert done("shell", stdin=commands).out.replace("\n", "").endswith("helloversion 1")
    assert prod
