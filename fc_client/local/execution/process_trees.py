"""Measures the memory of process trees, and ends them.

Reading /proc is cheap enough for every invocation; without /proc, psutil is
used. ``workers.py`` starts the processes of functions.
"""
# ruff: noqa: PTH110, PTH123, PTH208 - pathlib takes longer than reading the files of /proc

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from fc_client.local.execution import guardian

__all__ = [
    "GuardianProcess",
    "ProcessTree",
    "adopt_orphans",
    "descendants",
    "end_orphans",
    "kill_tree",
    "peak_mb",
    "reap_orphans",
    "terminate_group",
    "tree_mb",
]

_MB = 1024 * 1024
_HAS_PROC = os.path.exists("/proc/self/status")
# Not every kernel supports it.
_HAS_CHILDREN = os.path.exists(f"/proc/self/task/{os.getpid()}/children")
# From <linux/prctl.h>.
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PAGE = os.sysconf("SC_PAGE_SIZE")


def peak_mb(pid: int) -> float:
    """Return the peak resident size of process *pid*, in MB; 0 if it has ended.

    ru_maxrss is inherited and would start at the size of the server. Without
    /proc it is the current size.
    """
    if not _HAS_PROC:
        return _resident_mb(pid)
    return _field_mb(f"/proc/{pid}/status", b"VmHWM:")


def tree_mb(pid: int, limit_mb: float) -> float:
    """Return the resident size of *pid* and its descendants, in MB.

    Pages that forked processes share count for each of them. This is corrected,
    which is slow, only if the size would exceed *limit_mb*.
    """
    tree = [pid, *descendants(pid)]
    size = sum(map(_resident_mb, tree))
    if size > limit_mb and len(tree) > 1 and _HAS_PROC:
        return sum(_field_mb(f"/proc/{each}/smaps_rollup", b"Pss:") for each in tree)
    return size


def descendants(pid: int) -> list[int]:
    """Return the children of *pid*, their children, and so on."""
    if not _HAS_CHILDREN:
        return _descendants_of_psutil(pid)
    found: list[int] = []
    pending = [pid]
    while pending:
        children = _children(pending.pop())
        found += children
        pending += children
    return found


def kill_tree(pid: int) -> None:
    """Send SIGKILL to the group of *pid* and to its descendants in other groups."""
    # Looked up before the kill, which makes them children of init.
    tree = descendants(pid)
    _signal_group(pid, signal.SIGKILL)
    guardian.kill(tree)


class ProcessTree:
    """The descendants of a process, as they were seen; they may leave it later.

    A process whose parent has ended is not a descendant any more. So those that
    have been seen are remembered, by ID and start time, since IDs are used again.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._seen: dict[int, int] = {}

    def look(self) -> None:
        """Remember the descendants that there are now."""
        for pid in descendants(self._pid):
            if pid not in self._seen:
                self._seen[pid] = _start_time(pid)

    def kill(self) -> None:
        """Send SIGKILL to the process, its group, its descendants and those seen before."""
        self.look()
        kill_tree(self._pid)
        for pid, started in self._seen.items():
            if _start_time(pid) == started:
                kill_tree(pid)
        self._seen.clear()


_adopting = False


def adopt_orphans() -> None:
    """Become the parent of processes whose parents end, and hide the environment (Linux).

    For a program that runs nothing but the server. :func:`end_orphans` ends such
    processes. Other programs of the same user cannot read the environment of
    this one any more, those of root can.
    """
    global _adopting  # noqa: PLW0603 - a state of the process
    if sys.platform.startswith("linux"):
        with suppress(Exception):  # a Python without ctypes
            import ctypes

            prctl = ctypes.CDLL(None).prctl
            prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
            _adopting = prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def end_orphans() -> None:
    """Kill all children, if :func:`adopt_orphans` was called; no instance may be running."""
    while _adopting and (orphans := _children(os.getpid())):
        for pid in orphans:
            kill_tree(pid)
            # It need not be the leader of a group.
            guardian.kill([pid])
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def reap_orphans() -> None:
    """Remove adopted processes that have ended from the system's table (Linux)."""
    if _adopting:
        for pid in _children(os.getpid()):
            if _has_ended(pid):
                with suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)


def terminate_group(pid: int) -> None:
    """Send SIGTERM to the group of *pid*."""
    _signal_group(pid, signal.SIGTERM)


class GuardianProcess:
    """The guardian process of a server; started before the first worker.

    Args:
        marker: The start of an entry in the environment of every worker,
            ``NAME=value``.
        directory: Directory that the guardian removes after the server was killed.
    """

    def __init__(self, marker: str, directory: Path) -> None:
        self._arguments = (str(os.getpid()), marker, str(directory))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the guardian if it is not running."""
        if self._process is not None and self._process.poll() is not None:
            self.stop()
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - a script of this package
                [sys.executable, "-I", "-S", guardian.__file__, *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )

    def stop(self) -> None:
        """End the guardian, once all workers have ended."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _start_time(pid: int) -> int:
    """Return when a process has started, in ticks; 0 if it is gone, or without /proc."""
    fields = _stat(pid)
    return int(fields[19]) if fields else 0


def _has_ended(pid: int) -> bool:
    return _stat(pid)[:1] == [b"Z"]


def _stat(pid: int) -> list[bytes]:
    """Return the fields of /proc/PID/stat from the state on; empty without it."""
    with suppress(OSError), open(f"/proc/{pid}/stat", "rb") as stat:
        # The field before is a name, which may contain anything.
        return stat.read().rpartition(b")")[2].split()
    return []


def _children(pid: int) -> list[int]:
    children: list[int] = []
    with suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", "rb") as pids:
                children += map(int, pids.read().split())
    return children


def _descendants_of_psutil(pid: int) -> list[int]:
    import psutil  # only needed without the file "children" in /proc

    with suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return []


def _resident_mb(pid: int) -> float:
    if not _HAS_PROC:
        return _resident_mb_of_psutil(pid)
    with suppress(OSError), open(f"/proc/{pid}/statm", "rb") as statm:
        return int(statm.read().split()[1]) * _PAGE / _MB
    return 0.0


def _resident_mb_of_psutil(pid: int) -> float:
    import psutil  # only needed without /proc

    with suppress(psutil.Error):
        return float(psutil.Process(pid).memory_info().rss) / _MB
    return 0.0


def _field_mb(path: str, name: bytes) -> float:
    """Return the value of a ``Name:  1234 kB`` line of *path* in MB; 0 if it is missing."""
    with suppress(OSError), open(path, "rb") as lines:
        for line in lines:
            if line.startswith(name):
                return int(line.split()[1]) / 1024
    return 0.0


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
