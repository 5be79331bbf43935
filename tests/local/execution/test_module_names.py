"""Functions whose modules have the names of others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from local.execution.python_functions import run
from local.execution_support import (
    error_of,
    invoke,
    printed,
    requires_node,
    spec_of,
    write_function,
)

MINE = "def handler(event, context): return 'mine'"
# All that the runtime or the interpreter have imported before the function.
LOADED = """
abc ast asyncio bootstrap builtins code codecs collections contextlib email encodings enum
fc_runtime_channel fc_runtime_errors fc_runtime_imports functools genericpath io json
keyword linecache logging operator os posix posixpath re select signal site stat string
struct sys textwrap threading time token tokenize traceback types typing warnings weakref
__main__ _io
""".split()  # noqa: SIM905 - shorter


class TestHandlersModule:
    @pytest.mark.parametrize("name", LOADED)
    def test_is_the_functions_own(self, tmp_path: Path, name: str):
        code = write_function(tmp_path, MINE, f"{name}.py")

        first, second = invoke(spec_of(code, handler=f"{name}.handler"), tmp_path, b"", b"")

        assert (first.payload, second.payload) == (b"mine", b"mine"), first

    @pytest.mark.parametrize("name", ["test", "code", "email", "json", "time", "deep/email", "new"])
    @pytest.mark.parametrize("package", [True, False])
    def test_may_be_in_a_directory_of_such_a_name(self, tmp_path: Path, name: str, package: bool):
        code = write_function(tmp_path, MINE, f"{name}/index.py")
        if package:
            write_function(tmp_path, "", f"{name}/__init__.py")

        (outcome,) = invoke(spec_of(code, handler=f"{name}/index.handler"), tmp_path)

        assert outcome.payload == b"mine", outcome

    def test_leaves_pythons_package_whole(self, tmp_path: Path):
        source = (
            "import email.message, smtplib\n"
            "def handler(event, context): return email.message.EmailMessage.__name__"
        )
        code = write_function(tmp_path, source, "email/index.py")

        (outcome,) = invoke(spec_of(code, handler="email/index.handler"), tmp_path)

        assert outcome.payload == b"EmailMessage", outcome

    @pytest.mark.parametrize("name", ["json", "ast", "traceback", "logging", "tokenize"])
    def test_may_fail(self, tmp_path: Path, name: str):
        source = "def handler(event, context): return {'a': 1}['a'] + {}['b']"
        code = write_function(tmp_path, source, f"{name}.py")

        (outcome,) = invoke(spec_of(code, handler=f"{name}.handler"), tmp_path)

        assert error_of(outcome)["errorType"] == "KeyError"
        assert error_of(outcome)["stackTrace"][0][:2] == [f'File "/code/{name}.py"', "line 1"]
        assert "KeyError: 'b'" in printed(outcome)


class TestOtherModules:
    def test_beside_the_handlers_are_the_functions_own(self, tmp_path: Path):
        names = sorted(set(LOADED) - {"_io", "builtins", "encodings", "sys"})
        for name in names:
            write_function(tmp_path, f"MINE = {name!r}", f"{name}.py")
        source = (
            f"import {', '.join(names)}\n"
            f"def handler(e, c): return ' '.join([{', '.join(f'{name}.MINE' for name in names)}])"
        )

        (outcome,) = run(tmp_path, source)

        assert outcome.payload.decode().split() == names, outcome

    def test_in_a_directory_without_code_are_pythons(self, tmp_path: Path):
        write_function(tmp_path, "", "email/template.html")

        (outcome,) = run(tmp_path, "import email\ndef handler(e, c): return email.__file__[-8:]")

        assert outcome.payload == b"_init__.py"[-8:]

    def test_of_the_python_path_do_not_reach_the_runtime(self, tmp_path: Path):
        write_function(tmp_path, "raise SystemExit('mine')", "lib/logging.py")
        write_function(tmp_path, "X = 1", "lib/json.py")

        (outcome,) = run(
            tmp_path,
            "import json\ndef handler(e, c): return [json.X]",
            environment_variables={"PYTHONPATH": "/code/lib"},
        )

        assert outcome.payload == b"[1]", outcome

    def test_of_the_runtime_are_not_importable(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "import fc_runtime_channel\ndef handler(e, c): pass")

        assert error_of(outcome)["errorType"] == "ModuleNotFoundError"

    def test_that_are_replaced_by_the_function_do_not_break_the_runtime(self, tmp_path: Path):
        source = """
import json, logging, os, re, struct, sys, time, traceback
def broken(*_, **__): raise SystemExit("broken")
def handler(event, context):
    json.dumps = json.loads = re.sub = traceback.extract_tb = struct.pack = broken
    if event: raise ValueError("mine")
    return {"a": 1}
"""
        good, failed = run(tmp_path, source, b"", b"x")

        assert json.loads(good.payload) == {"a": 1}
        assert error_of(failed)["errorMessage"] == "mine"


class TestMissing:
    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ("import numpy.linalg", "No module named 'numpy'. Packages that the function imports"),
            ("import numpy.linalg", "pip install --target DIRECTORY numpy, or"),
            ("from json import nothing", "cannot import name 'nothing' from 'json'"),
            ("import json.nothing", "No module named 'json.nothing'. This Python was built"),
            ("raise ImportError('own text')", "Unable to import module 'index': own text"),
        ],
    )
    def test_message_says_what_and_where_to_put_it(self, tmp_path: Path, source, message):
        (outcome,) = run(tmp_path, source)

        assert message in error_of(outcome)["errorMessage"]


class TestLentModules:
    def test_of_python(self, tmp_path: Path):
        lent = tmp_path / "lent"
        lent.mkdir()
        (lent / "lent_module.py").write_text("X = 'lent'")
        (lent / "json.py").write_text("raise ValueError")
        (lent / "own_module.py").write_text("X = 'lent'")
        code = write_function(
            tmp_path,
            "import json, lent_module, own_module\n"
            "def handler(e, c): return json.dumps([lent_module.X, own_module.X])",
        )
        write_function(tmp_path, "X = 'own'", "own_module.py")

        (with_it,) = invoke(spec_of(code), tmp_path, modules={"python3": str(lent)})
        (without,) = invoke(spec_of(code), tmp_path, modules={"python3.9": str(lent)})

        assert json.loads(with_it.payload) == ["lent", "own"]
        assert error_of(without)["errorType"] == "ModuleNotFoundError"

    @requires_node
    def test_of_node(self, tmp_path: Path):
        lent = tmp_path / "lent"
        lent.mkdir()
        (lent / "lent.js").write_text("module.exports = 'lent'")
        code = write_function(
            tmp_path,
            "exports.handler = (e, c, cb) => cb(null, require('lent') + require('own'))",
            "index.js",
        )
        write_function(tmp_path, "module.exports = ' own'", "lib/own.js")
        spec = spec_of(code, runtime="nodejs8", environment_variables={"NODE_PATH": "/code/lib"})

        (with_it,) = invoke(spec, tmp_path, modules={"nodejs8": str(lent)})
        (without,) = invoke(spec, tmp_path)

        assert with_it.payload == b"lent own"
        assert "Cannot find module 'lent'" in error_of(without)["errorMessage"]
