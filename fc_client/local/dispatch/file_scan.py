"""Lists the files of a directory with their sizes and times, to see what has changed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FileState", "Scan", "scan"]


@dataclass(frozen=True)
class FileState:
    """What shows that a file has changed: its size in bytes and its modification time."""

    size: int
    modified_ns: int


# The files of a directory, by their path below it, with "/" on every system.
Scan = Mapping[str, FileState]


def scan(directory: Path) -> dict[str, FileState]:
    """Return the regular files below a directory; empty if the directory does not exist.

    Symbolic links are left out, and so are files whose name is not UTF-8.
    """
    return dict(_files(directory, ""))


def _files(directory: Path, prefix: str) -> Iterator[tuple[str, FileState]]:
    try:
        entries = list(os.scandir(directory))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        key = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _files(directory / entry.name, f"{key}/")
        elif entry.is_file(follow_symlinks=False) and _is_utf8(key):
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            yield key, FileState(status.st_size, status.st_mtime_ns)


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
