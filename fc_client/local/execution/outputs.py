"""Reads the output of a worker, and formats the log of one invocation."""

from __future__ import annotations

import asyncio
import math
import os
from contextlib import suppress
from datetime import datetime, timezone

from fc_client.local.execution.function_spec import HANDLED, Outcome

__all__ = ["BoundedLog", "Output", "framed_log", "log_line"]

_READ_SIZE = 64 * 1024
# The capacity of a pipe is 64 KB, or up to 1 MB if a function enlarges it. So
# this many reads return all that was printed before a result, and endless
# output does not block the server.
_MAX_READS = 16
_HALF_SIZE = 512 * 1024

_END_NOTES = {None: "", HANDLED: ", Error: Handled function error"}
_UNHANDLED_NOTE = ", Error: Unhandled function error"


class BoundedLog:
    """Keeps the first and the last half megabyte of what was added."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def add(self, data: bytes) -> None:
        """Add *data*; the middle of a log that exceeds the limit is dropped."""
        room = _HALF_SIZE - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        # Cut at twice the limit, so that each byte is moved at most once.
        if len(self._tail) > 2 * _HALF_SIZE:
            self._cut()

    def take(self) -> bytes:
        """Return the log and clear it."""
        self._cut()
        note = f"\n... {self._dropped} bytes left out ...\n" if self._dropped else ""
        taken = bytes(self._head) + note.encode("ascii") + bytes(self._tail)
        self._head.clear()
        self._tail.clear()
        self._dropped = 0
        return taken

    def _cut(self) -> None:
        excess = max(0, len(self._tail) - _HALF_SIZE)
        del self._tail[:excess]
        self._dropped += excess


class Output:
    """Reads the pipe of a worker's standard output and standard error.

    Data is read as it arrives, so a worker never blocks on a full pipe. The
    end of the pipe is not awaited, since a grandchild may keep it open.
    Output between two events is part of the log of the next one.
    """

    def __init__(self, pipe: int) -> None:
        os.set_blocking(pipe, False)
        self._loop = asyncio.get_running_loop()
        self._pipe: int | None = pipe
        self._log = BoundedLog()
        self._loop.add_reader(pipe, self._read)

    def take(self) -> bytes:
        """Return the output since the last call."""
        for _ in range(_MAX_READS):
            if not self._read():
                break
        return self._log.take()

    def close(self) -> None:
        """Stop reading and close the pipe; may be called twice."""
        if self._pipe is not None:
            self._loop.remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = None

    def _read(self) -> bool:
        if self._pipe is None:
            return False
        with suppress(BlockingIOError):
            data = os.read(self._pipe, _READ_SIZE)
            self._log.add(data)
            if not data:
                self.close()
            return bool(data)
        return False


def log_line(request_id: str, message: str) -> bytes:
    """Return a line that the server adds to the log of an invocation."""
    moment = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    return f"{moment.replace('+00:00', 'Z')} {request_id} [ERROR] {message}\n".encode()


def framed_log(request_id: str, memory_size: int, outcome: Outcome) -> bytes:
    """Return the log of *outcome* with its start and end lines."""
    printed = outcome.log
    if printed and not printed.endswith(b"\n"):
        printed += b"\n"
    note = _END_NOTES.get(outcome.error_type, _UNHANDLED_NOTE)
    end = (
        f"FC Invoke End RequestId: {request_id}{note}\n"
        f"Duration: {outcome.duration_ms:.2f} ms, "
        f"Billed Duration: {_billed(outcome.duration_ms)} ms, "
        f"Memory Size: {memory_size} MB, Max Memory Used: {outcome.max_memory_mb:.2f} MB\n"
    )
    return f"FC Invoke Start RequestId: {request_id}\n".encode() + printed + end.encode()


def _billed(duration_ms: float) -> int:
    return 100 * max(1, math.ceil(duration_ms / 100))
