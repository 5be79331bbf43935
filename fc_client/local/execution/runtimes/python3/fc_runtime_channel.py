"""Implements the worker's end of the control channel.

A frame is two lengths (big-endian, 32 bits each), a JSON header and a body of
raw bytes.
"""
# ruff: noqa: INP001, PTH123, PTH207 - loaded by bootstrap.py, not part of a package

from __future__ import annotations

import io
import os
import select
import signal
import struct
import threading
from contextlib import suppress
from glob import glob
from json import dumps, loads
from typing import Any, NoReturn

__all__ = ["Channel"]

_LENGTHS = struct.Struct(">II")
_READ_SIZE = 1024 * 1024
_SMALL_BODY = 64 * 1024
# A process may start others while it is being killed.
_MAX_PASSES = 50


class Channel:
    """The worker's end of the control channel."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._descriptor = descriptor
        self._owner = os.getpid()
        os.register_at_fork(after_in_child=self._leave)
        threading.Thread(target=self._die_with_server, daemon=True).start()

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """Wait for the next request and return its header and body."""
        head_length, body_length = _LENGTHS.unpack(self._read(_LENGTHS.size))
        return loads(self._read(head_length)), self._read(body_length)

    def send(self, header: dict[str, Any], body: bytes) -> None:
        """Send a reply."""
        if os.getpid() != self._owner:
            # A child that the function forked has returned from the handler as
            # well. Only the parent sends the reply of the event.
            os._exit(0)
        head = dumps(header).encode("ascii")
        prefix = _LENGTHS.pack(len(head), len(body)) + head
        # A single write wakes the server once. A large body is not copied for it.
        parts = [prefix + body] if len(body) < _SMALL_BODY else [prefix, body]
        for part in parts:
            self._write(part)

    def _read(self, length: int) -> bytes:
        # getvalue() of BytesIO does not copy, so a large event is in memory once.
        received = io.BytesIO()
        while received.tell() < length:
            data = os.read(self._descriptor, min(_READ_SIZE, length - received.tell()))
            if not data:
                _end_group()
            received.write(data)
        return received.getvalue()

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _leave(self) -> None:
        """Close the channel in a forked child; its own children find it closed."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _die_with_server(self) -> None:
        """Kill the process group when the server's end closes, whatever the function does."""
        poll = select.poll()
        poll.register(self._descriptor, 0)  # POLLHUP is reported even without a mask
        poll.poll()
        _end_group()


def _end_group() -> NoReturn:
    """Kill this process, its group and its descendants, since the server has ended."""
    for _ in range(_MAX_PASSES):
        descendants = _descendants()
        if not descendants:
            break
        for pid in descendants:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        with suppress(OSError):  # ends when there is no child
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    os.kill(0, signal.SIGKILL)
    os._exit(1)


def _descendants() -> list[int]:
    """Return the children of this process, their children, and so on (Linux)."""
    found: list[int] = []
    pending = [os.getpid()]
    while pending:
        with suppress(OSError):
            for task in glob(f"/proc/{pending.pop()}/task/*/children"):
                with open(task) as children:
                    pids = list(map(int, children.read().split()))
                found += pids
                pending += pids
    return found
