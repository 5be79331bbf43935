"""Sees whether a source that an instance has loaded has changed since then."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable

__all__ = ["LoadedSources", "parse_sources"]

# A file system may record times up to a tick of the kernel late.
_TICK_NS = 10_000_000

# Size, inode, and times of modification and change.
_State = tuple[int, int, int, int]


class LoadedSources:
    """The files that one instance has loaded, in their state at that time.

    Other files of the function do not count: it may write logs, caches and
    databases beside its code.
    """

    def __init__(self) -> None:
        self._started_ns = time.time_ns()
        self._states: dict[str, _State | None] = {}

    def add(self, paths: Iterable[str]) -> None:
        """Record the state of files that are not known yet."""
        for path in paths:
            if path not in self._states:
                state = _state(path)
                # It may have changed between being loaded and being recorded.
                late = state is None or state[-1] > self._started_ns - _TICK_NS
                self._states[path] = None if late else state

    @property
    def changed(self) -> bool:
        """Whether any of the files has changed or is missing."""
        return any(state is None or state != _state(path) for path, state in self._states.items())


def parse_sources(body: bytes) -> list[str]:
    """Return the paths that a runtime has sent; empty if it has sent something else."""
    try:
        paths = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []


def _state(path: str) -> _State | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - quicker than a Path
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns
