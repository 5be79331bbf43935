"""Trees of installed files: their entries, and a digest of all that a zip keeps of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from fc_client._files import open_regular

__all__ = ["digest_of", "entries_of"]


def entries_of(root: Path) -> list[tuple[str, Path]]:
    """Return the relative name and the path of every file and link below *root*, sorted."""
    return sorted(_walk(root))


def _walk(root: Path) -> Iterator[tuple[str, Path]]:
    for directory, directories, files in os.walk(root, onerror=_raise):
        links = [name for name in directories if Path(directory, name).is_symlink()]
        for name in (*files, *links):
            path = Path(directory, name)
            yield path.relative_to(root).as_posix(), path


def _raise(error: OSError) -> None:
    raise error


def digest_of(path: Path) -> str:
    """Return a digest of a file, or of the names, modes and contents of a directory."""
    if not path.is_dir():
        return _file_digest(path)
    whole = hashlib.sha256()
    for name, entry in entries_of(path):
        whole.update(f"{name}\0{_described(entry)}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _described(path: Path) -> str:
    if path.is_symlink():
        return f"link {path.readlink()}"
    executable = bool(path.stat().st_mode & 0o100)
    return f"{'program' if executable else 'file'} {_file_digest(path)}"


def _file_digest(path: Path) -> str:
    digest = hashlib.sha256()
    # A FIFO among them is an error and is not waited for.
    with open_regular(path) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
