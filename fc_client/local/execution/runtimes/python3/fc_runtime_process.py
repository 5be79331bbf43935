"""Prepares the process of a runtime."""
# ruff: noqa: INP001 - loaded by the programs of the runtimes, not part of a package

from __future__ import annotations

import signal
import sys
from contextlib import suppress

__all__ = ["adopt_orphans", "prepare_signals"]

# From <linux/prctl.h>.
PR_SET_CHILD_SUBREAPER = 36


def prepare_signals() -> None:
    """Undo what a program that ignores or blocks signals passes on to its children."""
    for number in signal.valid_signals():
        if signal.getsignal(number) is signal.SIG_IGN and number not in (
            signal.SIGPIPE,
            signal.SIGXFSZ,
        ):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def adopt_orphans() -> None:
    """Become the parent of processes whose parents end (Linux).

    So all that a function starts are descendants of this process, and are found
    and ended with it, even if they clear their environment.
    """
    if sys.platform.startswith("linux"):
        with suppress(Exception):  # a Python without ctypes
            import ctypes

            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
