"""Adds the dependencies of a function to its code, for the platform that it runs on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fc_client.code.dependency_cache import Installation, default_directory, installed
from fc_client.code.npm_installation import NpmInstallation
from fc_client.code.paths import plain_path
from fc_client.code.pip_installation import PipInstallation
from fc_client.code.trees import entries_of

__all__ = ["LINUX", "InstallOptions", "with_dependencies"]

LINUX, LOCAL = "linux_x86_64", "local"

_DEFAULT_PYTHON = "3.10"
# The runtime without a minor version is older than the names of the others.
_PYTHON_VERSIONS = {"python3": "3.6"}
_RUNTIME = re.compile(r"(?P<family>python|nodejs)(?P<version>\d+(\.\d+)?)")

_Members = list[tuple[str, Path]]


@dataclass(frozen=True)
class InstallOptions:
    """What to install for; the arguments of ``Code.from_directory``.

    Attributes:
        runtime: Runtime of the function, or None for all files that there are.
        platform: ``linux_x86_64`` or ``local``.
        cache_dir: The directory of the cache, or None for the default.
    """

    runtime: str | None
    platform: str
    cache_dir: str | os.PathLike[str] | None

    def __post_init__(self) -> None:
        if self.platform not in (LINUX, LOCAL):
            raise ValueError(
                f"platform: must be {LINUX!r} (Function Compute) or {LOCAL!r} (this machine), "
                f"got {self.platform!r}"
            )
        if self.runtime is not None and not _RUNTIME.fullmatch(self.runtime):
            raise ValueError(
                "runtime: must be a Python or Node.js runtime, such as 'python3.10', "
                f"got {self.runtime!r}"
            )

    @property
    def python_version(self) -> str | None:
        """The version of Python to install for; None stands for the one of this machine."""
        if self.platform == LOCAL:
            return None
        if self.runtime is None:
            return _DEFAULT_PYTHON
        return _PYTHON_VERSIONS.get(self.runtime, self.runtime.removeprefix("python"))

    def wants(self, family: str) -> bool:
        """Return whether packages for ``python`` or ``nodejs`` are wanted."""
        return self.runtime is None or self.runtime.startswith(family)

    def cache(self) -> Path:
        """Return the directory of the cache."""
        if self.cache_dir is None:
            return default_directory()
        return plain_path("cache_dir", self.cache_dir).absolute()


def with_dependencies(members: _Members, root: Path, options: InstallOptions) -> _Members:
    """Return *members* and the installed dependencies, sorted; files in *members* come first.

    Args:
        members: Names and paths of the entries of the directory.
        root: The directory.
        options: What to install for.

    Raises:
        DependencyError: the dependencies cannot be installed.
        ValueError: the directory has no list of dependencies, or a file where
            a dependency has a directory.
        OSError: the cache cannot be written or read.
    """
    root = root.absolute()
    added: _Members = []
    for installation in _installations(root, options):
        added += entries_of(installed(installation, options.cache()))
        if isinstance(installation, NpmInstallation):
            # Those of a developer are for another platform, and for tests as well.
            members = [each for each in members if each[0].split("/")[0] != "node_modules"]
    _check_names(members, added)
    return sorted({**dict(added), **dict(members)}.items())


def _installations(root: Path, options: InstallOptions) -> list[Installation]:
    files = {"python": "requirements.txt", "nodejs": "package.json"}
    wanted = {family: name for family, name in files.items() if options.wants(family)}
    found = [family for family, name in wanted.items() if (root / name).is_file()]
    if not found:
        raise ValueError(
            f"install: the directory {str(root)!r} has no {' or '.join(wanted.values())}; pip "
            "freeze, poetry export and uv export write a requirements.txt"
        )
    installations: dict[str, Installation] = {
        "python": PipInstallation(root, options.python_version),
        "nodejs": NpmInstallation(root, for_linux=options.platform == LINUX),
    }
    return [installations[family] for family in found]


def _check_names(members: _Members, added: _Members) -> None:
    """Check that no file has the name of a directory.

    Raises:
        ValueError: one has.
    """
    own, others = ({name for name, _ in each} for each in (members, added))
    for files, names in ((own, others), (others, own)):
        clash = next((parent for parent in _parents(names) if parent in files), None)
        if clash is not None:
            raise ValueError(
                f"install: {clash!r} is a file in the directory or the dependencies, and a "
                "directory in the other: rename it"
            )


def _parents(names: set[str]) -> Iterator[str]:
    for name in sorted(names):
        yield from (str(parent) for parent in PurePosixPath(name).parents)
