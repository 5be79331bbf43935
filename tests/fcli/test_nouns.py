import json

import pytest
from fcli.support import done, run

TIMER = {"triggerConfig": {"cronExpression": "0 0 4 * * *", "enable": False}}


class TestService:
    def test_life(self, client):
        assert done("service", "create", "-s", "demo", "-d", "one").out == "/fc/demo created\n"
        assert done("service", "get", "-s", "demo").json()["description"] == "one"
        assert done("service", "list").out == "demo\n"
        done("service", "update", "--service-name", "demo", "-d", "two")
        assert client.get_service("demo").description == "two"
        done("service", "delete", "demo", "--yes")
        assert list(client.iter_services()) == []


class TestFunction:
    def test_life(self, client, folder):
        client.create_service("demo")
        names = ("-s", "demo", "-f", "f")
        done("function", "create", *names, "-t", "python3", "-h", "index.handler", "-d", "code")
        assert done("function", "list", "-s", "demo").out == "f\n"
        assert done("function", "get", *names).json()["functionName"] == "f"
        assert done("function", "invoke", *names, "--event-str", "x").out == "got x"
        assert "handled 1" in done("function", "logs", *names).out
        done("function", "update", *names, "-m", "256")
        assert client.get_function("demo", "f").memory_size == 256
        done("function", "delete", *names, "--yes")
        assert list(client.iter_functions("demo")) == []
        assert folder


class TestTrigger:
    def test_life(self, demo, folder):
        (folder / "timer.json").write_text(json.dumps(TIMER))
        names = ("-s", "demo", "-f", "hello", "-t", "timer")
        done("trigger", "create", *names, "--type", "timer", "-c", "timer.json")
        assert done("trigger", "list", "-s", "demo", "-f", "hello").out == "timer\n"
        assert done("trigger", "get", *names).json()["triggerName"] == "timer"
        done("trigger", "update", *names, "-c", "timer.json")
        done("trigger", "delete", "demo/hello/timer", "--yes")
        assert list(demo.iter_triggers("demo", "hello")) == []


class TestBadInput:
    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("service", "get"), "missing --service-name"),
            (("function", "get", "-f", "f"), "a name lacks the one before it"),
            (("function", "get", "demo"), "is not the path of /fc/SERVICE/FUNCTION"),
            (("function", "list"), "missing --service-name"),
            (("function", "list", "demo/hello"), "is not the path of"),
            (
                ("function", "get", "-s", "a/b", "-f", "c"),
                "a name must not be empty or have a slash",
            ),
            (("function", "get", "demo/f", "-s", "demo"), "not both"),
            (("trigger", "get", "-s", "demo", "-f", "f"), "is not the path of"),
            (("trigger", "create", "-s", "demo", "-f", "f"), "expected SERVICE/FUNCTION/TRIGGER"),
            (("service", "nope"), "No such command 'nope'"),
            (("service",), "Missing command"),
        ],
    )
    def test_is_wrong_usage(self, server, words, problem):
        result = run(*words)
        assert result.code == 2
        assert problem in result.err
        assert server
