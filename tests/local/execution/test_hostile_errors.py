"""Errors whose own code fails, exits or lies while the runtime describes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from local.execution.node_functions import run_body as run_node_body
from local.execution.python_functions import run
from local.execution_support import error_of, invoke, requires_node, spec_of, write_function

SYSTEM_EXIT = "raise SystemExit(3)"


class TestPython:
    @pytest.mark.parametrize(
        ("definition", "error_type", "message"),
        [
            (f"class E(Exception):\n def __str__(self): {SYSTEM_EXIT}", "E", "hey"),
            ("class E(Exception):\n def __str__(self): return 5", "E", "hey"),
            ("class E(Exception):\n def __str__(self): raise self", "E", "hey"),
            ("class E(Exception):\n def __str__(self): return str(self)", "E", "hey"),
            (
                (
                    "class S(str):\n def __str__(self): raise KeyError\n __len__ = encode = None\n"
                    "class E(Exception):\n def __str__(self): return S('text')"
                ),
                "E",
                "text",
            ),
            (
                (
                    "class M(type):\n __name__ = property(lambda cls: exit())\n"
                    "class E(Exception, metaclass=M): pass"
                ),
                "E",
                "hey",
            ),
            (
                "class E(Exception):\n __class__ = property(lambda self: exit())",
                "E",
                "hey",
            ),
            (
                "class E(Exception):\n __traceback__ = property(lambda self: exit())",
                "E",
                "hey",
            ),
            (
                (
                    "class E(Exception):\n __cause__ = property(lambda self: exit())\n"
                    " __notes__ = property(lambda self: exit())\n"
                    " __suppress_context__ = property(lambda self: exit())"
                ),
                "E",
                "hey",
            ),
            ("class E(SyntaxError):\n text = filename = property(lambda s: exit())", "E", "hey"),
            ("class E(Exception):\n def __getattribute__(self, name): exit()", "E", "hey"),
            (f"class E(Exception):\n def __repr__(self): {SYSTEM_EXIT}", "E", "hey"),
        ],
    )
    def test_type_and_message(self, tmp_path: Path, definition, error_type, message):
        source = f"{definition}\ndef handler(event, context):\n if event: raise E('hey')\n return 1"

        failed, good = run(tmp_path, source, b"x", b"")

        assert error_of(failed)["errorType"] == error_type
        assert error_of(failed)["errorMessage"] == message
        assert error_of(failed)["stackTrace"][0][1] == f"line {definition.count(chr(10)) + 3}"
        assert good.instance_id == failed.instance_id

    @pytest.mark.parametrize("value", ["Bad()", "(Bad(), 2)"])
    def test_arguments_that_cannot_be_shown(self, tmp_path: Path, value: str):
        source = (
            "class Bad:\n def __str__(self): exit()\n __repr__ = __str__\n"
            f"def handler(event, context): raise ValueError({value})"
        )

        (outcome,) = run(tmp_path, source)

        assert error_of(outcome)["errorType"] == "ValueError"
        assert error_of(outcome)["errorMessage"] == "<no message: SystemExit>"

    @pytest.mark.parametrize(
        ("returned", "payload"),
        [
            ("type('B', (bytes,), {'__len__': lambda self: 1})(b'abc')", b"abc"),
            ("type('S', (str,), {'encode': None, '__str__': None})('abc')", b"abc"),
            ("type('I', (int,), {'__repr__': None})(7)", b"7"),
        ],
    )
    def test_results_of_a_subclass(self, tmp_path: Path, returned: str, payload: bytes):
        (outcome,) = run(tmp_path, f"def handler(event, context): return {returned}")

        assert outcome.payload == payload

    @pytest.mark.parametrize(
        "code",
        [
            "2 ** 40",
            "-1",
            "True",
            "'text'",
            "[1]",
            "type('T', (), {'__str__': lambda s: exit()})()",
        ],
    )
    def test_exit_codes(self, tmp_path: Path, code: str):
        (outcome,) = run(tmp_path, f"import sys\ndef handler(event, context): sys.exit({code})")

        assert error_of(outcome)["errorMessage"].startswith("Process exited unexpectedly")
        assert b"bootstrap.py" not in outcome.log

    @pytest.mark.parametrize("name", ["flush", "write"])
    def test_streams_that_fail(self, tmp_path: Path, name: str):
        source = (
            f"import sys\nclass Stream:\n def {name}(self, *_): exit()\n"
            "def handler(event, context):\n sys.stdout = sys.stderr = Stream()\n return 1"
        )

        (outcome,) = run(tmp_path, source)

        assert outcome.payload == b"1"

    @pytest.mark.parametrize("helper", ["ast", "unicodedata", "textwrap", "_colorize", "tokenize"])
    def test_helpers_that_tracebacks_would_import(self, tmp_path: Path, helper: str):
        """Python imports these when it prints a traceback; which ones depends on its version."""
        write_function(tmp_path, "def parse_config(x): return x", f"{helper}.py")

        (outcome,) = run(tmp_path, "def handler(e, c):\n return {'a': 1}['a'] + {}['b']")

        assert error_of(outcome)["errorType"] == "KeyError"
        assert error_of(outcome)["stackTrace"] == [
            ['File "/code/index.py"', "line 2", "in handler", "return {'a': 1}['a'] + {}['b']"]
        ]

    def test_chain_is_in_the_log(self, tmp_path: Path):
        source = (
            "def inner(): 1 / 0\ndef handler(event, context):\n"
            " try: inner()\n except ZeroDivisionError as e: raise KeyError('k') from e"
        )

        (outcome,) = run(tmp_path, source)

        text = outcome.log.decode()
        assert "in inner\n    def inner(): 1 / 0\nZeroDivisionError" in text
        assert "was the direct cause of the following exception" in text
        assert "bootstrap.py" not in text


@requires_node
class TestNode:
    @pytest.mark.parametrize(
        ("thrown", "error"),
        [
            ("Object.create(null)", {"errorMessage": "{}"}),
            ("{toJSON() { throw 1 }}", {"errorMessage": "[object Object]"}),
            ("{toJSON() { throw 1 }, toString() { throw 2 }}", {"errorMessage": "<no message>"}),
            (
                "(() => { const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy })()",
                {"errorMessage": "<no message>"},
            ),
            (
                "new (class extends Error { get message() { throw 1 } get name() { throw 2 } })()",
                {"errorMessage": "<no message>", "errorType": "Error"},
            ),
            (
                "Object.assign(new Error('m'), {name: Symbol('s')})",
                {"errorMessage": "m", "errorType": "Symbol(s)"},
            ),
            (
                "Object.defineProperty(new Error('m'), 'stack', {get() { throw 1 }})",
                {"errorMessage": "m", "errorType": "Error"},
            ),
            (
                "Object.assign(new Error('m'), {stack: {split: 5}})",
                {"errorMessage": "m", "errorType": "Error"},
            ),
        ],
    )
    @pytest.mark.parametrize(
        "how", ["throw {}", "callback({})", "setTimeout(() => {{ throw {} }})"]
    )
    def test_type_and_message(self, tmp_path: Path, thrown: str, error, how: str):
        outcome = run_node_body(tmp_path, how.format(thrown))

        found = error_of(outcome)
        found.pop("stackTrace", None)
        assert found == error

    def test_fake_clock_does_not_stop_the_runtime(self, tmp_path: Path):
        body = """
for (const name of ['setImmediate', 'setTimeout', 'setInterval', 'queueMicrotask', 'Date'])
  global[name] = function () { throw new Error('stopped'); };
process.nextTick = () => {}; JSON.stringify = JSON.parse = () => { throw 1; };
console.log('here');
callback(null, {a: 1});
"""
        code = write_function(
            tmp_path, f"exports.handler = (event, context, callback) => {{{body}}}", "index.js"
        )

        first, second = invoke(spec_of(code, runtime="nodejs8"), tmp_path, b"", b"")

        assert [first.payload, second.payload] == [b'{"a":1}'] * 2
