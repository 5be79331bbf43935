"""Standard streams that are closed, or that nothing reads any more: what commands do about them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

__all__ = ["discard", "flush_or_discard", "open_closed_streams"]


def open_closed_streams() -> None:
    """Open the null device in place of standard streams that the caller has closed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Open for as long as the process runs.
            null = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, null)


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
