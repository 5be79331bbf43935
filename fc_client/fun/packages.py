"""The packages of a project's functions: their files, and the dependencies of the project."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fc_client._disclosure import shown
from fc_client.code import Code, code_of_members
from fc_client.code.dependencies import InstallOptions, with_dependencies
from fc_client.code.dependency_cache import installed
from fc_client.code.npm_installation import NpmInstallation
from fc_client.code.pip_installation import PipInstallation
from fc_client.fun.errors import PackageError
from fc_client.fun.project.files import select
from fc_client.fun.project.schema import Function

__all__ = ["Packages", "archive_of", "has_dependencies", "install_modules"]

# Of the service, for a zip in a request.
_MAX_BYTES = 50 << 20

_ARCHIVES = (".jar", ".zip")
_SHOWN = 5

_Members = dict[str, Path]


@dataclass(frozen=True)
class Packages:
    """Makes the packages of functions.

    Attributes:
        root: The folder of the project.
        platform: ``linux_x86_64`` or, for an embedded server, ``local``.
        installs: Whether dependencies are installed into them.
        largest: Size in bytes that a package may have.
        warn: Is called with what is odd about a package.
    """

    root: Path
    platform: str = "linux_x86_64"
    installs: bool = True
    largest: int = _MAX_BYTES
    warn: Callable[[str], None] = lambda _: None

    def make(self, functions: Iterable[tuple[str, Function]]) -> dict[str, Code]:
        """Return the packages of functions by name; equal ones are made once.

        Args:
            functions: The name of each, for errors, and the function.

        Raises:
            PackageError: a package is too large.
            DependencyError: the dependencies cannot be installed.
            ValueError, OSError: a file cannot be packed.
        """
        made: dict[tuple[object, ...], Code] = {}
        found = {}
        for name, function in functions:
            key = (function.codes, function.runtime)
            if key not in made:
                made[key] = self._make(name, function)
            found[name] = made[key]
        return found

    def _make(self, name: str, function: Function) -> Code:
        members = select(self.root, function.codes).members
        code = self._archive(members)
        if code is None:
            members = self._with_dependencies(members, function.runtime)
            code = code_of_members(members.items())
        if code.size is not None and code.size > self.largest:
            raise PackageError(_too_large(name, code.size, self.largest, members))
        return code

    def _archive(self, members: _Members) -> Code | None:
        """Return an archive that is the only file, as it is; None for other files."""
        path = _only_archive(members)
        if path is None:
            return None
        try:
            return Code.from_zip(path)
        except ValueError:
            self.warn(f"{shown(path.name)} is not a zip, so it is packed as any other file")
            return None

    def _with_dependencies(self, members: _Members, runtime: str) -> _Members:
        if not self.installs or not has_dependencies(self.root, runtime):
            return members
        options = InstallOptions(runtime, self.platform, None)
        return dict(with_dependencies(list(members.items()), self.root, options))


def archive_of(root: Path, function: Function) -> Path | None:
    """Return the only file of a function if it is an archive by its name, or None.

    Args:
        root: The folder of the project.
        function: The function.
    """
    return _only_archive(select(root, function.codes).members)


def _only_archive(members: _Members) -> Path | None:
    if len(members) != 1 or not next(iter(members)).endswith(_ARCHIVES):
        return None
    return next(iter(members.values()))


def has_dependencies(root: Path, runtime: str) -> bool:
    """Return whether a project names packages that functions of a runtime need."""
    if runtime.startswith("python"):
        return any(
            line.strip() and not line.strip().startswith("#")
            for line in _lines(root / "requirements.txt")
        )
    if not runtime.startswith("nodejs"):
        return False
    try:
        content = json.loads("".join(_lines(root / "package.json")) or "{}")
    except ValueError:
        # npm says what is wrong with it.
        return True
    wanted = ("dependencies", "optionalDependencies")
    return isinstance(content, dict) and any(content.get(name) for name in wanted)


def install_modules(root: Path, runtime: str) -> Path:
    """Install the dependencies of a project for this machine, and return their directory.

    Args:
        root: The folder of the project.
        runtime: A runtime of Python or Node.js.

    Raises:
        DependencyError: they cannot be installed.
    """
    cache = InstallOptions(runtime, "local", None).cache()
    if runtime.startswith("python"):
        return installed(PipInstallation(root.absolute(), None), cache)
    return installed(NpmInstallation(root.absolute(), for_linux=False), cache) / "node_modules"


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    return path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)


def _too_large(name: str, size: int, largest: int, members: Mapping[str, Path]) -> str:
    sizes: Counter[str] = Counter()
    for member, path in members.items():
        folder = "/".join(member.split("/")[:2])
        sizes[folder] += path.lstat().st_size
    most = ", ".join(f"{shown(folder)} {_megabytes(n)}" for folder, n in sizes.most_common(_SHOWN))
    return (
        f"the package of {name} has {_megabytes(size)}, more than the {_megabytes(largest)} that "
        f"the service takes; largest, before compression: {most}; leave out what the function "
        "does not need in .funignore"
    )


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):.1f} MB"
