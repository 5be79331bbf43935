"""Makes files of the links that npm leaves to packages outside of node_modules."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from fc_client.code.errors import DependencyError

__all__ = ["copy_linked"]


def copy_linked(modules: Path) -> None:
    """Replace links that lead out of a directory by copies of what they lead to.

    npm 11 links packages of the project's own directory even with
    ``--install-links``. Links within the directory stay.

    Args:
        modules: The directory node_modules.

    Raises:
        DependencyError: a link leads nowhere, or to a directory that it is in.
    """
    root = Path(os.path.realpath(modules))
    copies: dict[Path, Path] = {}
    # The directories of links that have been replaced are walked as well.
    for directory, directories, files in os.walk(root):
        for name in (*directories, *files):
            path = Path(directory, name)
            if path.is_symlink() and not _target(path).is_relative_to(root):
                _replace(path, _target(path), root, copies)


def _target(link: Path) -> Path:
    return Path(os.path.realpath(link))


def _replace(link: Path, target: Path, root: Path, copies: dict[Path, Path]) -> None:
    """Replace a link; further links to the same package lead to its first copy."""
    _check(link, target, root)
    link.unlink()
    origin = next((each for each in copies if target.is_relative_to(each)), None)
    if origin is not None:
        copy = copies[origin] / target.relative_to(origin)
        link.symlink_to(os.path.relpath(copy, link.parent))
    elif target.is_dir():
        copies[target] = link
        _copy(target, link)
    else:
        shutil.copy2(target, link)


def _check(link: Path, target: Path, root: Path) -> None:
    name = link.relative_to(root.parent).as_posix()
    if not target.exists():
        raise DependencyError(
            f"install: npm has made {name} a link to {link.readlink()}, which does not exist: "
            "check the dependencies with file: in package.json"
        )
    if root.is_relative_to(target):
        raise DependencyError(
            f"install: npm has made {name} a link to a directory that contains it: move that "
            "package to a directory of its own"
        )


def _copy(source: Path, place: Path) -> None:
    """Copy a directory; links that lead out of it lead to the same as before."""
    shutil.copytree(source, place, symlinks=True)
    for directory, directories, files in os.walk(source):
        for name in (*directories, *files):
            link = Path(directory, name)
            if link.is_symlink() and not _target(link).is_relative_to(source):
                copy = place / link.relative_to(source)
                copy.unlink()
                copy.symlink_to(_target(link))
