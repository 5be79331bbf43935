"""What the server logs of requests, to the logging of the program."""

from __future__ import annotations

import logging
import re

from local.support import create
from support.waiting import wait_until

from fc_client.local import LocalFunctionCompute

ID = r"[0-9a-f-]{36}"
MS = r"[0-9.]+ ms"


class TestRequests:
    def test_nothing_is_logged_by_default(self, api, caplog):
        api.create_service().raise_for_status()

        assert caplog.records == []

    def test_each_is_a_line(self, api, caplog):
        caplog.set_level(logging.INFO, "fc_client.local")

        reply = api.create_service()
        api.create_function()
        api.call("GET", "/services")
        api.call("GET", "/services/s/functions/f")

        lines = caplog.messages
        assert re.fullmatch(f"CreateService s 200 {MS} {ID}", lines[0])
        assert lines[0].endswith(reply.headers["X-Fc-Request-Id"])
        assert re.fullmatch(f"CreateFunction s/f 200 {MS} {ID}", lines[1])
        assert re.fullmatch(f"ListServices 200 {MS} {ID}", lines[2])
        assert re.fullmatch(f"GetFunction s/f 200 {MS} {ID}", lines[3])
        assert len(lines) == 4

    def test_an_error_says_what_is_wrong(self, api, caplog):
        caplog.set_level(logging.INFO, "fc_client.local")

        api.call("GET", "/services/none")
        api.session.get(f"{api.endpoint}/other?signature=abcdef", timeout=30)
        api.session.get(f"{api.endpoint}/2016-08-15/services", timeout=30)

        missing, unknown, unsigned = caplog.messages
        assert re.fullmatch(
            f"GetService none 404 {MS} {ID} ServiceNotFound: service 'none' does not exist", missing
        )
        assert unknown.startswith("GET /other 400")
        assert "abcdef" not in unknown
        assert re.match(f"ListServices 403 {MS} {ID} AccessDenied: ", unsigned)

    def test_details_have_no_secrets(self, api, caplog):
        caplog.set_level(logging.DEBUG, "fc_client.local")
        api.create_service()
        api.create_function(environmentVariables={"PASSWORD": "of-the-function"})
        path = "/services/s/functions/f/invocations"
        secret = {"X-Fc-Security-Token": "tok", "Cookie": "cookie-of-tests"}
        secret |= dict.fromkeys(("X-Auth", "X-Session-Id", "X-Passwd", "X-Pwd"), "of-tests")
        api.call("POST", path, b"an event", headers=secret).raise_for_status()

        text = caplog.text
        assert "    Authorization: ***" in text
        assert "    X-Fc-Security-Token: ***" in text
        assert "    Cookie: ***" in text
        assert "    event: 8 bytes: an event" in text
        assert "of-the-function" not in text
        assert "of-tests" not in text
        assert "FC " + api.key_id not in text


class TestInvocations:
    def test_say_whether_the_instance_was_warm_and_what_was_printed(self, make_api, caplog):
        with LocalFunctionCompute() as fc:
            create(make_api(fc), "def h(event, context):\n    print(event.decode())")
            caplog.set_level(logging.INFO, "fc_client.local")
            make_api(fc).invoke(b"one")
            make_api(fc).invoke(b"two")

        first, second = caplog.messages
        assert re.fullmatch(f"InvokeFunction s/f 200 {MS} cold {ID}\n    one", first)
        assert re.fullmatch(f"InvokeFunction s/f 200 {MS} warm {ID}\n    two", second)

    def test_say_which_error_the_function_had(self, make_api, caplog):
        with LocalFunctionCompute() as fc:
            create(make_api(fc), "def h(event, context):\n    raise ValueError('no good')")
            caplog.set_level(logging.INFO, "fc_client.local")
            make_api(fc).invoke()

        line, *output = caplog.messages[0].split("\n")
        assert line.endswith("UnhandledInvocationError: no good")
        assert output[-1] == "    ValueError: no good"
        assert caplog.records[0].activity.failed

    def test_show_no_secret_of_the_server(self, make_api, caplog):
        source = """
            def h(event, context):
                print(context.credentials.access_key_secret, context.credentials.security_token)
        """
        with LocalFunctionCompute() as fc:
            create(make_api(fc), source)
            caplog.set_level(logging.INFO, "fc_client.local")
            make_api(fc).invoke()
            assert fc.access_key_secret in fc.logs("s")
            assert fc.access_key_secret not in caplog.text

        assert caplog.messages[0].endswith("\n    *** ***")

    def test_say_when_an_asynchronous_one_is_tried_again(self, make_api, caplog):
        with LocalFunctionCompute(async_attempts=2, async_retry_delay=0.01) as fc:
            create(make_api(fc), "def h(event, context):\n    raise ValueError('no')")
            caplog.set_level(logging.INFO, "fc_client.local")
            accepted = make_api(fc).invoke(type="Async")
            fc.drain()

        request_id = accepted.headers["X-Fc-Request-Id"]
        lines = [message.split("\n")[0] for message in caplog.messages]
        assert sum(f" {request_id}" in line for line in lines) == 3
        accepting, first, second = sorted(lines, key=lambda line: line.startswith("Async"))
        assert re.fullmatch(f"InvokeFunction s/f 202 {MS} {ID}", accepting)
        assert first.endswith("UnhandledInvocationError: no; attempt 1 of 2, again in 0.01 s")
        assert second.endswith("UnhandledInvocationError: no; gave up after 2 attempts")

    def test_say_which_trigger_has_fired(self, make_api, caplog, tmp_path):
        (tmp_path / "pictures").mkdir()
        with LocalFunctionCompute(oss_root=tmp_path) as fc, fc.client() as client:
            create(make_api(fc), "def h(event, context): pass")
            caplog.set_level(logging.INFO, "fc_client.local")
            client.create_trigger(
                "s",
                "f",
                "tick",
                trigger_type="timer",
                trigger_config={"cronExpression": "* * * * * *", "payload": "", "enable": True},
            )
            client.create_trigger(
                "s",
                "f",
                "up",
                trigger_type="oss",
                source_arn="acs:oss:cn-shanghai:1:pictures",
                invocation_role="acs:ram::1:role/r",
                trigger_config={
                    "events": ["oss:ObjectCreated:*"],
                    "filter": {"key": {"prefix": "", "suffix": ""}},
                },
            )
            (tmp_path / "pictures" / "a.jpg").write_bytes(b"x")

            wait_until(lambda: "TimerTrigger" in caplog.text and "OSSTrigger" in caplog.text)
            fc.drain()

        fired = {line.split()[0]: line for line in caplog.messages if " fired " in line}
        assert re.fullmatch(f"TimerTrigger s/f/tick fired {ID}", fired["TimerTrigger"])
        assert re.fullmatch(
            f"OSSTrigger s/f/up fired {ID} ObjectCreated:PutObject pictures/a.jpg",
            fired["OSSTrigger"],
        )
        request_id = fired["OSSTrigger"].split()[3]
        assert any(
            line.startswith("AsyncInvocation s/f ok") and request_id in line
            for line in caplog.messages
        )
