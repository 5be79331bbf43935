"""The path /code, where the cloud has the code: in variables, and in what a function shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from local.execution.node_functions import run_body as run_node_body
from local.execution.python_functions import run, run_body
from local.execution_support import (
    error_of,
    invoke,
    printed,
    requires_node,
    spec_of,
    write_function,
)

from fc_client.local.execution.runtimes import environment, show_code_dir


class TestVariables:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("/code", "CODE"),
            ("/code/", "CODE/"),
            ("/code/lib", "CODE/lib"),
            ("/code/bin:/usr/bin:/code/sbin", "CODE/bin:/usr/bin:CODE/sbin"),
            ("/opt:/code:/code", "/opt:CODE:CODE"),
            ("--require=/code/hook.js -r /code/b.js", "--require=CODE/hook.js -r CODE/b.js"),
            ('{"path": "/code/data"}', '{"path": "CODE/data"}'),
            ("/codes", "/codes"),
            ("/code-not:/code.x", "/code-not:/code.x"),
            ("/opt/code/lib", "/opt/code/lib"),
            ("https://host/code/x", "https://host/code/x"),
            ("mycode", "mycode"),
            ("", ""),
        ],
    )
    def test_with_code_have_its_directory(self, tmp_path: Path, value: str, expected: str):
        spec = spec_of(tmp_path, environment_variables={"X": value})

        assert environment(spec, "id", tmp_path)["X"] == expected.replace("CODE", str(tmp_path))

    def test_python_path(self, tmp_path: Path):
        write_function(tmp_path, "X = 1", "python/mylib.py")

        (outcome,) = run(
            tmp_path,
            "import mylib\ndef handler(e, c): return mylib.X",
            environment_variables={"PYTHONPATH": "/code/python"},
        )

        assert outcome.payload == b"1"

    def test_path(self, tmp_path: Path):
        tool = write_function(tmp_path, "#!/bin/sh\necho hi", "bin/tool") / "bin" / "tool"
        tool.chmod(0o755)
        body = "import subprocess\nreturn subprocess.check_output(['tool'])"
        variables = {"PATH": "/code/bin:/usr/bin:/bin"}

        outcome = run_body(tmp_path, body, environment_variables=variables)

        assert outcome.payload == b"hi\n"

    @requires_node
    def test_node_path(self, tmp_path: Path):
        code = write_function(tmp_path, "module.exports = 'L'", "lib/mylib.js")
        source = "const m = require('mylib'); exports.handler = (e, c, cb) => cb(null, m)"
        write_function(tmp_path, source, "index.js")
        spec = spec_of(code, runtime="nodejs8", environment_variables={"NODE_PATH": "/code/lib"})

        (outcome,) = invoke(spec, tmp_path)

        assert outcome.payload == b"L"


FAIL = "import logging, subprocess, sys, threading, traceback, warnings\ndef fail(): 1 / 0\n"


class TestTracesOfPython:
    @pytest.mark.parametrize(
        "body",
        [
            "try: 1 / 0\nexcept Exception: logging.exception('oops')",
            "logging.warning('here', stack_info=True)",
            "try: 1 / 0\nexcept Exception: traceback.print_exc()",
            "traceback.print_stack()",
            "thread = threading.Thread(target=fail); thread.start(); thread.join()",
            "warnings.warn('look')",
            "import faulthandler; faulthandler.dump_traceback()",
            "class D:\n def __del__(self): 1 / 0\nD()",
            "subprocess.run([sys.executable, 'child.py'])",
            "raise ValueError",
        ],
    )
    def test_that_are_printed_say_code(self, tmp_path: Path, body: str):
        write_function(tmp_path, "1 / 0", "child.py")
        lines = body.replace("\n", "\n ")

        (outcome,) = run(tmp_path, f"{FAIL}def handler(event, context):\n {lines}\n")

        assert "/code/" in printed(outcome)
        assert "function code" not in printed(outcome)

    @pytest.mark.parametrize(
        "body",
        [
            "try: 1 / 0\nexcept Exception: return traceback.format_exc()",
            "try: 1 / 0\nexcept Exception as e: return traceback.format_tb(e.__traceback__)[0]",
            "return ''.join(traceback.format_stack())",
            "try: compile('(', __file__, 'exec')\nexcept Exception: return traceback.format_exc(0)",
            (
                "try: fail()\nexcept Exception as e:\n"
                " return ''.join(traceback.TracebackException.from_exception(e).format())"
            ),
        ],
    )
    def test_that_are_returned_say_code(self, tmp_path: Path, body: str):
        lines = body.replace("\n", "\n ")

        (outcome,) = run(tmp_path, f"{FAIL}def handler(event, context):\n {lines}\n")

        text = outcome.payload.decode()
        assert '"/code/index.py"' in text
        assert "function code" not in text

    def test_data_are_not_changed(self, tmp_path: Path):
        code = write_function(tmp_path, "")

        outcome = run_body(tmp_path, "import os\nreturn os.getcwd() + __file__")

        assert outcome.payload.decode() == f"{code}{code}/index.py"


@requires_node
class TestTracesOfNode:
    @pytest.mark.parametrize(
        "body",
        [
            "console.log(new Error('x').stack); callback()",
            "console.error(new Error('x')); callback()",
            "console.trace('x'); callback()",
            "process.stdout.write(new Error('x').stack); callback()",
            "throw new Error('x')",
            (
                "require('child_process').execFileSync(process.execPath, ['-e', "
                "`throw new Error('${__filename}')`], {stdio: 'inherit'})"
            ),
        ],
    )
    def test_that_are_printed_say_code(self, tmp_path: Path, body: str):
        outcome = run_node_body(tmp_path, body)

        assert "/code/index.js" in printed(outcome)
        assert "function code" not in printed(outcome)

    @pytest.mark.parametrize(
        "body",
        [
            "callback(null, new Error('x').stack)",
            "const e = {}; Error.captureStackTrace(e); callback(null, e.stack)",
            "try { null.x } catch (e) { callback(null, e.stack) }",
            "class E extends Error {}; callback(null, new E(__filename).stack)",
        ],
    )
    def test_that_are_returned_say_code(self, tmp_path: Path, body: str):
        outcome = run_node_body(tmp_path, body)

        text = outcome.payload.decode()
        assert "/code/index.js:" in text
        assert "function code" not in text

    def test_keep_the_form_of_node(self, tmp_path: Path):
        body = "callback(null, new TypeError('x').stack.split('\\n').slice(0, 2))"

        assert run_node_body(tmp_path, body).payload.decode() == (
            '["TypeError: x","    at exports.handler (/code/index.js:2:16)"]'
        )

    def test_formatter_of_the_function_is_used(self, tmp_path: Path):
        body = "Error.prepareStackTrace = () => 'mine'; callback(null, new Error('x').stack)"

        assert run_node_body(tmp_path, body).payload == b"mine"


class TestShowCodeDir:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (b"/a/b", b"/code"),
            (b"/a/b/c /a/b", b"/code/c /code"),
            (b"/a/bc /a/b.c /a/b-c", b"/a/bc /a/b.c /a/b-c"),
            (b"\xff/a/b\xff", b"\xff/code\xff"),
        ],
    )
    def test_replaces_the_whole_path(self, text: bytes, expected: bytes):
        assert show_code_dir(text, Path("/a/b")) == expected


def test_message_of_a_missing_file_keeps_the_path_that_the_function_used(tmp_path: Path):
    outcome = run_body(tmp_path, "open('/code/data.txt')")

    assert "'/code/data.txt'" in error_of(outcome)["errorMessage"]
