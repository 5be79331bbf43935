"""Where downloaded code is written: a file that is replaced, a pipe or device, an open file."""

from __future__ import annotations

import errno
import inspect
import io
import os
import re
import selectors
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol

from fc_client._clock import monotonic
from fc_client._files import named_kind
from fc_client.code.paths import plain_path
from fc_client.timeouts import Limits

__all__ = ["Target", "Writer", "writer_for"]

Target = str | os.PathLike[str] | IO[bytes]

Write = Callable[[bytes], None]

# Links in these directories stand for files that a process has open.
_DESCRIPTORS = re.compile(r"/dev/fd|/proc/\d+/(?:task/\d+/)?fd")

_POLL_SECONDS = 0.01


class Writer(Protocol):
    """What writes the code to its target."""

    def opened(self, limits: Limits) -> AbstractContextManager[Write]:
        """Return a context that gives a function, which writes a chunk.

        A file at a path gets the code if the context ends without an error.
        """

    def start_over(self) -> bool:
        """Return whether the code can be written once more, from its start."""


def writer_for(target: Target) -> Writer:
    """Return what writes to *target*, which is checked before anything is downloaded.

    Raises:
        TypeError: *target* is neither a path nor a binary file.
        ValueError: it is a directory, its parent directory does not exist, its
            name is not valid, or it is a file that cannot be written to.
    """
    if isinstance(target, (str, os.PathLike)):
        return _writer_for_path(plain_path("target", target))
    if not hasattr(target, "write"):
        raise TypeError(f"target: expected a path or a binary file, got {type(target).__name__}")
    _check_file(target)
    return _FileWriter(target)


def _check_file(file: Any) -> None:
    # Wrappers such as NamedTemporaryFile's are not text files, but have an encoding.
    if isinstance(file, io.TextIOBase) or isinstance(getattr(file, "encoding", None), str):
        raise TypeError("target: expected a binary file, got a text file; open it with 'wb'")
    if inspect.iscoroutinefunction(file.write):
        raise TypeError("target: expected a binary file, got an asynchronous one; pass its path")
    if getattr(file, "closed", False) is True:
        raise ValueError("target: the file is closed")
    if isinstance(file, io.IOBase) and not file.writable():
        raise ValueError("target: the file is not open for writing; open it with 'wb'")


def _writer_for_path(path: Path) -> Writer:
    if not path.parent.is_dir():
        raise ValueError(f"target: no such directory: {named_kind(path.parent)}")
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = stat.S_IFREG
    except (OSError, ValueError) as exc:
        raise ValueError(f"target: {str(path)!r} cannot be written: {exc}") from exc
    if stat.S_ISDIR(mode):
        raise ValueError(f"target: {str(path)!r} is a directory; name a file")
    if stat.S_ISSOCK(mode):
        raise ValueError(f"target: {str(path)!r} is a socket; name a file")
    if not stat.S_ISREG(mode) or _is_descriptor(path):
        return _StreamWriter(path, is_pipe=stat.S_ISFIFO(mode))
    # A link is followed: what it leads to is replaced, and the link is kept.
    real = Path(os.path.realpath(path))
    if not real.parent.is_dir():
        raise ValueError(f"target: no such directory: {named_kind(real.parent)}")
    return _ReplacingWriter(real)


def _is_descriptor(path: Path) -> bool:
    """Return whether *path* leads to an open file of a process, as /dev/stdout does."""
    while path.is_symlink():
        directory = os.path.realpath(path.parent)
        if _DESCRIPTORS.fullmatch(directory):
            return True
        path = Path(directory, path.readlink())
    return False


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name *path* in an OSError: that of a full disk names no file."""
    try:
        yield
    except OSError as exc:
        raise OSError(exc.errno, exc.strerror or str(exc), str(path)) from exc


class _ReplacingWriter:
    """Replaces a file, or creates it, once the code is complete."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def start_over(self) -> bool:
        return True

    @contextmanager
    def opened(self, limits: Limits) -> Iterator[Write]:
        del limits
        part = self._path.with_name(f".{os.urandom(16).hex()}.part")
        file: IO[bytes] | None = None
        try:
            with _naming(self._path):
                before = self._status()
                file = _created(part, 0o666 if before is None else 0o600)
            yield _named_write(file, self._path)
            with _naming(self._path):
                file.close()
                _take_place(part, self._path, before)
        finally:
            if file is not None:
                # What it has not written yet does not fit: it fails once more.
                with suppress(OSError):
                    file.close()
            part.unlink(missing_ok=True)

    def _status(self) -> os.stat_result | None:
        try:
            return self._path.stat()
        except FileNotFoundError:
            return None


def _created(path: Path, mode: int) -> IO[bytes]:
    # The umask applies to the mode, as for every new file.
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode))


def _named_write(file: IO[bytes], path: Path) -> Write:
    def write(chunk: bytes) -> None:
        with _naming(path):
            file.write(chunk)

    return write


def _take_place(part: Path, path: Path, before: os.stat_result | None) -> None:
    """Make *part* the content of *path*, which keeps its mode, owner and links."""
    if before is None or (before.st_nlink == 1 and _dressed(part, path, before)):
        part.replace(path)
    else:
        _copy_into(part, path)


def _dressed(part: Path, path: Path, before: os.stat_result) -> bool:
    """Give *part* the mode, the attributes and the owner of *path*; False if it stays ours."""
    # AttributeError: Windows has no owners that can be changed.
    with suppress(PermissionError, AttributeError):
        os.chown(part, before.st_uid, before.st_gid)
    # After the owner: a change of the owner takes bits of the mode away.
    part.chmod(stat.S_IMODE(before.st_mode))
    # Access control lists are extended attributes, which not every system has.
    with suppress(AttributeError, OSError):
        for name in os.listxattr(path):
            os.setxattr(part, name, os.getxattr(path, name))
    status = part.stat()
    return (status.st_uid, status.st_gid) == (before.st_uid, before.st_gid)


def _copy_into(part: Path, path: Path) -> None:
    """Overwrite *path* with the content of *part*."""
    with part.open("rb") as source, path.open("r+b") as file:
        _reserve(file, part.stat().st_size)
        shutil.copyfileobj(source, file)
        file.truncate()


def _reserve(file: IO[bytes], size: int) -> None:
    """Find out whether the disk is too full before the first byte is overwritten."""
    if not size or not hasattr(os, "posix_fallocate"):
        return
    before = os.fstat(file.fileno()).st_size
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except OSError as exc:
        # Any other error: the file system cannot reserve.
        if exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            file.truncate(before)
            raise


class _StreamWriter:
    """Writes into a pipe, a device or a terminal, which is never replaced.

    No wait is longer than the limits of the call allow, whoever reads.
    """

    def __init__(self, path: Path, *, is_pipe: bool) -> None:
        self._path = path
        self._is_pipe = is_pipe
        self._written = False

    def start_over(self) -> bool:
        return not self._written

    @contextmanager
    def opened(self, limits: Limits) -> Iterator[Write]:
        with _naming(self._path):
            descriptor = self._open(limits)
        try:
            yield lambda chunk: self._write(descriptor, chunk, limits)
        finally:
            os.close(descriptor)

    def _open(self, limits: Limits) -> int:
        flags = os.O_WRONLY | os.O_APPEND
        for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"):
            flags |= getattr(os, name, 0)
        last = monotonic() + _left(limits, limits.connect)
        while True:
            try:
                return os.open(self._path, flags)
            except OSError as exc:
                # A pipe without a reader.
                if not (self._is_pipe and exc.errno == errno.ENXIO):
                    raise
                if monotonic() >= last:
                    raise OSError(errno.ENXIO, "no process reads from the pipe") from exc
            time.sleep(_POLL_SECONDS)

    def _write(self, descriptor: int, chunk: bytes, limits: Limits) -> None:
        rest = memoryview(chunk)
        self._written |= bool(rest)
        while rest:
            with _naming(self._path):
                try:
                    rest = rest[os.write(descriptor, rest) :]
                except BlockingIOError:
                    _wait_until_writable(descriptor, _left(limits, limits.read))


def _left(limits: Limits, seconds: float) -> float:
    try:
        return limits.left(seconds)
    except TimeoutError as exc:
        raise TimeoutError(errno.ETIMEDOUT, "no time is left for the call") from exc


def _wait_until_writable(descriptor: int, seconds: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_WRITE)
        if not selector.select(seconds):
            raise TimeoutError(errno.ETIMEDOUT, "its reader took nothing in time")


class _FileWriter:
    """Writes to a file that the user has opened, from its current position."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._written = False
        self._start_and_end = _start_and_end(file)

    def start_over(self) -> bool:
        if not self._written:
            return True
        if self._start_and_end is None:
            return False
        start, end = self._start_and_end
        try:
            self._file.seek(start)
            # In a file that is open for appending, seeking alone changes nothing.
            self._file.truncate(end)
        except Exception:  # noqa: BLE001 - the user's object: it cannot be rewound
            return False
        self._written = False
        return True

    @contextmanager
    def opened(self, limits: Limits) -> Iterator[Write]:
        del limits
        yield self._write

    def _write(self, chunk: bytes) -> None:
        rest = chunk
        while rest:
            self._written = True
            count = self._file.write(rest)
            if count is None and isinstance(self._file, io.RawIOBase):
                raise BlockingIOError(errno.EAGAIN, "target: the file cannot take more now")
            # A raw file may take a part only. Objects that return no number took all.
            if isinstance(count, bool) or not isinstance(count, int) or count >= len(rest):
                return
            if count <= 0:
                raise OSError(errno.EIO, f"target: write() returned {count} and wrote nothing")
            rest = rest[count:]


def _start_and_end(file: Any) -> tuple[int, int] | None:
    """Return the position and the size of *file*; None if it cannot be rewound."""
    try:
        if not file.seekable():
            return None
        start = file.tell()
        file.seek(0, os.SEEK_END)
        end = file.tell()
        file.seek(start)
    except Exception:  # noqa: BLE001 - the user's object, which need not have these
        return None
    return start, end
