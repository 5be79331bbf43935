"""Ends the workers of a server that was killed; runs as a separate process.

It is a script (see GuardianProcess), so it imports nothing of the package. A
worker exits when its channel closes, unless its function blocks the
interpreter or has started detached processes. The guardian finds these by a
variable that every worker has in its environment and passes to its children.

    python guardian.py SERVER_PID MARKER DIRECTORY

DIRECTORY has the temporary files of the instances and is removed as well.
"""
# ruff: noqa: PTH110, PTH123, PTH208 - pathlib takes longer than reading the files of /proc

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

__all__ = ["find_marked", "kill", "sweep"]

_POLL_SECONDS = 0.3
_SWEEP_SECONDS = 10.0
_PAUSE_SECONDS = 0.02
_HAS_PROC = os.path.exists("/proc/self/environ")


def find_marked(marker: str) -> set[int]:
    """Return the processes whose environment has *marker*, and their descendants.

    Args:
        marker: The start of an entry of the environment, ``NAME=value``.
    """
    snapshot = list(_processes())
    found = {pid for pid, _, environment in snapshot if _has_marker(environment, marker)}
    found.discard(os.getpid())
    growing = True
    while growing:
        children = {pid for pid, parent, _ in snapshot if parent in found} - found
        found |= children
        growing = bool(children)
    return found


def kill(pids: Iterable[int]) -> None:
    """Send SIGKILL to *pids* and to their process groups."""
    own_group = os.getpgrp()
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            group = os.getpgid(pid)
            os.kill(pid, signal.SIGKILL)
            if group != own_group:
                os.killpg(group, signal.SIGKILL)


def sweep(marker: str, passes: int = 2, seconds: float = _SWEEP_SECONDS) -> bool:
    """Kill the processes with *marker* until none is left.

    Args:
        marker: The start of an entry of the environment, ``NAME=value``.
        passes: Number of passes in a row that must find nothing. The
            environment of a process cannot be read while it starts a program,
            so a single pass may miss it.
        seconds: Maximum duration.

    Returns:
        Whether no process is left.
    """
    deadline = time.monotonic() + seconds
    clean = 0
    while clean < passes and time.monotonic() < deadline:
        found = find_marked(marker)
        kill(found)
        clean = 0 if found else clean + 1
        time.sleep(_PAUSE_SECONDS if found else 0)
    return clean == passes


def _has_marker(environment: bytes, marker: str) -> bool:
    entry = marker.encode()
    return environment.startswith(entry) or b"\0" + entry in environment


def _processes() -> Iterator[tuple[int, int, bytes]]:
    """Yield the ID, parent ID and environment of the visible processes."""
    return _processes_of_proc() if _HAS_PROC else _processes_of_psutil()


def _processes_of_proc() -> Iterator[tuple[int, int, bytes]]:
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:
            # pid (name, which may contain anything) state ppid ...
            parent = int(stat.read().rpartition(b")")[2].split()[1])
            yield int(name), parent, _environment(name)


def _environment(name: str) -> bytes:
    """Return the environment of a process; empty for that of another user."""
    with suppress(OSError), open(f"/proc/{name}/environ", "rb") as environ:
        return environ.read()
    return b""


def _processes_of_psutil() -> Iterator[tuple[int, int, bytes]]:
    import psutil  # only needed without /proc

    for process in psutil.process_iter(["ppid", "environ"]):
        variables = process.info["environ"] or {}
        entries = (f"{name}={value}" for name, value in variables.items())
        yield process.pid, process.info["ppid"] or 0, "\0".join(entries).encode()


def _wait_for_end_of(server: int) -> None:
    """Return when the server has ended.

    Standard input reaches its end then, unless a forked child of the server
    has the other end open. So the parent process ID is checked as well.
    """
    while os.getppid() == server:
        readable, _, _ = select.select([0], [], [], _POLL_SECONDS)
        if readable and not os.read(0, 1):
            return


def main(server: str, marker: str, directory: str) -> None:
    """Wait until the server has ended, then kill its processes and remove its files."""
    _wait_for_end_of(int(server))
    sweep(marker)
    # Anything else in its place would be opened, and a FIFO be waited for.
    if os.path.isdir(directory):  # noqa: PTH112 - starts faster without pathlib
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
