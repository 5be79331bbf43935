from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import fc_client
from fc_client.local import LocalFunctionCompute

PACKAGE = Path(fc_client.__file__).parent


class TestInstallation:
    def test_in_a_zip_is_refused(self, tmp_path: Path):
        packed = tmp_path / "packed.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            for path in PACKAGE.rglob("*"):
                if path.suffix in (".py", ".js"):
                    archive.write(path, path.relative_to(PACKAGE.parent))
        program = (
            f"import sys; sys.path.insert(0, {str(packed)!r})\n"
            "from fc_client.local import LocalFunctionCompute\n"
            "LocalFunctionCompute()"
        )

        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert done.returncode == 1
        assert "OSError: the local Function Compute cannot run from a zip" in done.stderr
        assert "install aliyun-fc-client with pip" in done.stderr


class TestNames:
    @pytest.mark.parametrize("argument", ["interpreters", "modules"])
    @pytest.mark.parametrize("name", ["python2.7", "java8", "", "Python3"])
    def test_that_cannot_be_run_are_refused(self, argument: str, name: str):
        with pytest.raises(ValueError, match=f"{argument}: runtime '{name}' cannot be run here"):
            LocalFunctionCompute(**{argument: {name: sys.executable}})

    def test_missing_directory_of_modules_is_refused(self, tmp_path: Path):
        with pytest.raises(ValueError, match="modules: python3: no such directory"):
            LocalFunctionCompute(modules={"python3": tmp_path / "nothing"})

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (
                ["--runtime", "python2.7=/bin/true"],
                "--runtime: runtime 'python2.7' cannot",
            ),
            (
                ["--modules", "python3=/no/such"],
                "argument --modules: python3: no such directory: '/no/such'",
            ),
            (["--modules", "python3"], "argument --modules: must be NAME=DIR, got 'python3'"),
            (["--modules", "java8=/"], "argument --modules: runtime 'java8' cannot be run here"),
        ],
    )
    def test_command_line_refuses_them(self, options: list[str], message: str):
        done = subprocess.run(
            [sys.executable, "-m", "fc_client.local.cli", *options],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert done.returncode != 0
        assert message in done.stderr
        assert "Traceback" not in done.stderr
