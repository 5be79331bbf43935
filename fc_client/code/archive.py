"""Archives: the bytes of a zip, read once for each attempt to send them."""

from __future__ import annotations

import errno
import os
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile, gettempdir
from typing import IO

from fc_client._files import open_regular

__all__ = ["CHUNK_BYTES", "Archive", "BytesArchive", "FileArchive", "PathArchive", "pack"]

# A multiple of 3: base64 of a chunk has no padding, except for the last one.
CHUNK_BYTES = 3 * 64 * 1024

# Enough for most functions; a larger zip goes into a temporary file.
_MAX_MEMORY_BYTES = 4 << 20


class BytesArchive:
    """A zip in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def chunks(self) -> Iterator[bytes]:
        """Yield the zip in chunks; safe in several threads and processes at once."""
        for position in range(0, len(self._content), CHUNK_BYTES):
            yield self._content[position : position + CHUNK_BYTES]


class FileArchive:
    """A zip in a temporary file without a name.

    Every read names its position: the offset of a file is shared with the
    children of a fork, and a lock may be copied while it is held.

    Args:
        file: A file on disk, written to its end; closed when this object is no
            longer referenced.
        maps: Map the file into memory, for systems without pread.
    """

    def __init__(self, file: IO[bytes], *, maps: bool = not hasattr(os, "pread")) -> None:
        file.flush()
        self._file = file
        self._stamp = _stamp(os.fstat(file.fileno()))
        self._map = _mapped(file) if maps else None
        weakref.finalize(self, _close, file)

    def chunks(self) -> Iterator[bytes]:
        """Yield the zip in chunks; safe in several threads and processes at once.

        Raises:
            ValueError: the program has closed the file, as daemons do with all
                that are open.
        """
        position, read_at = 0, self._map or self._pread
        while chunk := read_at(CHUNK_BYTES, position):
            position += len(chunk)
            yield chunk

    def _pread(self, size: int, position: int) -> bytes:
        descriptor = self._file.fileno()
        try:
            # The number may be that of another file by now.
            if _stamp(os.fstat(descriptor)) == self._stamp:
                return os.pread(descriptor, size, position)
        except OSError as exc:
            if exc.errno != errno.EBADF:
                raise
        raise ValueError(
            "code: its temporary file was closed, perhaps by becoming a daemon; create the Code "
            "after that"
        )

    def __deepcopy__(self, _: object) -> FileArchive:
        """Return the same object: nothing changes it."""
        return self

    def __reduce__(self) -> tuple[type[BytesArchive], tuple[bytes]]:
        """Return what a copy in another process is made of: the content itself."""
        return BytesArchive, (b"".join(self.chunks()),)


def _close(file: IO[bytes]) -> None:
    # The program may have closed its descriptor.
    with suppress(OSError):
        file.close()


def _mapped(file: IO[bytes]) -> Callable[[int, int], bytes]:
    """Return what reads *file* at a position, over a map of its content."""
    # Imported late: most systems have pread.
    import mmap

    content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return lambda size, position: content[position : position + size]


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
        with open_regular(self._path) as file:
            while True:
                chunk = file.read(CHUNK_BYTES)
                self._check(os.fstat(file.fileno()))
                if not chunk:
                    return
                yield chunk

    def _check(self, status: os.stat_result) -> None:
        if _stamp(status) != self._stamp:
            raise ValueError(f"code: {str(self._path)!r} has changed since Code.from_zip read it")


Archive = BytesArchive | FileArchive | PathArchive


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def pack(members: Iterable[tuple[str, Path]]) -> BytesArchive | FileArchive:
    """Return a zip of *members*, in memory or in a temporary file.

    Raises:
        ValueError: a member cannot be stored in a zip, or changes while it is read.
        OSError: a member cannot be read, or the temporary file cannot be written.
    """
    # Imported late: a program that packs nothing does not load thread pools.
    from fc_client.code.zip_writer import write_zip

    try:
        with ExitStack() as cleanup:
            file = cleanup.enter_context(SpooledTemporaryFile(max_size=_MAX_MEMORY_BYTES))
            write_zip(members, file)
            if file.tell() > _MAX_MEMORY_BYTES:
                archive = FileArchive(file)
                cleanup.pop_all()
                return archive
            file.seek(0)
            return BytesArchive(file.read())
    except OSError as exc:
        # A full disk: the error of the temporary file names no file.
        exc.filename = exc.filename or gettempdir()
        raise
