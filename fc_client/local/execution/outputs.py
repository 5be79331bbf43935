"""What a worker prints, and the framed log of one invocation."""

from __future__ import annotations

import asyncio
import math
import os
from contextlib import suppress
from datetime import datetime, timezone

from fc_client.local.execution.function_spec import HANDLED, Outcome

__all__ = ["BoundedLog", "Output", "framed_log", "log_line"]

_READ_SIZE = 64 * 1024
# A pipe holds 64 KB (at most 1 MB, where a function enlarges it): what was
# printed before a result is drained by then, and a process that prints
# without end does not keep the server here.
_MAX_READS = 16
_HALF_SIZE = 512 * 1024

_END_NOTES = {None: "", HANDLED: ", Error: Handled function error"}
_UNHANDLED_NOTE = ", Error: Unhandled function error"


class BoundedLog:
    """The first and the last half megabyte of what was added."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def add(self, data: bytes) -> None:
        """Add *data*; the middle of a log that grew too long is dropped."""
        room = _HALF_SIZE - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        # Twice the bound before cutting, so that a byte is moved at most once.
        if len(self._tail) > 2 * _HALF_SIZE:
            self._cut()

    def take(self) -> bytes:
        """Return what is there, and be empty."""
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
    """The pipe that is a worker's standard output and standard error.

    It is read as data comes, so a worker never blocks on a full pipe, and is
    never read to its end: a grandchild may keep it open for ever. What a
    worker prints between two events belongs to the next one's log.
    """

    def __init__(self, pipe: int) -> None:
        os.set_blocking(pipe, False)
        self._loop = asyncio.get_running_loop()
        self._pipe: int | None = pipe
        self._log = BoundedLog()
        self._loop.add_reader(pipe, self._read)

    def take(self) -> bytes:
        """Return all that was printed until now, and not taken before."""
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
    """Return a line of the server's own in an invocation's log."""
    moment = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    return f"{moment.replace('+00:00', 'Z')} {request_id} [ERROR] {message}\n".encode()


def framed_log(request_id: str, memory_size: int, outcome: Outcome) -> bytes:
    """Return the log of *outcome* between the lines that start and end it."""
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
