"""Sends requests to a worker over a control channel, one at a time, and takes the replies."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from fc_client.local.execution.channels import Channel, Frame
from fc_client.local.execution.function_spec import HANDLED, UNHANDLED
from fc_client.local.execution.http_exchange import HttpExchange

__all__ = ["ExitReason", "RequestChannel"]

_ERROR_TYPES = [None, HANDLED, UNHANDLED]


class ExitReason(Enum):
    """Why a worker exited, or was killed, before it replied."""

    EXITED = "exited"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    INVALID_REPLY = "invalid reply"


class RequestChannel:
    """A control channel of a worker.

    Args:
        connection: The server's end; the channel closes it.
        check: Called with each result; returns it, or why it does not count.
        on_end: Called once when the worker has closed the channel, or sent invalid data.
    """

    def __init__(
        self,
        connection: socket.socket,
        check: Callable[[Frame | ExitReason], Frame | ExitReason],
        on_end: Callable[[], None],
    ) -> None:
        self._check = check
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._reply: asyncio.Future[Frame | ExitReason] | None = None
        self._number = 0
        self._exchange: HttpExchange | None = None
        self._channel = Channel(connection, self._on_frame, self._on_close)

    @property
    def is_busy(self) -> bool:
        """Whether a request is running."""
        return self._reply is not None

    async def receive(self, seconds: float) -> Frame | ExitReason:
        """Wait at most *seconds* for a reply: after the start, to no request."""
        self._reply = self._loop.create_future()
        timer = self._loop.call_later(seconds, self.finish, ExitReason.TIMED_OUT)
        try:
            result = await self._reply
        finally:
            timer.cancel()
            self._reply = None
        return self._check(result)

    async def request(
        self, header: Mapping[str, Any], body: bytes, seconds: float
    ) -> Frame | ExitReason:
        """Send a request and return the reply, or why the worker did not reply.

        Args:
            header: The request; sent as JSON.
            body: The event, or empty.
            seconds: Maximum time until the reply.
        """
        self._number += 1
        self._channel.send({**header, "id": self._number}, body)
        return await self.receive(seconds)

    async def serve(
        self, header: Mapping[str, Any], exchange: HttpExchange, seconds: float
    ) -> Frame | ExitReason:
        """Run a call of an HTTP function; like :meth:`request`, with streams both ways."""
        opening, body = exchange.opening()
        self._number += 1
        self._channel.send({**header, **opening, "id": self._number}, body)
        exchange.connect(_ChannelLink(self._channel, self._number))
        self._exchange = exchange
        try:
            result = await self.receive(seconds)
        finally:
            self._exchange = None
            exchange.disconnect()
        if isinstance(result, ExitReason) or result.header["error_type"] is not None:
            return result
        return result if exchange.finish(result) else self._check(ExitReason.INVALID_REPLY)

    def finish(self, result: Frame | ExitReason) -> None:
        """End the running request, if there is one, with this result."""
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(result)

    def exited(self) -> None:
        """End the running request, if there is one, of a worker that has exited.

        A reply that it has sent before counts.
        """
        self._channel.drain()
        self.finish(ExitReason.EXITED)

    def close(self) -> None:
        """Close the connection; may be called twice."""
        self._channel.close()

    def _on_frame(self, frame: Frame) -> None:
        # Only the reply to the current request is expected, in parts if it is a
        # response. The function may write to the channel as well.
        if self._reply is None or self._reply.done():
            self._channel.reject()
        elif self._is_reply(frame):
            self.finish(frame)
        elif not self._is_part(frame):
            self._channel.reject()

    def _is_part(self, frame: Frame) -> bool:
        """Return whether a frame is a part of a response, which the exchange has taken."""
        number = frame.header.get("id")
        return (
            self._exchange is not None
            and type(number) is int
            and number == self._number
            and frame.header.get("part") is True
            and self._exchange.receive(frame)
        )

    def _is_reply(self, frame: Frame) -> bool:
        header = frame.header
        number = header.get("id")
        return (
            type(number) is int
            and number == self._number
            and header.get("error_type", "") in _ERROR_TYPES
            and isinstance(header.get("reusable"), bool)
        )

    def _on_close(self, invalid: bool) -> None:
        self._on_end()
        self.finish(ExitReason.INVALID_REPLY if invalid else ExitReason.EXITED)


class _ChannelLink:
    """Sends the body of one HTTP request to a worker."""

    def __init__(self, channel: Channel, number: int) -> None:
        self._number = number
        self._channel = channel
        self.pause = channel.pause
        self.resume = channel.resume

    def send_chunk(self, data: bytes, *, more: bool, broken: bool) -> None:
        """Send a part of the request's body."""
        header = {"kind": "chunk", "id": self._number, "more": more, "broken": broken}
        self._channel.send(header, data)
