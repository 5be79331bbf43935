"""Connections of aiohttp whose replies are checked by the rules of http1, and in time."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any, cast

import aiohttp

from fc_client._transport.canonical import CanonicalReply
from fc_client._transport.http1 import ProtocolError
from fc_client._transport.local_names import name_to_look_up
from fc_client._transport.read_timer import ReadTimer
from fc_client.timeouts import Limits

__all__ = ["Connector", "Exchange", "Resolver", "current_exchange"]


class Exchange:
    """One request over aiohttp, and what is wrong with its reply.

    Args:
        limits: The limits in time.

    Attributes:
        limits: The limits in time.
        failure: What ended the exchange, if it was not aiohttp.
        has_begun: Whether there is a connection for the request.
    """

    def __init__(self, limits: Limits) -> None:
        self.failure: Exception | None = None
        self.has_begun = False
        self.limits = limits
        self._reply = CanonicalReply("GET")
        self._timer: ReadTimer | None = None

    def begin(self, method: str) -> None:
        """Expect the reply to a request with this method."""
        self.has_begun = True
        self._reply = CanonicalReply(method)

    @property
    def complete(self) -> bool:
        """Whether the reply has been read to its end."""
        return self._reply.complete

    @property
    def reusable(self) -> bool:
        """Whether the connection can carry another request."""
        return self._reply.reusable

    def feed(self, data: bytes) -> bytes:
        """Take bytes that were received, and return their plain form.

        Raises:
            ProtocolError: they are not a valid response.
            TimeoutError: they come too slowly.
        """
        if self._timer is None:
            # Until now the request was being sent. aiohttp watches for silence.
            self._timer = ReadTimer(self.limits, sees_all=False)
        is_new = not self._reply.has_head
        plain, size = self._reply.feed(data)
        self._timer.progress(size, head=is_new and self._reply.has_head)
        if not self._reply.complete:
            self._timer.seconds()
        return plain

    def feed_end(self) -> None:
        """Take note that the connection was closed.

        Raises:
            ProtocolError: the reply is not complete.
        """
        self._reply.feed_end()


class CanonicalProtocol(asyncio.Protocol):
    """Stands between a connection and aiohttp, which sees plain replies only.

    Args:
        transport: The connection.
        inner: The protocol of aiohttp.

    Attributes:
        exchange: The present request, or None between two of them.
    """

    def __init__(self, transport: asyncio.Transport, inner: Any) -> None:
        self.exchange: Exchange | None = None
        self._transport = transport
        self._inner = inner

    def data_received(self, data: bytes) -> None:
        """Pass on the plain form of *data*."""
        exchange = self.exchange
        if exchange is None or exchange.complete:
            # Unsolicited: it would pass for the next reply.
            self._transport.abort()
            return
        try:
            plain = exchange.feed(data)
        except (ProtocolError, TimeoutError) as exc:
            exchange.failure = exc
            self._transport.abort()
            return
        if exchange.complete and not exchange.reusable:
            self._inner.force_close()
        if plain:
            self._inner.data_received(plain)
        else:
            # The peer is not silent.
            self._inner.start_timeout()

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return cast("bool | None", self._inner.eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on, after checking that the reply is complete."""
        exchange = self.exchange
        if exchange is not None and not exchange.complete and exc is None:
            try:
                exchange.feed_end()
            except ProtocolError as error:
                exchange.failure = exchange.failure or error
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Pass it on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._inner.resume_writing()


# The request that the present task makes.
current_exchange: ContextVar[Exchange] = ContextVar("current_exchange")


class Resolver(aiohttp.ThreadedResolver):
    """Looks names up as the system does, and finds those below localhost."""

    async def resolve(self, host: str, *args: Any, **options: Any) -> Any:
        """Return the addresses of a host, under its own name."""
        found = await super().resolve(name_to_look_up(host), *args, **options)
        return [{**each, "hostname": host} for each in found]


class Connector(aiohttp.TCPConnector):
    """Opens connections whose replies aiohttp sees in their plain form."""

    def __init__(self, **options: Any) -> None:
        super().__init__(resolver=Resolver(), **options)

    async def connect(self, req: Any, *args: Any, **options: Any) -> Any:
        """Return a connection for a request of the present task."""
        connection = await super().connect(req, *args, **options)
        transport = connection.transport
        if transport is not None:
            protocol = transport.get_protocol()
            if not isinstance(protocol, CanonicalProtocol):
                protocol = CanonicalProtocol(transport, protocol)
                transport.set_protocol(protocol)
            protocol.exchange = current_exchange.get()
            protocol.exchange.begin(req.method)
        return connection
