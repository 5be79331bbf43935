from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from local.execution.node_functions import EXITED, TIMESTAMP, UNHANDLED, run, run_body
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

pytestmark = requires_node


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
                "timeout": 60,
            },
            "service": {
                "name": "service",
                "logProject": "a-project",
                "logStore": "a-store",
                "qualifier": "LATEST",
                "versionId": "LATEST",
            },
            "region": "cn-local",
            "accountId": "1234567890",
            "tracing": {
                "openTracingSpanContext": "",
                "openTracingSpanBaggages": {},
                "jaegerEndpoint": "",
            },
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
        ("source", "seconds", "message"),
        [
            ("", 60, "Handler 'start' missing on module 'index'"),
            ("exports.start = () => {}", 1, "Task timed out after 1 seconds"),
            ("exports.start = () => { throw new Error('broken') }", 60, "broken"),
        ],
    )
    def test_that_fails(self, tmp_path: Path, source: str, seconds: int, message: str):
        (outcome,) = run(
            tmp_path,
            f"{source}\nexports.handler = (event, context, callback) => callback();",
            initializer="index.start",
            initialization_timeout=seconds,
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
        assert outcome.duration_ms < 30_000

    def test_children_end_with_the_instance(self, tmp_path: Path):
        body = """
const {spawn} = require('child_process');
const child = spawn('sleep', ['60'], {detached: true, stdio: 'ignore'});
callback(null, child.pid);
"""
        outcome = run_body(tmp_path, body)

        assert wait_until(lambda: not is_running(int(outcome.payload)))
