"""Where the bytes of a zip are kept until they are sent, and sent again."""

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

# A multiple of 3: the base64 of each chunk but the last has no padding.
CHUNK_BYTES = 3 * 64 * 1024

# What most functions need; larger zips go to the disk.
_IN_MEMORY_BYTES = 4 << 20


class OpenFileArchive:
    """A zip in an open file that nobody else knows.

    Args:
        file: Can seek; closed together with this object.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lock = Lock()
        weakref.finalize(self, file.close)

    @classmethod
    def of_bytes(cls, content: bytes) -> OpenFileArchive:
        """Return an archive of bytes, which are not copied."""
        return cls(io.BytesIO(content))

    def chunks(self) -> Iterator[bytes]:
        """Yield the zip in chunks; several threads may do so at once."""
        position = 0
        while chunk := self._read(position):
            position += len(chunk)
            yield chunk

    def _read(self, position: int) -> bytes:
        with self._lock:
            self._file.seek(position)
            return self._file.read(CHUNK_BYTES)


class PathArchive:
    """A zip in a file of the user's, which must stay as it is."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._stamp = _stamp(self._path.stat())

    def chunks(self) -> Iterator[bytes]:
        """Return an iterator over the zip in chunks; several threads may do so at once.

        Raises:
            ValueError: the file has changed, now or while it is read.
            OSError: it cannot be read any more.
        """
        # Now and not with the first chunk: nothing has been sent yet.
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
            raise ValueError(f"code: {str(self._path)!r} has changed since it was named as code")


Archive = OpenFileArchive | PathArchive


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def pack(members: Iterable[tuple[str, Path]]) -> OpenFileArchive:
    """Return a zip of *members*, in memory or in a temporary file.

    Raises:
        ValueError: a member cannot be in a zip, or changes while it is read.
        OSError: a member cannot be read.
    """
    # Imported late: who packs nothing does not wait for thread pools.
    from fc_client.code.zip_writer import write_zip

    # The archive closes it, even if it is never filled.
    file = SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115
    archive = OpenFileArchive(file)
    write_zip(members, file)
    return archive
