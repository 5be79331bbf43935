"""Files at paths of users: opened without waiting, and only if they are regular files.

A path may lead to anything. Opening a FIFO waits for a process at its other
end, and reading a device may never end.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO

__all__ = ["AT_ONCE", "check_regular", "kind_of", "named_kind", "open_regular", "remove_tree"]

StrPath = str | os.PathLike[str]

# Flags for os.open: a FIFO is opened without a process at its other end, and a
# terminal does not become that of this process.
AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)

_KINDS = {
    stat.S_IFREG: "a regular file",
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def kind_of(mode: int) -> str:
    """Return what a file with this mode is, with its article."""
    return _KINDS.get(stat.S_IFMT(mode), "a special file")


def named_kind(path: StrPath) -> str:
    """Return *path* for an error, and what it is unless it is missing: ``'/run/x' (a socket)``."""
    text = repr(str(path))
    try:
        return f"{text} ({kind_of(Path(path).stat().st_mode)})"
    except FileNotFoundError:
        return f"{text} (a broken link)" if os.path.lexists(path) else text
    except OSError as exc:
        return f"{text} ({exc.strerror})"
    except ValueError as exc:
        return f"{text} ({exc})"


def check_regular(path: StrPath, mode: int) -> None:
    """Check that *path* is a regular file.

    Raises:
        OSError: *mode* says that it is not.
    """
    if not stat.S_ISREG(mode):
        number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
        raise OSError(number, f"not a regular file but {kind_of(mode)}", str(path))


def open_regular(path: StrPath) -> IO[bytes]:
    """Open a regular file for reading.

    Raises:
        OSError: there is no such file, or it is not a regular one.
    """
    # Before opening: that alone can do something to a device.
    check_regular(path, Path(path).stat().st_mode)
    file = open(path, "rb", opener=_open_at_once)  # noqa: SIM115 - the caller closes it
    try:
        # Another process may have replaced it since.
        check_regular(path, os.fstat(file.fileno()).st_mode)
    except OSError:
        file.close()
        raise
    return file


def remove_tree(path: StrPath) -> None:
    """Remove a directory with all that is in it, as far as that is possible.

    Anything else in its place is removed as well. shutil.rmtree alone opens
    it, and would wait for a FIFO.
    """
    with suppress(OSError):
        if stat.S_ISDIR(Path(path).lstat().st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            Path(path).unlink()


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | AT_ONCE)
