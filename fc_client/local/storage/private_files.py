"""Creates files and directories that only their owner can use, whatever the umask."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from fc_client._files import AT_ONCE, check_regular

__all__ = ["make_private_directory", "make_private_file", "write_private_file"]


def make_private_directory(path: Path) -> None:
    """Create a directory with mode 0700, or give an existing one this mode.

    Raises:
        OSError: it cannot be created, or *path* is not a directory.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as exc:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from exc
    path.chmod(0o700)


def make_private_file(path: Path) -> None:
    """Create an empty file with mode 0600, or give an existing one this mode.

    An existing file of another owner keeps its mode.

    Raises:
        OSError: it cannot be created, or *path* is not a regular file.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | AT_ONCE, 0o600)
    try:
        check_regular(path, os.fstat(descriptor).st_mode)
        # The umask may have removed bits of a new file, and an old one may have more.
        if os.fstat(descriptor).st_uid == os.geteuid():
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def write_private_file(path: Path, text: str) -> None:
    """Write a new file with mode 0600."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
