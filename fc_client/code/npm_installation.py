"""Installs the Node.js packages of a package.json with npm."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sysconfig
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fc_client.code.commands import command_line, run_command
from fc_client.code.errors import DependencyError
from fc_client.code.npm_links import copy_linked
from fc_client.code.trees import digest_of
from fc_client.code.variables import environment_without, secrets_of, variables_in

__all__ = ["NpmInstallation"]

# Changes when the same files would be installed in another way.
_FORMAT = 2

_LOCKS = ("npm-shrinkwrap.json", "package-lock.json")
_FILES = ("package.json", *_LOCKS, ".npmrc")
_LINUX = ["--os=linux", "--cpu=x64", "--libc=glibc"]
# Settings that have npm install nothing, or elsewhere; "npm run" passes on its own.
_UNWANTED = (
    "npm_config_dry_run", "npm_config_global", "npm_config_location",
    "npm_config_package_lock_only",
)  # fmt: skip
_ADVICE = "Run the command in that directory to see all of its output."
_LOCK_ADVICE = (
    " If package.json and its lock file differ, update the lock file: "
    "npm install --package-lock-only"
)
_LOCAL = re.compile(r"file:|\.{1,2}/|/")
# The head of a shared library for Linux x86_64: the format, and the processor at byte 18.
_ELF, _X86_64 = b"\x7fELF\x02", b"\x3e\x00"


@dataclass(frozen=True)
class NpmInstallation:
    """The packages of the package.json in a directory.

    Attributes:
        root: The directory.
        for_linux: Install for Linux x86_64; False installs for this machine.
    """

    root: Path
    for_linux: bool

    def key(self) -> str:
        """Return a name made of all that decides what is installed."""
        target = _LINUX if self.for_linux else [sysconfig.get_platform()]
        files = [(path.name, digest_of(path)) for path in (*self._files(), *self._local_packages())]
        text = json.dumps([_FORMAT, target, files])
        return f"npm-{hashlib.sha256(text.encode()).hexdigest()[:32]}"

    def run(self, target: Path) -> None:
        """Install into *target*, as its directory node_modules.

        Raises:
            DependencyError: npm is missing or fails, or a package is for
                another platform.
        """
        npm = shutil.which("npm")
        if npm is None:
            raise DependencyError("install: npm is not on the PATH: install Node.js, which has npm")
        with TemporaryDirectory(dir=target.parent) as temporary:
            copy = self._copy_to(Path(temporary))
            self._run_npm(npm, copy)
            modules = copy / "node_modules"
            if modules.is_dir():
                (modules / ".package-lock.json").unlink(missing_ok=True)
                copy_linked(modules)
                modules.rename(target / "node_modules")
        if self.for_linux:
            _check_libraries(target)

    def _run_npm(self, npm: str, copy: Path) -> None:
        is_locked = any((self.root / name).is_file() for name in _LOCKS)
        arguments = [
            "ci" if is_locked else "install", "--omit=dev", "--install-links", "--no-audit",
            "--no-fund", "--no-update-notifier", "--loglevel=error",
            *(_LINUX if self.for_linux else ()),
        ]  # fmt: skip
        run_command(
            [npm, *arguments],
            copy,
            command_line("npm", arguments),
            _ADVICE + (_LOCK_ADVICE if is_locked else ""),
            environment=environment_without(_UNWANTED),
            secrets=secrets_of(variables_in(self._files())),
            cause_first=True,
            # The copy is deleted.
            shown_directory=self.root,
        )

    def _files(self) -> list[Path]:
        return [self.root / name for name in _FILES if (self.root / name).is_file()]

    def _local_packages(self) -> list[Path]:
        """Return the directories and archives on this machine that are depended on."""
        found: set[Path] = set()
        waiting = [self.root]
        while waiting:
            new = _local_dependencies(waiting.pop()) - found
            found |= new
            # Local packages may depend on others.
            waiting += new
        return sorted(found)

    def _copy_to(self, directory: Path) -> Path:
        """Copy what npm needs, with the same relative paths; return the place of package.json.

        npm writes beside the package.json, and nothing is written into the
        user's directory.
        """
        root = Path(os.path.abspath(self.root))  # noqa: PTH100 - keeps links
        packages = self._local_packages()
        common = Path(os.path.commonpath([root, *packages]))
        copy = directory / root.relative_to(common)
        copy.mkdir(parents=True, exist_ok=True)
        for path in self._files():
            shutil.copy(path, copy / path.name)
        if "scripts" in (document := _document(self.root)):
            # They need the function's own files, which are not copied.
            document = {**document, "scripts": {}}
            (copy / "package.json").write_text(json.dumps(document), encoding="utf-8")
        ignored = _ignoring(("node_modules", ".git"), directory)
        for path in packages:
            place = directory / path.relative_to(common)
            place.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                shutil.copytree(path, place, symlinks=True, ignore=ignored, dirs_exist_ok=True)
            else:
                shutil.copy(path, place)
        return copy


def _document(directory: Path) -> dict[str, Any]:
    """Return the package.json of a directory; an empty one if it cannot be read."""
    try:
        document = json.loads((directory / "package.json").read_bytes())
    except (OSError, ValueError):
        # npm says what is wrong with it.
        return {}
    return document if isinstance(document, dict) else {}


def _local_dependencies(directory: Path) -> set[Path]:
    """Return the directories and archives that the package.json of a directory depends on."""
    document = _document(directory)
    # npm reads those for development as well, before it leaves them out.
    groups = map(document.get, ("dependencies", "optionalDependencies", "devDependencies"))
    values = [value for group in groups if isinstance(group, dict) for value in group.values()]
    names = [
        value.removeprefix("file:")
        for value in values
        if isinstance(value, str) and _LOCAL.match(value)
    ]
    paths = [Path(os.path.abspath(directory / name)) for name in names]  # noqa: PTH100
    return {path for path in paths if path.exists()}


def _ignoring(
    names: Collection[str], directory: Path
) -> Callable[[str, list[str]], Collection[str]]:
    """Return what ignores *names*, and the place of the copy, which may be in what is copied."""
    place = os.path.realpath(directory)

    def ignored(parent: str, entries: list[str]) -> Collection[str]:
        paths = {entry: os.path.realpath(Path(parent, entry)) for entry in entries}
        return [entry for entry in entries if entry in names or paths[entry] == place]

    return ignored


def _check_libraries(target: Path) -> None:
    """Check that no package has been compiled for this machine, if that is another one.

    Raises:
        DependencyError: a package has.
    """
    for library in sorted(target.rglob("build/Release/*.node")):
        with library.open("rb") as file:
            head = file.read(20)
        if not (head.startswith(_ELF) and head.endswith(_X86_64)):
            name = library.relative_to(target).as_posix()
            raise DependencyError(
                f"install: npm has compiled {name} for this machine, not for Linux x86_64: install "
                "on Linux x86_64, or choose a package with prebuilt binaries"
            )
