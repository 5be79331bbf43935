from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from local.execution.node_functions import EXITED, HANDLED, UNHANDLED, run, run_body
from local.execution_support import (
    error_of,
    printed,
    requires_node,
)
from support.at_once import at_once

pytestmark = requires_node


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
let first;
exports.handler = (event, context, callback) => {
  if (event.length) {
    first = callback;
    callback(null, 'early');
  } else {
    first(null, 'late');
    setTimeout(() => callback(null, 'own'), 10);
  }
};
"""
        outcomes = run(tmp_path, source, b"x", b"")

        assert [outcome.payload for outcome in outcomes] == [b"early", b"own"]

    def test_ends_the_call_at_once(self, tmp_path: Path):
        body = "setTimeout(() => {}, 90000); callback(null, 'now')"

        outcome = run_body(tmp_path, body)

        assert outcome.payload == b"now"
        assert outcome.duration_ms < 30_000

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
        hint = "The handler is X.handler, so the code must have the file X.js"
        assert hint in printed(outcome)

    @pytest.mark.parametrize(
        "source", ["", "exports.handler = 'not a function'", "module.exports = null"]
    )
    def test_no_handler(self, tmp_path: Path, source: str):
        (outcome,) = run(tmp_path, source)

        message = "Handler 'handler' missing on module 'index'"
        assert (outcome.error_type, error_of(outcome)) == (UNHANDLED, {"errorMessage": message})
        hint = "The handler is index.handler, so index.js must have: exports.handler = function"
        assert hint in printed(outcome)

    @at_once
    @pytest.mark.parametrize(
        "source",
        [
            "exports.handler = () => {}",
            "exports.handler = async () => 'value'",
            "exports.handler = () => { for (;;); }",
        ],
        ids=["no result", "a promise alone is not a result", "endless loop"],
    )
    def test_timeout(self, source: str):
        with tempfile.TemporaryDirectory() as folder:
            (outcome,) = run(Path(folder), source, timeout=1)

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

    def test_async_handler_may_call_back(self, tmp_path: Path):
        source = "exports.handler = async (e, c, callback) => { await 1; callback(null, 'done') }"

        assert run(tmp_path, source)[0].payload == b"done"

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
        message = error_of(outcome)["errorMessage"]
        assert EXITED.match(message)
        assert message.endswith(": memory limit of 128 MB exceeded")

    def test_exit_is_not_out_of_memory(self, tmp_path: Path):
        outcome = run_body(tmp_path, "console.log('heap out of memory'); process.exit(3);")

        assert EXITED.fullmatch(error_of(outcome)["errorMessage"])

    def test_of_a_missing_dependency(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "\nrequire('no-such-package')")

        error = error_of(outcome)
        assert outcome.error_type == UNHANDLED
        assert error["errorMessage"] == (
            "Unable to import module 'index': Cannot find module 'no-such-package'. Packages that "
            "the function requires must be in the directory of its code: npm install --prefix "
            "DIRECTORY no-such-package, or Code.from_directory(DIRECTORY, install=True) with a "
            "package.json"
        )
        assert error["stackTrace"] == ["Object.<anonymous> (/code/index.js:2:1)"]

    def test_of_syntax_has_its_place(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "\n\nexports.handler = ];\n")

        error = error_of(outcome)
        assert error["errorType"] == "SyntaxError"
        assert error["stackTrace"] == ["/code/index.js:3"]
        message = r"Syntax error in module 'index': Unexpected token .* \(index.js, line 3\)"
        assert re.fullmatch(message, error["errorMessage"])

    @pytest.mark.parametrize("value", ["new RangeError('no')", "'no'"])
    def test_of_the_module_names_it(self, tmp_path: Path, value: str):
        (outcome,) = run(tmp_path, f"throw {value}")

        assert error_of(outcome)["errorMessage"] == "Unable to import module 'index': no"

    @pytest.mark.parametrize("handler", ["start", ".start", "index."])
    def test_of_a_handler_without_a_file(self, tmp_path: Path, handler: str):
        (outcome,) = run(tmp_path, "exports.start = exports.tart = () => 1", handler=handler)

        message = f"Handler '{handler}' is not of the form file.function"
        assert error_of(outcome) == {"errorMessage": message}

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
