"""Archives: the bytes of a zip, read once for each attempt to send them."""

from __future__ import annotations

import io
import os
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import IO

__all__ = ["CHUNK_BYTES", "Archive", "OpenFileArchive", "PathArchive", "pack"]

# A multiple of 3: base64 of a chunk has no padding, except for the last one.
CHUNK_BYTES = 3 * 64 * 1024

# Enough for most functions; a larger zip goes into a temporary file.
_MAX_MEMORY_BYTES = 4 << 20


class OpenFileArchive:
    """A zip in an open file that only this object uses.

    Args:
        file: Seekable; closed when this object is no longer referenced.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lock = Lock()
        weakref.finalize(self, file.close)

    @classmethod
    def of_bytes(cls, content: bytes) -> OpenFileArchive:
        """Return an archive of *content*, which is not copied."""
        return cls(io.BytesIO(content))

    def chunks(self) -> Iterator[bytes]:
        """Yield the zip in chunks; safe in several threads at once."""
        position = 0
        while chunk := self._read(position):
            position += len(chunk)
            yield chunk

    def _read(self, position: int) -> bytes:
        with self._lock:
            self._file.seek(position)
            return self._file.read(CHUNK_BYTES)


class PathArchive:
    """A zip in the user's file, which must not change until it has been sent."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._stamp = _stamp(self._path.stat())

    def chunks(self) -> Iterator[bytes]:
        """Return an iterator over the zip in chunks; safe in several threads at once.

        Raises:
            ValueError: the file has changed, before this call or while it is read.
            OSError: the file can no longer be read.
        """
        # Checked here and not with the first chunk: nothing has been sent yet.
        self._check(self._path.stat())
        return self._read()

    def _read(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            while True:
                chunk = file.read(CHUNK_BYTES)
                self._check(os.fstat(file.fileno()))
                if not chunk:
                    return
                yield chunk

    def _check(self, status: os.stat_result) -> None:
        if _stamp(status) != self._stamp:
            raise ValueError(f"code: {str(self._path)!r} has changed since Code.from_zip read it")


Archive = OpenFileArchive | PathArchive


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def pack(members: Iterable[tuple[str, Path]]) -> OpenFileArchive:
    """Return a zip of *members*, in memory or in a temporary file.

    Raises:
        ValueError: a member cannot be stored in a zip, or changes while it is read.
        OSError: a member cannot be read.
    """
    # Imported late: a program that packs nothing does not load thread pools.
    from fc_client.code.zip_writer import write_zip

    # The archive closes it, even if writing fails.
    file = SpooledTemporaryFile(max_size=_MAX_MEMORY_BYTES)  # noqa: SIM115
    archive = OpenFileArchive(file)
    write_zip(members, file)
    return archive
