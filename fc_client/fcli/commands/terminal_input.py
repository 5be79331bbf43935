"""Sends stdin to a command in an instance, from a terminal key by key."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from fc_client.exceptions import FCError

__all__ = ["sending"]

_CHUNK = 64 * 1024
# How long the end of the command may go unnoticed.
_POLL_SECONDS = 0.1
# What Ctrl-D sends.
_END_OF_TRANSMISSION = b"\x04"


class _Command(Protocol):
    """The command that gets the input."""

    def send(self, data: bytes) -> None:
        """Send input to the command."""


@contextmanager
def sending(command: _Command, *, tty: bool) -> Iterator[None]:
    """Send stdin to a command until the end of the context.

    Args:
        command: The command.
        tty: It runs in a terminal: if stdin is one too, keys such as Ctrl-C go
            to the command, and the end of stdin is sent as Ctrl-D.
    """
    number = sys.stdin.fileno()
    is_over = threading.Event()

    def send() -> None:
        # The command may end at any time, and the reader reports errors.
        with suppress(FCError, OSError):
            while data := _read(number, is_over):
                command.send(data)
            if tty and not is_over.is_set():
                command.send(_END_OF_TRANSMISSION)

    sender = threading.Thread(target=send, daemon=True)
    with _raw(number, enabled=tty):
        sender.start()
        try:
            yield
        finally:
            is_over.set()


def _read(number: int, is_over: threading.Event) -> bytes:
    """Return the next input; empty at the end of it or of the command."""
    while not is_over.is_set():
        # After the end of the command, the input is for what comes next.
        if _has_input(number) and not is_over.is_set():
            return os.read(number, _CHUNK)
    return b""


def _has_input(number: int) -> bool:
    try:
        return bool(select.select([number], [], [], _POLL_SECONDS)[0])
    except OSError:
        # Windows selects sockets only.
        return True


@contextmanager
def _raw(number: int, *, enabled: bool) -> Iterator[None]:
    """Give each key to the reader, if stdin is a terminal."""
    if not enabled or sys.platform == "win32" or not os.isatty(number):
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(number)
    # What was typed before counts, too.
    tty.setraw(number, termios.TCSADRAIN)
    try:
        yield
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)
