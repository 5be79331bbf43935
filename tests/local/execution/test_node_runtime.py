from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from local.execution_support import (
    REQUEST_ID,
    error_of,
    invoke,
    is_running,
    printed,
    requires_node,
    spec_of,
    wait_until,
    write_function,
)

from fc_client.local.execution.instance_pools import Outcome

pytestmark = requires_node

HANDLED = "HandledInvocationError"
UNHANDLED = "UnhandledInvocationError"
TIMESTAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
EXITED = re.compile(
    r"Process exited unexpectedly before completing request "
    r"\(duration: \d+ms, maxMemoryUsage: \d+\.\d\dMB\)"
)


def run(directory: Path, source: str, *events: bytes, **changes: Any) -> list[Outcome]:
    """Run a function whose module ``index`` is *source*."""
    code = write_function(directory, source, "index.js")
    return invoke(spec_of(code, **{"runtime": "nodejs8", **changes}), directory, *events)


def run_body(directory: Path, body: str, event: bytes = b"") -> Outcome:
    """Run a function whose handler has *body*, from line 2 on."""
    source = f"exports.handler = function(event, context, callback) {{\n{body}\n}};\n"
    return run(directory, source, event)[0]


class TestCallback:
    """The guide's "Example of callback usage", line by line."""

    @pytest.mark.parametrize(
        ("call", "payload"),
        [
            ("callback()", b""),
            ("callback(null)", b""),
            ("callback(null, null)", b""),
            ('callback(null, "success")', b"success"),
        ],
    )
    def test_success(self, tmp_path: Path, call: str, payload: bytes):
        outcome = run_body(tmp_path, call)

        assert (outcome.payload, outcome.error_type) == (payload, None)

    @pytest.mark.parametrize(
        "call", ['callback(new Error("error"))', 'callback(new Error("error"), "ignored message")']
    )
    def test_error(self, tmp_path: Path, call: str):
        outcome = run_body(tmp_path, call)

        assert outcome.error_type == HANDLED
        error = error_of(outcome)
        assert error.pop("stackTrace") == ["exports.handler (/code/index.js:2:10)"]
        assert error == {"errorMessage": "error", "errorType": "Error"}

    def test_error_that_is_not_an_error_object(self, tmp_path: Path):
        outcome = run_body(tmp_path, 'callback("error")')

        assert outcome.error_type == HANDLED
        assert outcome.payload == b'{"errorMessage":"error"}'

    @pytest.mark.parametrize(
        ("value", "message"),
        [("{code: 7}", '{"code":7}'), ("42", "42"), ("Symbol('s')", "Symbol(s)")],
    )
    def test_error_of_another_type(self, tmp_path: Path, value: str, message: str):
        assert error_of(run_body(tmp_path, f"callback({value})")) == {"errorMessage": message}

    def test_error_that_refers_to_itself(self, tmp_path: Path):
        outcome = run_body(tmp_path, "const e = {}; e.e = e; callback(e)")

        assert error_of(outcome) == {"errorMessage": "[object Object]"}

    @pytest.mark.parametrize(
        ("result", "payload"),
        [
            ("undefined", b""),
            ("''", b""),
            ("'täxt'", "täxt".encode()),
            ("{a: {b: [1, null]}}", b'{"a":{"b":[1,null]}}'),
            ("[1, 'two']", b'[1,"two"]'),
            ("7", b"7"),
            ("0", b"0"),
            ("1.5", b"1.5"),
            ("true", b"true"),
            ("false", b"false"),
            ("Buffer.from([0, 255, 10])", b"\x00\xff\n"),
            ("new Uint8Array([0, 255])", b"\x00\xff"),
            ("new Date(0)", b'"1970-01-01T00:00:00.000Z"'),
            ("{toJSON() {}}", b""),
        ],
    )
    def test_result_of_a_type(self, tmp_path: Path, result: str, payload: bytes):
        outcome = run_body(tmp_path, f"callback(null, {result})")

        assert (outcome.payload, outcome.error_type) == (payload, None)

    def test_result_that_json_cannot_hold(self, tmp_path: Path):
        outcome = run_body(tmp_path, "const a = {}; a.a = a; callback(null, a)")

        assert outcome.error_type == UNHANDLED
        assert error_of(outcome)["errorType"] == "TypeError"

    @pytest.mark.parametrize(
        "then",
        [
            "callback(null, 'second')",
            "callback(new Error('second'))",
            "throw new Error('second')",
            "setTimeout(() => callback('second'), 1)",
            "process.exit(1)",
        ],
    )
    def test_first_call_wins(self, tmp_path: Path, then: str):
        outcome = run_body(tmp_path, f"callback(null, 'first');\n{then}")

        assert (outcome.payload, outcome.error_type) == (b"first", None)

    def test_late_call_is_not_of_the_next_event(self, tmp_path: Path):
        source = """
exports.handler = (event, context, callback) => {
  if (event.length) {
    setTimeout(() => callback(null, 'late'), 50);
    callback(null, 'early');
  } else {
    setTimeout(() => callback(null, 'own'), 200);
  }
};
"""
        outcomes = run(tmp_path, source, b"x", b"")

        assert [outcome.payload for outcome in outcomes] == [b"early", b"own"]

    def test_ends_the_call_at_once(self, tmp_path: Path):
        outcome = run_body(tmp_path, "setInterval(() => {}, 1000); callback(null, 'now')")

        assert outcome.payload == b"now"
        assert outcome.duration_ms < 1000

    def test_result_of_32_mb_survives_an_exit(self, tmp_path: Path):
        body = "callback(null, Buffer.alloc(32 << 20, 'ab')); process.exit()"

        outcome = run_body(tmp_path, body)

        assert outcome.payload == b"ab" * (16 << 20)


class TestErrorScenarios:
    """The guide's "Typical error scenarios", row by row."""

    def test_error_object(self, tmp_path: Path):
        source = (
            "\n\nexports.handler = function(event, context, callback) {\n"
            "  callback(\n    new Error('oops'));\n};\n"
        )

        (outcome,) = run(tmp_path, source)

        assert outcome.error_type == HANDLED
        assert outcome.payload == (
            b'{"errorMessage":"oops","errorType":"Error",'
            b'"stackTrace":["exports.handler (/code/index.js:5:5)"]}'
        )

    def test_no_error_object(self, tmp_path: Path):
        outcome = run_body(tmp_path, "callback('oops')")

        assert (outcome.error_type, error_of(outcome)) == (HANDLED, {"errorMessage": "oops"})

    def test_no_module(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "", handler="X.handler")

        message = "Cannot find module '/code/X.js'"
        assert (outcome.error_type, error_of(outcome)) == (UNHANDLED, {"errorMessage": message})

    @pytest.mark.parametrize(
        "source", ["", "exports.handler = 'not a function'", "module.exports = null"]
    )
    def test_no_handler(self, tmp_path: Path, source: str):
        (outcome,) = run(tmp_path, source)

        message = "Handler 'handler' missing on module 'index'"
        assert (outcome.error_type, error_of(outcome)) == (UNHANDLED, {"errorMessage": message})

    def test_timeout(self, tmp_path: Path):
        source = "exports.handler = () => {}"

        (outcome,) = run(tmp_path, source, timeout=1)

        message = "Task timed out after 1 seconds"
        assert (outcome.error_type, error_of(outcome)) == (UNHANDLED, {"errorMessage": message})

    def test_exit(self, tmp_path: Path):
        outcome = run_body(tmp_path, "process.exit(0)")

        assert outcome.error_type == UNHANDLED
        error = error_of(outcome)
        assert EXITED.fullmatch(error.pop("errorMessage"))
        assert error == {}


class TestUnhandledError:
    @pytest.mark.parametrize(
        ("body", "error_type", "message"),
        [
            ("throw new TypeError('thrown')", "TypeError", "thrown"),
            ("setTimeout(() => { throw new Error('later') }, 5)", "Error", "later"),
            ("process.nextTick(() => { throw new Error('soon') })", "Error", "soon"),
            ("Promise.reject(new Error('alone'))", "Error", "alone"),
            ("return Promise.reject(new RangeError('given back'))", "RangeError", "given back"),
        ],
    )
    def test_is_described(self, tmp_path: Path, body: str, error_type: str, message: str):
        outcome = run_body(tmp_path, body)

        assert outcome.error_type == UNHANDLED
        error = error_of(outcome)
        assert (error["errorType"], error["errorMessage"]) == (error_type, message)
        assert all("/code/index.js:2" in frame for frame in error["stackTrace"])

    @pytest.mark.parametrize(
        ("thrown", "message"), [("'text'", "text"), ("undefined", "undefined")]
    )
    def test_that_is_not_an_error_object(self, tmp_path: Path, thrown: str, message: str):
        outcome = run_body(tmp_path, f"throw {thrown}")

        assert (outcome.error_type, error_of(outcome)) == (UNHANDLED, {"errorMessage": message})

    def test_of_an_async_handler(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "exports.handler = async () => { throw new Error('no') }")

        assert (outcome.error_type, error_of(outcome)["errorMessage"]) == (UNHANDLED, "no")

    def test_promise_alone_is_not_a_result(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "exports.handler = async () => 'value'", timeout=1)

        assert error_of(outcome) == {"errorMessage": "Task timed out after 1 seconds"}

    def test_async_handler_may_call_back(self, tmp_path: Path):
        source = "exports.handler = async (e, c, callback) => { await 1; callback(null, 'done') }"

        assert run(tmp_path, source)[0].payload == b"done"

    def test_endless_loop(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "exports.handler = () => { for (;;); }", timeout=1)

        assert error_of(outcome) == {"errorMessage": "Task timed out after 1 seconds"}

    @pytest.mark.parametrize(
        "body",
        [
            "const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1));",
            "const kept = []; for (;;) kept.push({a: [kept.length]});",
        ],
        ids=["buffers", "heap"],
    )
    def test_out_of_memory(self, tmp_path: Path, body: str):
        outcome = run_body(tmp_path, body)

        assert outcome.error_type == UNHANDLED
        assert EXITED.fullmatch(error_of(outcome)["errorMessage"])

    def test_of_a_missing_dependency(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "\nrequire('no-such-package')")

        error = error_of(outcome)
        assert outcome.error_type == UNHANDLED
        assert error["errorMessage"] == "Cannot find module 'no-such-package'"
        assert error["stackTrace"] == ["Object.<anonymous> (/code/index.js:2:1)"]

    def test_of_syntax_has_its_place(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "\n\nexports.handler = ];\n")

        error = error_of(outcome)
        assert error["errorType"] == "SyntaxError"
        assert error["stackTrace"] == ["/code/index.js:3"]

    def test_crash_costs_one_event(self, tmp_path: Path):
        source = """
exports.handler = (event, context, callback) => {
  if (event.length) { setTimeout(() => { throw new Error('crash') }, 1); }
  else { callback(null, String(process.pid)); }
};
"""
        before, crashed, after = run(tmp_path, source, b"", b"x", b"")

        assert error_of(crashed)["errorMessage"] == "crash"
        assert before.payload != after.payload
        assert after.error_type is None

    def test_handled_error_keeps_the_instance(self, tmp_path: Path):
        source = "exports.handler = (event, context, callback) => callback('no')"

        first, second = run(tmp_path, source, b"", b"")

        assert first.instance_id == second.instance_id

    def test_exit_after_the_result_costs_no_event(self, tmp_path: Path):
        source = "exports.handler = (e, c, callback) => { callback(null, 'ok'); process.exit(); }"

        outcomes = run(tmp_path, source, *[b""] * 5)

        assert [outcome.payload for outcome in outcomes] == [b"ok"] * 5


class TestEvent:
    def test_is_a_buffer(self, tmp_path: Path):
        body = "callback(null, String(Buffer.isBuffer(event)) + event.length)"

        assert run_body(tmp_path, body, b"\xff\x00\n").payload == b"true3"

    @pytest.mark.parametrize("size", [0, 1, 65536, 32 << 20])
    def test_survives_unchanged(self, tmp_path: Path, size: int):
        event = (os.urandom(1 << 20) * 32)[:size]

        assert run_body(tmp_path, "callback(null, event)", event).payload == event


class TestContext:
    def test_attributes(self, tmp_path: Path):
        outcome = run_body(tmp_path, "callback(null, context)")

        assert json.loads(outcome.payload) == {
            "requestId": REQUEST_ID,
            "credentials": {
                "accessKeyId": "key-id",
                "accessKeySecret": "key-secret",
                "securityToken": "token",
            },
            "function": {
                "name": "function",
                "handler": "index.handler",
                "memory": 128,
                "timeout": 10,
            },
            "service": {"name": "service", "logProject": "a-project", "logStore": "a-store"},
            "region": "cn-local",
            "accountId": "1234567890",
        }

    @pytest.mark.parametrize(
        "change",
        ["context.region = 'x'", "context.function.memory = 1", "delete context.service.name"],
    )
    def test_is_read_only(self, tmp_path: Path, change: str):
        before = run_body(tmp_path, "callback(null, context)")
        ignored = run_body(tmp_path, f"{change}; callback(null, context)")
        strict = run_body(tmp_path, f"'use strict'; {change}; callback(null, context)")

        assert ignored.payload == before.payload
        assert error_of(strict)["errorType"] == "TypeError"


class TestInitializer:
    SOURCE = """
const log = [];
exports.start = (context, callback) => {
  log.push(`start ${context.requestId.slice(0, 4)}`);
  setTimeout(() => callback(log.length < FAILURES + 1 ? new Error('not yet') : null), 5);
};
exports.handler = (event, context, callback) => { log.push('event'); callback(null, log); };
"""

    def test_runs_once_before_the_first_event(self, tmp_path: Path):
        source = self.SOURCE.replace("FAILURES", "0")

        first, second = run(tmp_path, source, b"", b"", initializer="index.start")

        assert json.loads(first.payload) == ["start 1b4e", "event"]
        assert json.loads(second.payload) == ["start 1b4e", "event", "event"]

    def test_runs_until_it_succeeds(self, tmp_path: Path):
        source = self.SOURCE.replace("FAILURES", "1")

        failed, good = run(tmp_path, source, b"", b"", initializer="index.start")

        assert failed.error_type == UNHANDLED
        assert error_of(failed)["errorMessage"] == "not yet"
        assert json.loads(good.payload) == ["start 1b4e", "start 1b4e", "event"]

    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ("", "Handler 'start' missing on module 'index'"),
            ("exports.start = () => {}", "Task timed out after 1 seconds"),
            ("exports.start = () => { throw new Error('broken') }", "broken"),
        ],
    )
    def test_that_fails(self, tmp_path: Path, source: str, message: str):
        (outcome,) = run(
            tmp_path,
            f"{source}\nexports.handler = (event, context, callback) => callback();",
            initializer="index.start",
            initialization_timeout=1,
        )

        assert outcome.error_type == UNHANDLED
        assert error_of(outcome)["errorMessage"] == message


class TestConsole:
    @pytest.mark.parametrize(
        ("name", "level"),
        [
            ("log", "verbose"),
            ("info", "info"),
            ("warn", "warn"),
            ("error", "error"),
            ("debug", "debug"),
        ],
    )
    def test_format(self, tmp_path: Path, name: str, level: str):
        outcome = run_body(tmp_path, f"console.{name}('hello %s', 'world'); callback()")

        expected = rf"{TIMESTAMP} {REQUEST_ID} {level} hello world\n"
        assert re.fullmatch(expected, printed(outcome))

    def test_newline_in_a_message_becomes_a_return(self, tmp_path: Path):
        outcome = run_body(tmp_path, r"console.log('one\ntwo\r\nthree'); callback()")

        assert outcome.log.decode().split("verbose ")[1].startswith("one\rtwo\rthree\n")

    def test_order_is_kept(self, tmp_path: Path):
        body = "for (let n = 0; n < 5000; n++) console[n % 2 ? 'log' : 'error'](n); callback()"

        outcome = run_body(tmp_path, body)

        numbers = [int(line.split()[-1]) for line in printed(outcome).splitlines()]
        assert numbers == list(range(5000))

    def test_standard_output_is_raw_and_complete(self, tmp_path: Path):
        body = "process.stdout.write('x'.repeat(900000) + 'end'); callback()"

        outcome = run_body(tmp_path, body)

        assert outcome.error_type is None
        assert printed(outcome) == "x" * 900000 + "end\n"

    @pytest.mark.parametrize(
        "body",
        [
            "console.log(JSON.stringify({errorMessage: 'no'}))",
            "process.stdout.write(Buffer.from([0, 255]))",
            "process.stdout.end()",
            "require('fs').closeSync(1); console.log('nowhere')",
            "console.log = null",
            "require('child_process').spawn('sleep', ['60'], {stdio: 'inherit'})",
            "setTimeout(() => console.log('late'), 5)",
        ],
    )
    def test_cannot_harm_the_response(self, tmp_path: Path, body: str):
        outcome = run_body(tmp_path, f"{body};\ncallback(null, 'the response')")

        assert (outcome.payload, outcome.error_type) == (b"the response", None)


class TestErrorRecord:
    def test_of_an_error_object(self, tmp_path: Path):
        outcome = run_body(tmp_path, "callback(new Error('oops'))")

        record = printed(outcome)
        assert re.match(rf"{TIMESTAMP} {REQUEST_ID} error Error: oops", record)
        assert "exports.handler (/code/index.js:2:10)" in record
        assert "Error: Handled function error" in outcome.log.decode()

    def test_of_text(self, tmp_path: Path):
        assert printed(run_body(tmp_path, "callback('oops')")).endswith(" error oops\n")

    @pytest.mark.parametrize(("size", "cut"), [(256 * 1024, False), (256 * 1024 + 1, True)])
    def test_is_cut(self, tmp_path: Path, size: int, cut: bool):
        outcome = run_body(tmp_path, f"callback('x'.repeat({size}))")

        assert len(error_of(outcome)["errorMessage"]) == size
        note = "Truncated by FunctionCompute" if cut else ""
        assert printed(outcome).endswith(f" error {'x' * 256 * 1024}{note}\n")


class TestProcess:
    def test_environment_and_places(self, tmp_path: Path):
        body = "callback(null, [process.env, process.cwd(), process.argv.length])"

        outcome = run_body(tmp_path, body)

        environment, cwd, arguments = json.loads(outcome.payload)
        code = str(tmp_path / "function code")
        assert cwd == environment["FC_FUNC_CODE_PATH"] == code
        assert environment["FC_INSTANCE_ID"] == outcome.instance_id
        assert arguments == 2
        assert len(environment) == 15

    def test_heap_is_nine_tenths_of_the_memory(self, tmp_path: Path):
        body = "callback(null, process.execArgv)"

        assert json.loads(run_body(tmp_path, body).payload) == ["--max-old-space-size=115"]

    def test_module_in_a_directory(self, tmp_path: Path):
        code = write_function(tmp_path, "exports.name = 'helper'", "lib/helper.js")
        source = "exports.handler = (e, c, callback) => callback(null, require('./helper').name)"
        write_function(tmp_path, source, "lib/index.js")

        (outcome,) = invoke(
            spec_of(code, runtime="nodejs12", handler="lib/index.handler"), tmp_path
        )

        assert outcome.payload == b"helper"

    def test_grandchild_with_the_channel_does_not_hide_an_exit(self, tmp_path: Path):
        body = """
require('child_process').spawn('sleep', ['60'], {detached: true, stdio: 'inherit'});
process.kill(process.pid, 'SIGKILL');
"""
        outcome = run_body(tmp_path, body)

        assert EXITED.fullmatch(error_of(outcome)["errorMessage"])
        assert outcome.duration_ms < 3000

    def test_children_end_with_the_instance(self, tmp_path: Path):
        body = """
const {spawn} = require('child_process');
const child = spawn('sleep', ['60'], {detached: true, stdio: 'ignore'});
callback(null, child.pid);
"""
        outcome = run_body(tmp_path, body)

        assert wait_until(lambda: not is_running(int(outcome.payload)))
