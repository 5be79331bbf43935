import sys

import pytest

from fc_client import DependencyError
from fc_client.code.commands import command_line, run_command


class TestRunCommand:
    def test_that_succeeds_says_nothing(self, tmp_path, capfd):
        run_command([sys.executable, "-c", "print('fine')"], tmp_path, "python")
        assert capfd.readouterr() == ("", "")

    def test_runs_in_the_directory(self, tmp_path):
        run_command([sys.executable, "-c", "open('made', 'w')"], tmp_path, "python")
        assert (tmp_path / "made").exists()

    def test_that_fails_shows_the_end_of_its_output(self, tmp_path):
        script = "import sys; print(*range(50), sep='\\n', flush=True); sys.exit('\\x1b[31mno')"
        with pytest.raises(DependencyError) as caught:
            run_command([sys.executable, "-c", script], tmp_path, "tool install", "Do this.")
        first, command, *output, last, advice = str(caught.value).splitlines()
        assert first == "install: the command failed with status 1:"
        assert command == f"  tool install in {str(tmp_path)!r}"
        assert output == [f"  {number}" for number in range(31, 50)]
        assert last == r"  \x1b[31mno"
        assert advice == "Do this."

    def test_that_begins_with_the_cause_shows_the_start_of_its_output(self, tmp_path):
        script = "import sys; sys.exit('cause\\n' + 'usage\\n' * 50)"
        with pytest.raises(DependencyError) as caught:
            run_command(
                [sys.executable, "-c", script],
                tmp_path / "..",
                "tool ci",
                cause_first=True,
                shown_directory=tmp_path,
            )
        _, command, *output = str(caught.value).splitlines()
        assert command == f"  tool ci in {str(tmp_path)!r}"
        assert output == ["  cause", *["  usage"] * 19]

    def test_passwords_of_indexes_are_masked(self, tmp_path):
        script = "import sys; sys.exit('https://user:password@index/simple')"
        with pytest.raises(DependencyError, match=r"//\*\*\*@index/simple$"):
            run_command([sys.executable, "-c", script], tmp_path, "tool")

    def test_secrets_are_masked(self, tmp_path):
        script = "import sys; sys.exit('https://index/t0ken-of-tests/simple')"
        with pytest.raises(DependencyError, match=r"https://index/\*\*\*/simple$"):
            run_command(
                [sys.executable, "-c", script], tmp_path, "tool", secrets=["t0ken-of-tests"]
            )

    def test_environment_is_the_given_one(self, tmp_path):
        script = "import os, sys; sys.exit(os.environ['ONLY'])"
        with pytest.raises(DependencyError, match=r"\n  this$"):
            run_command(
                [sys.executable, "-c", script], tmp_path, "tool", environment={"ONLY": "this"}
            )

    def test_that_cannot_be_started_says_why(self, tmp_path):
        with pytest.raises(DependencyError, match=r"cannot run tool .*No such file"):
            run_command([str(tmp_path / "missing")], tmp_path, "tool")


class TestCommandLine:
    def test_is_as_it_is_typed(self):
        assert command_line("npm", ["ci", "a b"]) == "npm ci 'a b'"
