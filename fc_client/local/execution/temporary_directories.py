"""Makes the directory of the temporary files of instances, with a short path.

The path of a Unix socket has at most 107 bytes (103 on macOS), and programs put
sockets deep below TMPDIR: multiprocessing, PostgreSQL, X servers.
"""

from __future__ import annotations

import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

__all__ = ["MAX_TMPDIR", "make_short_directory"]

# The longest path of the TMPDIR of an instance, in characters.
MAX_TMPDIR = 40
# The name of an instance's directory is a hexadecimal number.
_MAX_NAME = 6
# The TMPDIR of macOS has about 50 characters, /tmp exists there as well.
_SHORT_PARENTS = ("/tmp", "/var/tmp")  # noqa: S108 - mkdtemp makes a private directory


def make_short_directory(work_dir: Path) -> Path:
    """Make a directory, in *work_dir* unless its path is too long; only its owner may use it.

    Raises:
        OSError: it cannot be created anywhere.
    """
    if len(str(work_dir)) + 5 + 1 + _MAX_NAME <= MAX_TMPDIR:
        work_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _make_below(work_dir)
    for parent in (*_SHORT_PARENTS, None):
        with suppress(OSError):
            path = Path(tempfile.mkdtemp(prefix="fc-", dir=parent))
            path.chmod(0o700)
            return path
    raise OSError("no directory for temporary files is writable: set TMPDIR")


def _make_below(work_dir: Path) -> Path:
    while True:
        path = work_dir / secrets.token_hex(2)
        with suppress(FileExistsError):
            path.mkdir()
            path.chmod(0o700)
            return path
