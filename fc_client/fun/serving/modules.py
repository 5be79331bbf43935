"""The installed dependencies of a project that is served, exchanged while the server runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection
from pathlib import Path

from fc_client.code.errors import DependencyError
from fc_client.code.requirement_files import requirement_files
from fc_client.fun.packages import has_dependencies, install_modules
from fc_client.fun.project.schema import RUNTIMES

__all__ = ["Modules"]

# Of the runtimes that the embedded server runs.
_FAMILIES = ("nodejs", "python3")
_FILES = (
    *("package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc"),
    "requirements.txt",
)


class Modules:
    """Directories of modules by runtime, which the server keeps, and what is in them.

    They are links to what is installed now, at first to an empty directory. The
    code is a link to the folder of the project; a new one has the server start
    functions again, which have loaded modules of earlier installations.

    Args:
        directory: An empty directory for the links.
        root: The folder of the project.
        note: Prints what is being installed.

    Attributes:
        directories: The links by runtime.
        code: The link to the folder of the project.
    """

    def __init__(self, directory: Path, root: Path, note: Callable[[str], None]) -> None:
        self._directory, self._root, self._note = directory, root, note
        self._none = directory / "none"
        self._none.mkdir()
        self._numbers = itertools.count(1)
        self._runtimes: set[str] = set()
        runtimes = [each for each in RUNTIMES if each.startswith(_FAMILIES)]
        self.directories = {runtime: directory / f"modules-{runtime}" for runtime in runtimes}
        for link in self.directories.values():
            link.symlink_to(self._none)
        self.code = self._new_code()

    def files(self) -> set[Path]:
        """Return the files that decide what is installed."""
        found = {self._root / name for name in _FILES}
        if (self._root / "requirements.txt").is_file():
            try:
                found.update(requirement_files(self._root))
            except (DependencyError, OSError):
                # The installation says what is wrong.
                return found
        return found

    def install(self, runtimes: set[str], changed: Collection[Path]) -> bool:
        """Install what the project needs, unless it is installed.

        Args:
            runtimes: Those of the project's functions.
            changed: The files that have changed since the last installation.

        Returns:
            Whether functions have other modules than before.

        Raises:
            DependencyError: it cannot be installed; what was there stays.
        """
        if runtimes == self._runtimes and not self.files() & set(changed):
            return False
        wanted = dict.fromkeys(self.directories, self._none)
        for runtime in sorted(runtimes & wanted.keys()):
            if has_dependencies(self._root, runtime):
                self._note(f"Installing the dependencies of {runtime} functions ...")
                wanted[runtime] = install_modules(self._root, runtime)
        self._runtimes = runtimes
        links = self.directories
        others = [each for each, path in wanted.items() if links[each].readlink() != path]
        for runtime in others:
            # A link cannot be changed, but replaced.
            new = self._directory / "new"
            new.symlink_to(wanted[runtime])
            new.replace(links[runtime])
        if others:
            self.code = self._new_code()
        return bool(others)

    def _new_code(self) -> Path:
        link = self._directory / f"code-{next(self._numbers)}"
        link.symlink_to(self._root)
        return link
