"""The files that decide what pip installs: requirements.txt, and those that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from fc_client.code.errors import DependencyError
from fc_client.code.variables import expanded

__all__ = ["requirement_files"]

_CONTINUED = re.compile(r"\\\r?\n")
_COMMENT = re.compile(r"(^|\s)#.*")
_OPTION = re.compile(r"(-r|-c|-f|--requirement|--constraint|--find-links)\s*=?\s*(.+)")
_EDITABLE = re.compile(r"(-e|--editable)[\s=]")
_NAMED = re.compile(r"[\w.-]+\s*(?:\[[^]]*\])?\s*@\s*(.+)")
# What may follow: options, a marker; and before them, the extras of a path.
_REST = re.compile(r"\s+--.*|\s*;.*")
_EXTRAS = re.compile(r"\[[^]]*\]$")


def requirement_files(root: Path) -> list[Path]:
    """Return requirements.txt of *root* and all local files and directories that it names.

    Raises:
        DependencyError: a requirement is a directory with source code.
        OSError: a file cannot be read.
    """
    found: list[Path] = []
    _collect(root / "requirements.txt", root, found)
    return found


def _collect(file: Path, root: Path, found: list[Path]) -> None:
    if file in found:
        return
    found.append(file)
    text = expanded(file.read_bytes().decode("utf-8-sig", "surrogateescape"))
    for line in _CONTINUED.sub("", text).splitlines():
        for path, is_list in _named_by(_COMMENT.sub("", line).strip(), file.parent, root):
            if is_list and path.is_file():
                _collect(path, root, found)
            elif path.exists() and path not in found:
                found.append(path)


def _named_by(line: str, parent: Path, root: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the local path that a line names, and whether it is a list of requirements."""
    option = _OPTION.fullmatch(line)
    if option:
        name, value = option[1], option[2].strip("\"' ")
        is_list = name not in ("-f", "--find-links")
        path = _local_path(value, parent)
        if path is not None:
            # pip looks for links beside the file, then in the working directory.
            yield path if is_list or path.exists() else root / value, is_list
        return
    requirement = _EXTRAS.sub("", _REST.sub("", line))
    named = _NAMED.fullmatch(requirement)
    text = named[1] if named else requirement
    path = _local_path(text, root) if named or "/" in text or text.startswith(".") else None
    if _EDITABLE.match(line) or (path is not None and path.is_dir()):
        raise DependencyError(
            f"install: pip would build {line!r} of requirements.txt in its own directory: build a "
            "wheel (pip wheel DIRECTORY --no-deps --wheel-dir wheels) and name that file"
        )
    if path is not None:
        yield path, False


def _local_path(text: str, parent: Path) -> Path | None:
    """Return the path that *text*, a path or a file: URL, names; None for other URLs."""
    if text.startswith("file:"):
        path = Path(url2pathname(urlsplit(text).path))
        return path if path.is_absolute() else parent / path
    return None if "://" in text else parent / text
