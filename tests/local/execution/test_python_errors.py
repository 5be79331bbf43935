from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from local.execution.python_functions import TIMESTAMP, run, run_body
from local.execution_support import REQUEST_ID, error_of, invoke, printed, spec_of, write_function


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
            "errorMessage": "Unable to import module 'nowhere': No module named 'nowhere'. "
            "The handler is nowhere.handler, so the code must have the file nowhere.py",
            "errorType": "ModuleNotFoundError",
            "stackTrace": [],
        }
        assert "No module named 'nowhere'" in printed(outcome)

    def test_module_that_imports_what_is_missing(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "\nimport nothing_of_this_name\n")

        assert error_of(outcome) == {
            "errorMessage": "Unable to import module 'index': "
            "No module named 'nothing_of_this_name'. Packages that the function imports must be "
            "in the directory of its code: pip install --target DIRECTORY nothing_of_this_name, or "
            "Code.from_directory(DIRECTORY, install=True) with a requirements.txt",
            "errorType": "ModuleNotFoundError",
            "stackTrace": [
                ['File "/code/index.py"', "line 2", "in <module>", "import nothing_of_this_name"]
            ],
        }
        assert "No module named 'nothing_of_this_name'" in printed(outcome)

    def test_packages_of_the_host_are_not_importable(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "import pytest")

        message = error_of(outcome)["errorMessage"]
        assert message.startswith("Unable to import module 'index': No module named 'pytest'")

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

    def test_package_for_another_python(self, tmp_path: Path):
        write_function(tmp_path, "import package._compiled", "package/__init__.py")
        (outcome,) = run(tmp_path, "import package")

        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        assert error_of(outcome)["errorMessage"].endswith(
            f"The package package in the code may be for another Python; this is {version}"
        )

    @pytest.mark.parametrize(
        ("source", "hint"),
        [
            ("", ""),
            ("handler = 'not a function'", ", but its handler is of type str"),
        ],
    )
    def test_handler_that_is_missing(self, tmp_path: Path, source: str, hint: str):
        (outcome,) = run(tmp_path, source)

        assert error_of(outcome) == {
            "errorMessage": "Handler 'handler' is missing on module 'index'. "
            f"index.py must define a function handler{hint}",
            "errorType": "AttributeError",
            "stackTrace": [],
        }

    @pytest.mark.parametrize("handler", ["handler", "../index.handler", "/index.handler", "a..b"])
    def test_handler_that_names_no_module(self, tmp_path: Path, handler: str):
        (outcome,) = run(tmp_path, "", handler=handler)

        message = f"Handler '{handler}' is not of the form module.function"
        assert error_of(outcome)["errorMessage"] == message

    def test_exception_of_the_module(self, tmp_path: Path):
        (outcome,) = run(tmp_path, "print('loading')\n1 / 0")

        assert error_of(outcome) == {
            "errorMessage": "Unable to import module 'index': division by zero",
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
