import zipfile

import pytest
from fcli.support import done, run

from fc_client import Code

CREATE = ("mkf", "demo/f", "-t", "python3", "-h", "index.handler")


class TestCreate:
    def test_every_flag(self, demo, folder):
        (folder / "variables").write_text("# comment\nA=file\n\nC=c\n", encoding="utf-8")

        done(
            *CREATE, "-d", "code", "--description", "text", "-m", "256", "--timeout", "60",
            "-i", "index.init", "-e", "20", "--env", "A=1=2", "--env", "B=",
            "--env-file", "variables",
        )  # fmt: skip

        function = demo.get_function("demo", "f")
        assert (function.handler, function.runtime) == ("index.handler", "python3")
        assert (function.memory_size, function.timeout) == (256, 60)
        assert (function.initializer, function.initialization_timeout) == ("index.init", 20)
        assert function.environment_variables == {"A": "1=2", "B": "", "C": "c"}
        assert function.description == "text"

    def test_defaults_are_those_of_the_original(self, demo):
        done(*CREATE, "-d", "code")
        function = demo.get_function("demo", "f")
        assert (function.memory_size, function.timeout) == (128, 30)
        assert function.initialization_timeout == 30

    def test_file_comes_before_directory(self, demo, folder):
        (folder / "other.py").write_text("def handler(event, context): return b'other'")
        done(
            "mkf", "demo/f", "-t", "python3", "-h", "other.handler", "-d", "code", "-f", "other.py"
        )
        assert demo.invoke_function("demo", "f").text == "other"

    def test_zip(self, demo, folder):
        with zipfile.ZipFile(folder / "code.zip", "w") as archive:
            archive.write("code/index.py", "index.py")
        done(*CREATE, "-f", "code.zip")
        assert demo.get_function("demo", "f").code_checksum == Code.from_zip("code.zip").checksum

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("-h", "index.handler", "-d", "code"), "missing --runtime"),
            (("-t", "python3", "-d", "code"), "missing --handler"),
            (("-t", "python3", "-h", "index.handler"), "missing --code-dir"),
            ((*CREATE[2:], "-d", "none"), "no such directory: 'none'"),
            ((*CREATE[2:], "-d", "code/index.py"), "no such directory"),
            ((*CREATE[2:], "-f", "none.zip"), "no such file: 'none.zip'"),
            ((*CREATE[2:], "-b", "bucket"), "pass both --code-bucket and --code-object"),
            ((*CREATE[2:], "-d", "code", "--env", "A"), "--env: expected name=value, got 'A'"),
            ((*CREATE[2:], "-d", "code", "--env", "=a"), "--env: expected name=value, got ''"),
            ((*CREATE[2:], "-d", "code", "--env-file", "none"), "--env-file none: cannot be read"),
        ],
    )
    def test_bad_input_is_wrong_usage(self, demo, words, problem):
        result = run("mkf", "demo/f", *words)
        assert result.code == 2
        assert problem in result.err
        assert [function.function_name for function in demo.iter_functions("demo")] == ["hello"]

    def test_code_in_oss(self, demo, buckets):
        (buckets / "bucket").mkdir(exist_ok=True)
        with zipfile.ZipFile(buckets / "bucket" / "object.zip", "w") as archive:
            archive.write("code/index.py", "index.py")
        done(*CREATE, "-b", "bucket", "-o", "object.zip")
        assert demo.invoke_function("demo", "f", b"x").text == "got x"


class TestUpdate:
    def test_sends_what_is_given_and_nothing_else(self, demo):
        before = demo.get_function("demo", "hello")
        done("upf", "demo/hello", "-m", "512")
        after = demo.get_function("demo", "hello")
        assert after.memory_size == 512
        assert (after.timeout, after.code_checksum) == (before.timeout, before.code_checksum)

    def test_code(self, demo, folder):
        (folder / "code" / "index.py").write_text("def handler(event, context): return b'new'")
        done("upf", "demo/hello", "-d", "code")
        assert demo.invoke_function("demo", "hello").text == "new"

    def test_without_flags_is_wrong_usage(self, demo):
        assert run("upf", "demo/hello").code == 2
        assert demo


class TestDownload:
    def test_zip_is_that_of_the_function(self, demo, folder):
        result = done("dlc", "demo/hello")
        assert Code.from_zip(folder / "hello.zip").checksum == (
            demo.get_function("demo", "hello").code_checksum
        )
        assert result.out == ""

    def test_named_file(self, demo, folder):
        done("dlc", "demo/hello", "-o", "it.zip")
        assert zipfile.ZipFile(folder / "it.zip").namelist() == ["index.py"]
        assert demo

    def test_stdout(self, demo):
        assert done("dlc", "demo/hello", "-o", "-").content.startswith(b"PK")
        assert demo

    def test_file_that_exists_is_not_replaced_without_a_question(self, demo, folder):
        (folder / "hello.zip").write_text("mine")
        assert run("dlc", "demo/hello").code == 2
        assert (folder / "hello.zip").read_text() == "mine"
        done("dlc", "demo/hello", "--yes")
        assert zipfile.is_zipfile(folder / "hello.zip")
        assert demo
