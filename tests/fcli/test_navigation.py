import json

import pytest
from fcli.support import done, run

TIMER = {"triggerConfig": {"cronExpression": "0 0 4 * * *", "enable": False}}

FOLDERS = [
    "aliases", "async-configs", "domains", "fc", "instances", "layers", "on-demand-configs",
    "provision-configs", "ram", "sls", "stateful-invocations", "tags", "versions", "vpc-bindings",
]  # fmt: skip


@pytest.fixture
def trigger(demo, folder):
    """Return a client of a server with the trigger demo/hello/timer."""
    (folder / "timer.json").write_text(json.dumps(TIMER))
    done("mkt", "demo/hello/timer", "-t", "timer", "-c", "timer.json")
    return demo


class TestList:
    def test_names_one_per_line(self, client):
        for name in ("b", "a", "c"):
            client.create_service(name)
        assert done("ls").out == "a\nb\nc\n"

    @pytest.mark.parametrize(
        ("path", "lines"),
        [
            ("/", FOLDERS),
            ("/versions", ["demo"]),
            ("/aliases", ["demo"]),
            ("/ram", ["policies", "roles"]),
            ("/fc", ["demo"]),
            ("demo", ["hello"]),
            ("./demo/../demo/", ["hello"]),
            ("demo/hello", ["timer"]),
            ("/fc/demo/hello/timer", ["timer"]),
        ],
    )
    def test_of_each_kind_of_path(self, trigger, path, lines):
        assert done("ls", path).lines == lines
        assert trigger

    def test_limit_prints_the_token_to_go_on_with(self, client):
        for name in ("a", "b", "c"):
            client.create_service(name)
        first = done("ls", "-l", "2").lines
        assert first[:2] == ["a", "b"]
        assert first[2].startswith("NextToken: ")
        rest = done("ls", "-t", first[2].removeprefix("NextToken: "))
        assert rest.out == "c\n"

    def test_token_is_not_a_part_of_a_document(self, client):
        client.create_service("a")
        client.create_service("b")
        result = done("ls", "-l", "1", "--output", "json")
        assert [each["serviceName"] for each in result.json()] == ["a"]
        assert result.err.startswith("NextToken: ")

    def test_prefix_and_start_key(self, client):
        for name in ("a1", "a2", "b1"):
            client.create_service(name)
        assert done("ls", "-p", "a").lines == ["a1", "a2"]
        assert done("ls", "-k", "a2").lines == ["a2", "b1"]

    def test_more_than_a_page(self, client):
        for number in range(101):
            client.create_service(f"s{number:03}")
        result = done("ls", "--debug")
        assert len(result.lines) == 101
        # So 1,000 are ten calls.
        assert result.err.count("ListServices attempt") == 2

    def test_path_that_cannot_be_is_wrong_usage(self, server):
        result = run("ls", "/nope")
        assert result.code == 2
        assert "/nope: no such path" in result.err
        assert server

    def test_service_that_is_not_there(self, server):
        result = run("ls", "nope")
        assert result.code == 1
        assert "404 ServiceNotFound" in result.err
        assert server


class TestInfo:
    def test_is_the_reply_of_the_service(self, demo):
        assert done("info", "demo").json() == demo.get_service("demo").raw
        assert done("info", "demo/hello").json() == demo.get_function("demo", "hello").raw

    def test_trigger(self, trigger):
        shown = done("info", "demo/hello/timer").json()
        assert shown["triggerConfig"]["cronExpression"] == "0 0 4 * * *"
        assert trigger

    def test_folder_is_wrong_usage(self, server):
        assert run("info").code == 2
        assert server


class TestRemove:
    def test_needs_an_answer(self, demo):
        result = run("rm", "demo/hello")
        assert result.code == 2
        assert "pass --yes" in result.err
        assert demo.get_function("demo", "hello")

    @pytest.mark.parametrize("flag", ["-f", "--forced", "--yes"])
    def test_without_a_question(self, demo, flag):
        assert done("rm", "demo/hello", flag).out == "/fc/demo/hello removed\n"
        assert list(demo.iter_functions("demo")) == []

    def test_with_something_below_is_refused_by_the_service(self, demo):
        result = run("rm", "demo", "--yes")
        assert result.code == 1
        assert "409 ServiceNotEmpty" in result.err
        assert "remove it with -r" in result.err
        assert demo.get_service("demo")

    def test_recursive_shows_and_removes_what_is_below(self, trigger):
        result = done("rm", "-r", "demo", "--yes")
        paths = ["/fc/demo/hello/timer", "/fc/demo/hello", "/fc/demo"]
        assert result.err.splitlines() == paths
        assert result.lines == [f"{path} removed" for path in paths]
        assert list(trigger.iter_services()) == []

    def test_recursive_needs_an_answer_before_anything_happens(self, trigger):
        assert run("rm", "-r", "demo").code == 2
        assert trigger.get_trigger("demo", "hello", "timer")

    def test_folder_is_wrong_usage(self, server):
        assert run("rm", "/fc", "--yes").code == 2
        assert server


class TestWhere:
    def test_is_the_start_outside_the_shell(self):
        assert done("pwd").out == "/fc\n"

    def test_change_is_for_the_shell(self):
        result = run("cd", "/fc")
        assert result.code == 2
        assert "in the shell only" in result.err
