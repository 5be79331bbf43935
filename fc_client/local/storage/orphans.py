"""Removes temporary data directories whose server was killed together with its remover."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from fc_client._files import open_regular, remove_tree
from fc_client.local.storage.private_files import make_private_file

__all__ = ["PREFIX", "mark_temporary", "remove_orphans"]

# How the names of temporary data directories begin.
PREFIX = "fc-local-"

# A data directory of the user's may have such a name too, but not this file.
_MARK = "temporary"
_MAX_PID_DIGITS = 20


def mark_temporary(directory: Path) -> None:
    """Say of a locked data directory that it can be removed once this process has ended."""
    make_private_file(directory / _MARK)
    (directory / _MARK).write_text(str(os.getpid()))


def remove_orphans() -> None:
    """Remove this user's temporary data directories that no server has locked.

    A server that has lost its lock keeps its directory as long as its process
    is there: programs close descriptors that are not theirs.
    """
    with suppress(OSError):
        for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            with suppress(OSError):
                _remove_orphan(path)


def _remove_orphan(path: Path) -> None:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags)
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            return
        # A server marks its directory after it has locked it.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mark = os.stat(_MARK, dir_fd=descriptor, follow_symlinks=False)
        if stat.S_ISREG(mark.st_mode) and not _is_there(path / _MARK):
            remove_tree(path)
    finally:
        os.close(descriptor)


def _is_there(mark: Path) -> bool:
    """Return whether the process that made a mark is there."""
    with open_regular(mark) as file:
        text = file.read(_MAX_PID_DIGITS)
    if not text.isdigit():
        return False
    try:
        os.kill(int(text), 0)
    except (OverflowError, OSError):
        # PermissionError: a process of another user has got its number.
        return False
    return True
