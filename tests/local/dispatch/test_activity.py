from __future__ import annotations

import html
import json
import logging
import urllib.parse

import pytest

from fc_client.local.dispatch.activity import Activity, ActivityLog, first_bytes
from fc_client.local.execution.function_spec import Outcome
from fc_client.local.storage.schema import FunctionKey

SECRET = "a-secret-of-tests"


def outcome(**changes):
    fields = {"payload": b"", "error_type": None, "log": b"", "duration_ms": 1.23}
    return Outcome(**{**fields, "max_memory_mb": 9.0, "instance_id": "i", **changes})


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, "fc_client.local")
    return ActivityLog([SECRET])


class TestActivity:
    def test_is_one_line_with_the_output_below_it(self):
        activity = Activity(
            "InvokeFunction",
            "s/f",
            "200",
            "id-1",
            milliseconds=1.26,
            instance="warm",
            output=b"one\n\ttwo\r\n",
        )

        assert str(activity) == "InvokeFunction s/f 200 1.3 ms warm id-1\n    one\n    \ttwo"

    @pytest.mark.parametrize(
        ("printed", "shown"),
        [
            (b"\x1b[2Jred", r"\x1b[2Jred"),
            (b"50%\r100%", r"50%\r100%"),
            (b"\xc2\x9b31m", r"\x9b31m"),
            ("\u202eabc".encode(), r"\u202eabc"),
            (b"\xff", "\ufffd"),
            ("caf\u00e9".encode(), "caf\u00e9"),
        ],
    )
    def test_control_characters_of_output_are_escaped(self, printed, shown):
        assert str(Activity("a", "b", "c", "d", output=printed)) == f"a b c d\n    {shown}"

    def test_control_characters_of_a_name_are_escaped(self):
        assert str(Activity("GET", "/\x1b]0;x\n", "404", "id")) == r"GET /\x1b]0;x\n 404 id"

    def test_every_part_can_have_a_color(self):
        line = next(
            Activity("op", "s/f", "500", "id", failed=True).lines(
                lambda role, text: f"<{role}>{text}"
            )
        )
        assert line == "<operation>op <target>s/f <failure>500 <id>id"


class TestActivityLog:
    def test_is_off_by_default(self):
        assert not ActivityLog().is_on

    def test_masks_secrets(self, log, caplog):
        log.add(
            Activity(
                "op",
                "s/f",
                "200",
                "id",
                note=f"note {SECRET}",
                output=f"out {SECRET}".encode(),
                details=(f"x: {SECRET}",),
            )
        )

        assert caplog.messages == ["op s/f 200 id note ***\n    x: ***\n    out ***"]
        assert SECRET not in str(vars(caplog.records[0]))

    @pytest.mark.parametrize("spell", [json.dumps, repr, urllib.parse.quote_plus, html.escape])
    def test_masks_other_spellings_of_secrets_in_output(self, caplog, spell):
        caplog.set_level(logging.INFO, "fc_client.local.activity")
        secret = 'se"cret+of/tests<1'
        output = f"start {spell(secret)} end".encode()

        ActivityLog([secret]).add(Activity("op", "s/f", "200", "id", output=output))

        start, masked, end = caplog.messages[0].split("\n")[1].split()
        assert (start, masked.strip("'\""), end) == ("start", "***", "end")

    def test_describes_an_attempt(self, log, caplog):
        log.add_attempt(FunctionKey("s", "f"), "id", outcome(cold=True, output=b"out"), "")

        assert caplog.messages == ["AsyncInvocation s/f ok 1.2 ms cold id\n    out"]

    def test_describes_a_failed_attempt(self, log, caplog):
        failed = outcome(error_type="HandledInvocationError", payload=b'{"errorMessage": "no"}')

        log.add_attempt(FunctionKey("s", "f"), "id", failed, "attempt 1 of 3, again in 1 s")

        (message,) = caplog.messages
        assert message.startswith("AsyncInvocation s/f failed 1.2 ms warm id ")
        assert message.endswith("id HandledInvocationError: no; attempt 1 of 3, again in 1 s")

    def test_describes_an_attempt_that_did_not_run(self, log, caplog):
        log.add_attempt(FunctionKey("s", "f"), "id", None, "all are busy; again in 1 s")

        assert caplog.messages == ["AsyncInvocation s/f not run id all are busy; again in 1 s"]

    @pytest.mark.parametrize("payload", [b"", b"[]", b"\xff", b"{}"])
    def test_takes_any_error(self, log, caplog, payload):
        failed = outcome(error_type="UnhandledInvocationError", payload=payload)

        log.add_attempt(FunctionKey("s", "f"), "id", failed, "")

        assert caplog.messages[0].endswith("id UnhandledInvocationError")


class TestFirstBytes:
    @pytest.mark.parametrize(
        ("event", "text"),
        [
            (b"", "event: 0 bytes"),
            (b"abc", "event: 3 bytes: abc"),
            (b"x" * 201, f"event: 201 bytes: {'x' * 200}..."),
        ],
    )
    def test_says_how_many_there_are(self, event, text):
        assert first_bytes(event) == text
