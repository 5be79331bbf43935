"""The settings of custom runtimes: the command of the program, and its health check."""

import sys
import time

import pytest
from local.custom_support import create, program
from local.support import assert_error

ARGUMENTS = "def do_POST(self): self.reply(json.dumps(sys.argv).encode())"
HEALTH = """
asked = []
def do_GET(self):
    self.asked.append(self.path)
    self.reply(b"", {status})
def do_POST(self): self.reply(json.dumps(self.asked).encode())
"""


class TestCommand:
    def test_is_started_in_place_of_bootstrap(self, api):
        config = {"command": [sys.executable, "/code/app.py"], "args": ["--data=/code/x", "b c"]}
        create(api, program(ARGUMENTS), name="app.py", mode=0o644, customRuntimeConfig=config)

        path, *arguments = api.invoke().json()

        directory = path.removesuffix("/app.py")
        assert directory != path
        assert arguments == [f"--data={directory}/x", "b c"]

    def test_may_be_a_path_in_the_code(self, api):
        config = {"Command": ["./app"]}
        create(api, program(ARGUMENTS), name="app", customRuntimeConfig=config)

        assert api.invoke().json() == ["./app"]

    @pytest.mark.parametrize("command", [None, []])
    def test_without_one_bootstrap_gets_the_arguments(self, api, command):
        config = {"command": command, "args": ["-v"]}
        create(api, program(ARGUMENTS), customRuntimeConfig=config)

        assert api.invoke().json()[1:] == ["-v"]

    def test_that_changes_starts_another_instance(self, api):
        create(api, program(ARGUMENTS), customRuntimeConfig={"args": ["one"]})
        api.invoke()

        changed = api.call("PUT", "/services/s/functions/f", {"customRuntimeConfig": {}})
        changed.raise_for_status()

        assert api.invoke().json()[1:] == []

    @pytest.mark.parametrize(
        ("command", "mode", "code", "words"),
        [
            (["no-such-program"], 0o755, "CAFileNotFound", ["'no-such-program'", "PATH"]),
            (["/code/missing"], 0o755, "CAFileNotFound", ["customRuntimeConfig"]),
            (["./app"], 0o644, "CAFilePermission", ["chmod +x app"]),
            (["/bin/sh", "-c", "exit 4"], 0o755, "CAExited", ["/bin/sh -c exit 4", "status 4"]),
        ],
    )
    def test_that_cannot_run_says_why(self, api, command, mode, code, words):
        create(api, "#!/bin/sh\n", mode=mode, name="app", customRuntimeConfig={"command": command})

        assert_error(api.invoke(), 412, code, *words)


class TestHealthCheck:
    def test_has_to_succeed_before_the_first_request(self, api):
        check = {
            "httpGetUrl": "/health?full=1",
            "initialDelaySeconds": 1,
            "periodSeconds": 1,
            "timeoutSeconds": 3,
            "successThreshold": 2,
        }
        create(api, program(HEALTH.format(status=204)), customHealthCheckConfig=check)

        started = time.monotonic()
        asked = api.invoke().json()
        seconds = time.monotonic() - started

        assert asked == ["/health?full=1", "/health?full=1"]
        assert seconds > 2

    def test_that_fails_is_an_error(self, api):
        check = {"httpGetUrl": "/health", "failureThreshold": 1, "timeoutSeconds": 3}
        create(api, program(HEALTH.format(status=503)), customHealthCheckConfig=check)

        reply = api.invoke()

        assert reply.headers["X-Fc-Error-Type"] == "UnhandledInvocationError"
        message = reply.json()["errorMessage"]
        assert "health check of bootstrap has failed 1 times" in message
        assert "GET /health: status 503" in message

    def test_has_a_timeout_for_each_answer(self, api):
        check = {"httpGetUrl": "/", "timeoutSeconds": 1, "failureThreshold": 1}
        slow = program("def do_GET(self): time.sleep(60)")
        create(api, slow, customHealthCheckConfig=check)

        assert "timed out" in api.invoke().json()["errorMessage"]

    def test_of_a_program_that_ends_says_so(self, api):
        check = {"httpGetUrl": "/", "failureThreshold": 2, "periodSeconds": 120}
        create(api, program("def do_GET(self): os._exit(6)"), customHealthCheckConfig=check)

        assert_error(api.invoke(), 412, "CAExited", "status 6")

    def test_without_a_path_is_not_sent(self, api):
        create(api, program(HEALTH.format(status=503)), customHealthCheckConfig={"httpGetUrl": ""})

        assert api.invoke().json() == []


class TestRules:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("customRuntimeConfig", []),
            ("customRuntimeConfig", {"command": "sh"}),
            ("customRuntimeConfig", {"args": [1]}),
            ("customHealthCheckConfig", {"httpGetUrl": "health"}),
            ("customHealthCheckConfig", {"httpGetUrl": "/a b"}),
            ("customHealthCheckConfig", {"periodSeconds": 121}),
            ("customHealthCheckConfig", {"initialDelaySeconds": -1}),
            ("customHealthCheckConfig", {"failureThreshold": True}),
        ],
    )
    def test_refuse_other_values(self, api, name, value):
        api.create_service()

        reply = api.create_function(runtime="custom", **{name: value})

        assert_error(reply, 400, "InvalidArgument", name)
