from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from local.execution.python_functions import TIMESTAMP, run, run_body
from local.execution_support import REQUEST_ID, error_of, printed


class TestResult:
    @pytest.mark.parametrize(
        ("returned", "payload"),
        [
            (r"b'\x00\xff raw'", b"\x00\xff raw"),
            ("b''", b""),
            ("'täxt'", "täxt".encode()),
            ("''", b""),
            ("None", b"null"),
            ("True", b"true"),
            ("7", b"7"),
            ("1.5", b"1.5"),
            ("[1, 'two', None]", b'[1, "two", null]'),
            ("{'key': {'inner': 1}}", b'{"key": {"inner": 1}}'),
        ],
    )
    def test_of_a_type(self, tmp_path: Path, returned: str, payload: bytes):
        outcome = run_body(tmp_path, f"return {returned}")

        assert outcome.payload == payload
        assert outcome.error_type is None

    @pytest.mark.parametrize(
        ("returned", "message"),
        [
            ("{1, 2}", "Object of type set is not JSON serializable"),
            ("bytearray(b'x')", "Object of type bytearray is not JSON serializable"),
            ("{(1, 2): 3}", "keys must be str, int, float, bool or None, not tuple"),
            ("float('nan')", "Out of range float values are not JSON compliant"),
            ("(lambda a: a.append(a) or a)([])", "Circular reference detected"),
        ],
    )
    def test_that_json_cannot_hold(self, tmp_path: Path, returned: str, message: str):
        outcome = run_body(tmp_path, f"return {returned}")

        assert outcome.error_type == "UnhandledInvocationError"
        error = error_of(outcome)
        # Newer Pythons say of a NaN which one it was.
        assert error.pop("errorMessage").startswith(message)
        assert error == {"errorType": "TypeError", "stackTrace": []}

    def test_event_is_bytes(self, tmp_path: Path):
        outcome = run_body(tmp_path, "return repr(event)", b"\x00\xff\r\n")

        assert outcome.payload == rb"b'\x00\xff\r\n'"


class TestInitializer:
    SOURCE = """
log = []
def start(context):
    log.append("start " + context.request_id[:4])
    if len(log) < FAILURES + 1: raise ValueError("not yet")
def handler(event, context):
    log.append("event")
    return log
"""

    def test_runs_once_before_the_first_event(self, tmp_path: Path):
        source = self.SOURCE.replace("FAILURES", "0")

        first, second = run(tmp_path, source, b"", b"", initializer="index.start")

        assert json.loads(first.payload) == ["start 1b4e", "event"]
        assert json.loads(second.payload) == ["start 1b4e", "event", "event"]

    def test_runs_until_it_succeeds(self, tmp_path: Path):
        source = self.SOURCE.replace("FAILURES", "1")

        failed, good = run(tmp_path, source, b"", b"", initializer="index.start")

        assert failed.error_type == "UnhandledInvocationError"
        assert error_of(failed)["errorMessage"] == "not yet"
        assert error_of(failed)["stackTrace"][0][2] == "in start"
        assert json.loads(good.payload) == ["start 1b4e", "start 1b4e", "event"]

    def test_that_is_missing(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "def handler(event, context): pass", initializer="index.start")

        message = "Handler 'start' is missing on module 'index'. "
        assert error_of(outcome)["errorMessage"].startswith(message)

    def test_that_exits(self, tmp_path: Path):
        source = "def start(context): exit()\ndef handler(event, context): pass"

        (outcome,) = run(tmp_path, source, initializer="index.start")

        assert "Process exited unexpectedly" in error_of(outcome)["errorMessage"]


class TestContext:
    def test_attributes(self, tmp_path: Path):
        outcome = run_body(
            tmp_path,
            "c, f, s = context.credentials, context.function, context.service\n"
            "return [context.request_id, context.region, context.account_id,\n"
            "        c.access_key_id, c.access_key_secret, c.security_token,\n"
            "        f.name, f.handler, f.memory, f.timeout, s.name, s.log_project, s.log_store,\n"
            "        s.qualifier, s.version_id]",
        )

        assert json.loads(outcome.payload) == [
            REQUEST_ID,
            "cn-local",
            "1234567890",
            "key-id",
            "key-secret",
            "token",
            "function",
            "index.handler",
            128,
            60,
            "service",
            "a-project",
            "a-store",
            "LATEST",
            "LATEST",
        ]

    @pytest.mark.parametrize(
        "change",
        ["context.region = 'x'", "context.function.memory = 1", "del context.service.name"],
    )
    def test_is_read_only(self, tmp_path: Path, change: str):
        outcome = run_body(tmp_path, change)

        assert error_of(outcome)["errorType"] == "AttributeError"
        assert "the context is read-only" in error_of(outcome)["errorMessage"]

    def test_can_be_printed(self, tmp_path: Path):
        outcome = run_body(tmp_path, "return repr(context)")

        assert f"request_id='{REQUEST_ID}'".encode() in outcome.payload


class TestLogging:
    def test_format(self, tmp_path: Path):
        outcome = run_body(tmp_path, "import logging\nlogging.info('hello %s', 'world')")

        expected = rf"{TIMESTAMP} {REQUEST_ID} \[INFO\] hello world\n"
        assert re.fullmatch(expected, printed(outcome))

    def test_level(self, tmp_path: Path):
        outcome = run_body(
            tmp_path,
            "import logging\nlog = logging.getLogger('mine')\nlog.debug('not shown')\n"
            "log.warning('shown')",
        )

        assert "[WARNING] shown" in printed(outcome)
        assert "not shown" not in printed(outcome)

    def test_exception(self, tmp_path: Path):
        outcome = run_body(
            tmp_path,
            "import logging\ntry: 1 / 0\nexcept ZeroDivisionError: logging.exception('failed')",
        )

        assert "[ERROR] failed\nTraceback" in printed(outcome)

    def test_print_is_raw(self, tmp_path: Path):
        outcome = run_body(tmp_path, "import sys\nprint('ä', 1)\nprint('err', file=sys.stderr)")

        assert printed(outcome) == "ä 1\nerr\n"


class TestResponseIsSafe:
    @pytest.mark.parametrize(
        "body",
        [
            'print(\'{"errorMessage": "no"}\')',
            "os.write(1, bytes(range(256)) * 999)",
            "sys.stdout.buffer.write(b'\\xff\\x00')",
            "sys.stdout.close(); sys.stderr.close()",
            "os.close(1); os.close(2)",
            "sys.stdout = sys.stderr = None",
            "sys.stdout = open(os.devnull)",
            "print('\\ud800')",
            "os.closerange(0, 3)",
            "sys.stdin.read()",
            "threading.Thread(target=lambda: time.sleep(0.2) or print('late')).start()",
            "logging.shutdown()",
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
            "subprocess.Popen(['sleep', '60'])",
            "subprocess.Popen(['sleep', '60'], start_new_session=True)",
        ],
    )
    def test_from(self, tmp_path: Path, body: str):
        source = (
            "import logging, os, signal, subprocess, sys, threading, time\n"
            f"def handler(event, context):\n    {body}\n    return 'the response'\n"
        )

        outcomes = run(tmp_path, source, b"")

        assert [outcome.payload for outcome in outcomes] == [b"the response"]

    def test_from_a_forked_child_that_comes_back(self, tmp_path: Path):
        source = "import os\ndef handler(event, context): return str(os.fork() and 'parent')"

        outcomes = run(tmp_path, source, b"", b"", b"")

        assert [outcome.payload for outcome in outcomes] == [b"parent"] * 3

    def test_multiprocessing_works(self, tmp_path: Path):
        source = """
import multiprocessing
def double(number): return 2 * number
def handler(event, context):
    method = multiprocessing.get_context(event.decode())
    with method.Pool(2) as pool:
        return pool.map(double, [1, 2, 3])
"""
        # 3.12 warns, rightly, that the process has threads when it forks.
        outcomes = run(tmp_path, source, b"fork", b"spawn", memory_size=512)

        assert [outcome.payload for outcome in outcomes] == [b"[2, 4, 6]"] * 2

    def test_the_interpreter_is_the_host_s(self, tmp_path: Path):
        outcome = run_body(tmp_path, "import sys\nreturn list(sys.version_info[:3])")

        assert json.loads(outcome.payload) == list(sys.version_info[:3])
