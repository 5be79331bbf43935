"""Installs the Python packages of a requirements.txt with pip."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from fc_client.code.commands import command_line, run_command
from fc_client.code.errors import DependencyError
from fc_client.code.requirement_files import requirement_files
from fc_client.code.trees import digest_of, entries_of
from fc_client.code.variables import environment_without, secrets_of, variables_in

__all__ = ["PipInstallation", "require_pip"]

# Changes when the same files would be installed in another way.
_FORMAT = 1

# Wheels for glibc 2.17 or older run in all runtimes of Function Compute.
_PLATFORMS = (
    "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_12_x86_64",
    "manylinux2010_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64", "linux_x86_64",
)  # fmt: skip

# "-m pip" would import modules of the function that are named like those of Python.
_RUN_PIP = (
    "import sys; sys.path[:] = [path for path in sys.path if path]; sys.argv[0] = 'pip'; "
    "import runpy; runpy.run_module('pip', run_name='__main__', alter_sys=True)"
)

# Settings that have pip install nothing, more, elsewhere or with another Python.
_UNWANTED = (
    "pip_dry_run", "pip_editable", "pip_prefix", "pip_python", "pip_requirement", "pip_root",
    "pip_target", "pip_user",
)  # fmt: skip

_TAG = re.compile(r"^Tag: \S+-(\S+)\s*$", re.MULTILINE)
# They differ from machine to machine, and functions do not need them.
_LEFT_OUT = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


@dataclass(frozen=True)
class PipInstallation:
    """The packages of the requirements.txt in a directory.

    Attributes:
        root: The directory.
        python_version: Such as ``3.10``, for Linux x86_64; None installs for
            this machine and the Python that runs this program.
    """

    root: Path
    python_version: str | None

    def key(self) -> str:
        """Return a name made of all that decides what is installed."""
        local = [sys.implementation.cache_tag, sys.version_info[:3], sysconfig.get_platform()]
        target = [self.python_version, *_PLATFORMS] if self.python_version else local
        files = requirement_files(self.root)
        content = [digest_of(path) for path in files]
        text = json.dumps([_FORMAT, target, content, variables_in(files)])
        return f"pip-{hashlib.sha256(text.encode()).hexdigest()[:32]}"

    def run(self, target: Path) -> None:
        """Install into *target*.

        Raises:
            DependencyError: pip is missing or fails, or a package is for
                another platform.
        """
        require_pip(sys.executable)
        arguments = [
            "install", "--target", str(target), "--no-compile", "--no-user", "--no-input",
            "--disable-pip-version-check", *self._platform_options(), "-r", "requirements.txt",
        ]  # fmt: skip
        run_command(
            [sys.executable, "-c", _RUN_PIP, *arguments],
            self.root,
            command_line("python -m pip", arguments),
            self._advice(),
            environment=environment_without(_UNWANTED),
            secrets=secrets_of(variables_in(requirement_files(self.root))),
        )
        if self.python_version:
            _check_tags(target)
        _remove_what_differs(target)

    def _platform_options(self) -> list[str]:
        if self.python_version is None:
            return []
        platforms = [option for name in _PLATFORMS for option in ("--platform", name)]
        python = ["--implementation", "cp", "--python-version", self.python_version]
        return ["--only-binary=:all:", *python, *platforms]

    def _advice(self) -> str:
        if self.python_version is None:
            return ""
        return (
            f"If there is no wheel for Python {self.python_version} on Linux x86_64: choose a "
            "version of the package that has one, or build it on Linux x86_64 (pip wheel NAME "
            "--wheel-dir wheels) and add the line '--find-links wheels' to requirements.txt. With "
            "platform='local' pip compiles it, for this machine only."
        )


def require_pip(executable: str) -> None:
    """Check that this Python has pip.

    Args:
        executable: Path of its interpreter; empty if it is embedded in a program.

    Raises:
        DependencyError: it has not.
    """
    if not executable or importlib.util.find_spec("pip") is None:
        raise DependencyError(
            f"install: this Python ({executable or 'embedded'}) has no pip: run "
            "python -m ensurepip with it, or install the package pip"
        )


def _check_tags(target: Path) -> None:
    """Check that pip has built nothing for this machine, as it does for code from git.

    Raises:
        DependencyError: a package is not for Linux x86_64.
    """
    for wheel in sorted(target.glob("*.dist-info/WHEEL")):
        found = _TAG.findall(wheel.read_text(encoding="utf-8"))
        platforms = {name for tag in found for name in tag.split(".")}
        if platforms.isdisjoint({"any", *_PLATFORMS}):
            name = wheel.parent.name.removesuffix(".dist-info")
            raise DependencyError(
                f"install: pip has built {name} for {', '.join(sorted(platforms))}, not for Linux "
                "x86_64: build its wheel there, and name the file in requirements.txt"
            )


def _remove_what_differs(target: Path) -> None:
    """Remove what is not the same after every installation, so that the checksum is."""
    for path in target.rglob("__pycache__"):
        shutil.rmtree(path)
    for name, path in entries_of(target):
        parts = name.split("/")
        in_metadata = len(parts) == 2 and parts[0].endswith(".dist-info")
        # Scripts begin with the path of this machine's Python.
        is_script = len(parts) == 2 and parts[0] == "bin" and _is_script(path)
        if is_script or (in_metadata and parts[1] in _LEFT_OUT):
            path.unlink()


def _is_script(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"#!"
