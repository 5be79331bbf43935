"""The messages of InstanceExec: what a client sends to a command, and gets of it.

The first byte of each message of the service says what the rest is. What the
client sends are the bytes of the standard input, without such a byte, in
binary frames: so do the newest of the other SDKs.
"""

from __future__ import annotations

import re
from typing import Protocol

from fc_client import models
from fc_client._messages import Closed
from fc_client.exceptions import FCError, TransportError

OPERATION = "InstanceExec"

_STDOUT, _STDERR, _SERVER_ERROR, _SERVER_CLOSE = 1, 2, 3, 5
_NORMAL_CLOSURE = (1000, 1005)

# The exit code has no message of its own. Such texts have it, and so may the close.
# Compiled when they are needed.
_EXIT_CODE = r"(?s)\s*(?:.*\bexit(?:ed)?\b\D{0,30})?(-?[0-9]{1,10})\s*"
_SIGNAL = r"(?s).*\bsignal:? ([0-9]{1,3})\s*"


class Connection(Protocol):
    """A WebSocket of Client."""

    def send(self, data: bytes) -> None:
        """Send a message."""

    def receive(self) -> bytes | Closed:
        """Return the next message, or the end."""

    def close(self) -> None:
        """End the connection."""


class AsyncConnection(Protocol):
    """A WebSocket of AsyncClient."""

    async def send(self, data: bytes) -> None:
        """Send a message."""

    async def receive(self) -> bytes | Closed:
        """Return the next message, or the end."""

    async def close(self) -> None:
        """End the connection."""


class ExecFrames:
    """The state of one command.

    Attributes:
        exit_code: Its exit code; None until it is known.
        is_over: Whether nothing comes any more.
    """

    def __init__(self) -> None:
        self.exit_code: int | None = None
        self.is_over = False

    def receive(self, message: bytes | Closed) -> models.ExecOutput | None:
        """Take a message of the service; return the output in it, if there is any.

        Raises:
            FCError: the service reports an error.
            TransportError: the connection ended before the command did.
        """
        if isinstance(message, Closed):
            self._close(message)
            return None
        kind, data = message[:1], message[1:]
        if kind == bytes([_STDOUT]):
            return models.ExecOutput("stdout", data)
        if kind == bytes([_STDERR]):
            return models.ExecOutput("stderr", data)
        if kind == bytes([_SERVER_ERROR]):
            self._end(data, is_error=True)
        elif kind == bytes([_SERVER_CLOSE]):
            self._end(data, is_error=False)
        # Later kinds of messages are not for this version.
        return None

    def _end(self, data: bytes, *, is_error: bool) -> None:
        text = data.decode("utf-8", "replace")
        self.is_over = True
        self._find_exit_code(text)
        if is_error and self.exit_code is None:
            raise FCError(text or "the service reports an error", operation=OPERATION)

    def _close(self, closed: Closed) -> None:
        self.is_over = True
        self._find_exit_code(closed.reason)
        if closed.code not in _NORMAL_CLOSURE and self.exit_code is None:
            raise TransportError(
                f"the connection ended before the command did: {closed.code} {closed.reason}",
                operation=OPERATION,
            )

    def _find_exit_code(self, text: str) -> None:
        found = re.fullmatch(_EXIT_CODE, text)
        signal = re.fullmatch(_SIGNAL, text)
        if found:
            self.exit_code = int(found[1])
        elif signal:
            # As subprocess has it.
            self.exit_code = -int(signal[1])


class Collector:
    """Collects the output of a command."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[bytes]] = {"stdout": [], "stderr": []}

    def add(self, output: models.ExecOutput) -> None:
        """Add a piece of output."""
        self._pieces[output.stream].append(output.data)

    def result(self, exit_code: int | None) -> models.ExecResult:
        """Return all of the output, and the exit code."""
        stdout, stderr = (b"".join(pieces) for pieces in self._pieces.values())
        return models.ExecResult(stdout, stderr, exit_code)


def stdin_bytes(data: bytes | str) -> bytes:
    """Return the bytes to send for *data*; text is sent as UTF-8.

    Raises:
        TypeError: *data* is neither bytes nor text.
    """
    if isinstance(data, str):
        return data.encode()
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"data: expected bytes or a str, got {type(data).__name__}")
    return bytes(data)
