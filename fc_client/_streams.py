"""Standard streams that nothing reads any more: what commands do about them."""

from __future__ import annotations

import os
from typing import IO

__all__ = ["discard", "flush_or_discard"]


def discard(stream: IO[str]) -> None:
    """Let what is still buffered, and all that follows, go to the null device.

    Python would try to write it at exit, fail again, and change the exit code.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def flush_or_discard(stream: IO[str]) -> None:
    """Write what is buffered, or discard it if that is not possible."""
    try:
        stream.flush()
    except OSError:
        discard(stream)
