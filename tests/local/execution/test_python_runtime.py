from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from local.execution_support import REQUEST_ID, error_of, invoke, printed, spec_of, write_function

from fc_client.local.execution.instance_pools import Outcome

TIMESTAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def run(directory: Path, source: str, *events: bytes, **changes: Any) -> list[Outcome]:
    """Run a function whose module ``index`` is *source*."""
    return invoke(spec_of(write_function(directory, source), **changes), directory, *events)


def run_body(directory: Path, body: str, event: bytes = b"") -> Outcome:
    """Run a function whose handler has *body*."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return run(directory, f"def handler(event, context):\n{lines}\n", event)[0]


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


class TestException:
    def test_body(self, tmp_path: Path):
        source = (
            "class Oops(Exception): pass\n"
            "def inner():\n"
            "    raise Oops('something is wrong')\n"
            "def handler(event, context):\n"
            "    inner()\n"
        )

        (outcome,) = run(tmp_path, source)

        assert outcome.error_type == "UnhandledInvocationError"
        assert error_of(outcome) == {
            "errorMessage": "something is wrong",
            "errorType": "Oops",
            "stackTrace": [
                ['File "/code/index.py"', "line 5", "in handler", "inner()"],
                [
                    'File "/code/index.py"',
                    "line 3",
                    "in inner",
                    "raise Oops('something is wrong')",
                ],
            ],
        }

    def test_is_in_the_log(self, tmp_path: Path):
        outcome = run_body(tmp_path, "raise ValueError('it is\\nwrong')")

        lines = printed(outcome).splitlines()
        assert re.fullmatch(rf"{TIMESTAMP} {REQUEST_ID} \[ERROR\] Traceback .*", lines[0])
        assert lines[1] == '  File "/code/index.py", line 2, in handler'
        assert lines[-2:] == ["ValueError: it is", "wrong"]
        assert f"FC Invoke End RequestId: {REQUEST_ID}, Error: Unhandled" in outcome.log.decode()

    def test_in_the_log_is_cut(self, tmp_path: Path):
        outcome = run_body(tmp_path, "raise ValueError('x' * 300 * 1024)")

        assert len(error_of(outcome)["errorMessage"]) == 300 * 1024
        record = printed(outcome).split("[ERROR] ")[1]
        assert record.endswith("xTruncated by FunctionCompute\n")
        assert len(record) == 256 * 1024 + len("Truncated by FunctionCompute\n")

    def test_message_shows_the_code_where_the_cloud_has_it(self, tmp_path: Path):
        source = (
            "import os\n"
            "def handler(event, context):\n"
            "    raise ValueError(os.getcwd() + '/data ' + os.getcwd() + '-not ' + os.getcwd())\n"
        )

        (outcome,) = run(tmp_path, source)

        code = tmp_path / "function code"
        assert error_of(outcome)["errorMessage"] == f"/code/data {code}-not /code"

    def test_code_behind_a_link(self, tmp_path: Path):
        code = write_function(tmp_path, "def handler(event, context): raise ValueError(__file__)")
        link = tmp_path / "link"
        link.symlink_to(code)

        (outcome,) = invoke(spec_of(link), tmp_path)

        error = error_of(outcome)
        assert error["errorMessage"] == "/code/index.py"
        assert error["stackTrace"][0][0] == 'File "/code/index.py"'

    @pytest.mark.parametrize(
        "name", ["KeyboardInterrupt", "GeneratorExit", "BaseException", "RecursionError"]
    )
    def test_of_any_class_leaves_the_instance_alone(self, tmp_path: Path, name: str):
        source = f"def handler(event, context):\n if event: raise {name}('oops')\n return 'fine'"

        failed, good = run(tmp_path, source, b"fail", b"")

        assert error_of(failed)["errorType"] == name
        assert good.payload == b"fine"
        assert good.instance_id == failed.instance_id

    def test_that_cannot_be_printed(self, tmp_path: Path):
        source = (
            "class Bad(Exception):\n"
            "    def __str__(self): raise ValueError\n"
            "def handler(event, context): raise Bad\n"
        )

        (outcome,) = run(tmp_path, source)

        assert error_of(outcome)["errorType"] == "Bad"
        assert error_of(outcome)["errorMessage"] == "<no message: ValueError>"

    def test_with_text_that_is_not_unicode(self, tmp_path: Path):
        outcome = run_body(tmp_path, r"raise ValueError('\ud800')")

        assert error_of(outcome)["errorMessage"] == "\ud800"

    @pytest.mark.parametrize("leave", ["sys.exit(0)", "exit()", "quit('bye')", "os._exit(1)"])
    def test_exit_ends_the_process(self, tmp_path: Path, leave: str):
        source = (
            "import os, sys, threading, time\n"
            "def handler(event, context):\n"
            "    threading.Thread(target=time.sleep, args=(60,)).start()\n"
            "    print('still printed')\n"
            f"    {leave}\n"
        )

        (outcome,) = run(tmp_path, source)

        assert error_of(outcome)["errorMessage"].startswith(
            "Process exited unexpectedly before completing request (duration: "
        )
        assert printed(outcome).startswith("still printed\n")
        assert ("bye" in printed(outcome)) == ("bye" in leave)


class TestLoading:
    def test_module_that_is_missing(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "", handler="nowhere.handler")

        assert outcome.error_type == "UnhandledInvocationError"
        assert error_of(outcome) == {
            "errorMessage": "Unable to import module 'nowhere'",
            "errorType": "ModuleNotFoundError",
            "stackTrace": [],
        }
        assert "No module named 'nowhere'" in printed(outcome)

    def test_module_that_imports_what_is_missing(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "\nimport nothing_of_this_name\n")

        assert error_of(outcome) == {
            "errorMessage": "Unable to import module 'index'",
            "errorType": "ModuleNotFoundError",
            "stackTrace": [
                ['File "/code/index.py"', "line 2", "in <module>", "import nothing_of_this_name"]
            ],
        }
        assert "No module named 'nothing_of_this_name'" in printed(outcome)

    def test_packages_of_the_host_are_not_importable(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "import pytest")

        assert error_of(outcome)["errorMessage"] == "Unable to import module 'index'"

    def test_syntax_error_has_its_place(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "\n\ndef handler(event, context) return 1\n")

        error = error_of(outcome)
        assert re.fullmatch(
            r"Syntax error in module 'index': .* \(index.py, line 3\)", error["errorMessage"]
        )
        assert error["errorType"] == "SyntaxError"
        assert error["stackTrace"] == [
            ['File "/code/index.py"', "line 3", "def handler(event, context) return 1"]
        ]

    @pytest.mark.parametrize("source", ["", "handler = 'not a function'"])
    def test_handler_that_is_missing(self, tmp_path: Path, source: str):
        (outcome,) = run(tmp_path, source)

        assert error_of(outcome) == {
            "errorMessage": "Handler 'handler' is missing on module 'index'",
            "errorType": "AttributeError",
            "stackTrace": [],
        }

    def test_handler_that_names_no_module(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "", handler="handler")

        message = "Handler 'handler' is not of the form module.function"
        assert error_of(outcome)["errorMessage"] == message

    def test_exception_of_the_module(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "print('loading')\n1 / 0")

        assert error_of(outcome) == {
            "errorMessage": "division by zero",
            "errorType": "ZeroDivisionError",
            "stackTrace": [['File "/code/index.py"', "line 2", "in <module>", "1 / 0"]],
        }
        assert printed(outcome).startswith("loading\n")

    def test_is_retried_in_a_new_instance(self, tmp_path: Path):
        first, second = run(tmp_path, "1 / 0", b"", b"")

        assert error_of(first) == error_of(second)
        assert first.instance_id != second.instance_id

    def test_handler_in_a_directory(self, tmp_path: Path):
        source = "import helper\ndef handler(event, context): return helper.NAME"
        code = write_function(tmp_path, source, "deep/er/module.py")
        write_function(tmp_path, "NAME = 'helper'", "helper.py")

        (outcome,) = invoke(spec_of(code, handler="deep/er/module.handler"), tmp_path)

        assert outcome.payload == b"helper"


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

        message = "Handler 'start' is missing on module 'index'"
        assert error_of(outcome)["errorMessage"] == message

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
            "        f.name, f.handler, f.memory, f.timeout, s.name, s.log_project, s.log_store]",
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
            10,
            "service",
            "a-project",
            "a-store",
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
