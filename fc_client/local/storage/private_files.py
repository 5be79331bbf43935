"""Creates files and directories that only their owner can use, whatever the umask."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["make_private_directory", "make_private_file", "write_private_file"]


def make_private_directory(path: Path) -> None:
    """Create a directory with mode 0700, or give an existing one this mode."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)


def make_private_file(path: Path) -> None:
    """Create an empty file with mode 0600, or give an existing one this mode.

    An existing file of another owner keeps its mode.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
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
