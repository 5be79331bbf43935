"""Connections to one origin for asyncio, and one request on one of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import cast

from fc_client._transport import failures, http1
from fc_client._transport.asyncio_connection import ClosedError, Connection
from fc_client._transport.connections import Origin
from fc_client._transport.leases import Lease, Pool
from fc_client.timeouts import Limits

Body = bytes | AsyncGenerator[bytes, None]


class TaskPool(Pool[Connection]):
    """A pool whose users are tasks of one event loop."""

    def __init__(self, create: Callable[[], Connection], size: int) -> None:
        super().__init__(create, size)
        self._waiters: deque[asyncio.Future[None]] = deque()

    async def acquire(self, lease: Lease[Connection], seconds: float) -> None:
        """Put a connection into *lease*, and wait for one if all are in use.

        Raises:
            TimeoutError: no connection became free in time.
            ClosedError: the pool was closed.
        """
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        while not self.try_acquire(lease):
            waiter = loop.create_future()
            self._waiters.append(waiter)
            timer = loop.call_at(ends, _set, waiter)
            try:
                await waiter
            except BaseException:
                # Another task gets what this one was woken for.
                if waiter.done() and not waiter.cancelled():
                    self.wake()
                raise
            finally:
                timer.cancel()
            if self._closed:
                raise ClosedError
            if loop.time() >= ends:
                raise TimeoutError

    def wake(self) -> None:
        """Wake the task that has waited longest for a connection."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def close(self) -> None:
        """Close all connections; calls that are under way end with ClosedError."""
        super().close()
        connections = [reference() for reference in self.existing]
        for connection in filter(None, connections):
            connection.fail(ClosedError())
        while self._waiters:
            self.wake()


def _set(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class AsyncOriginPool:
    """The connections to one origin, for the tasks of one event loop.

    Args:
        origin: Where they lead.
        size: How many there may be; more tasks wait for one.
        max_idle: Seconds after which an idle one is not used again.
    """

    def __init__(self, origin: Origin, size: int, max_idle: float) -> None:
        self._pool = TaskPool(lambda: Connection(origin, max_idle), size)

    async def send(
        self, method: str, target: str, headers: Mapping[str, str], body: Body, limits: Limits
    ) -> tuple[http1.Head, bytes]:
        """Send a request and return head and body of its reply.

        Args:
            method: The HTTP method in capitals.
            target: The percent-encoded path and query.
            headers: All headers; without a Content-Length a body is sent in chunks.
            body: Bytes, or an iterator that is read while it is sent.
            limits: The limits in time.

        Raises:
            RequestTimeoutError: no connection or no reply in time.
            TransportError: no reply for another reason.
            ValueError: a header has a character that HTTP does not allow.
        """
        request = _Request(method, target, headers, body)
        lease = Lease(self._pool)
        try:
            connection = await self._exchange(lease, request, limits, streamed=False)
            head = await connection.reply(limits)
            reply = head, connection.body()
        except BaseException:
            lease.discard()
            raise
        _give_back(lease, connection)
        return reply

    @asynccontextmanager
    async def stream(
        self, method: str, target: str, headers: Mapping[str, str], body: Body, limits: Limits
    ) -> AsyncIterator[tuple[http1.Head, Callable[[], Awaitable[bytes]]]]:
        """Send a request; give the head of its reply, and what reads the body of the reply.

        Args:
            method: The HTTP method in capitals.
            target: The percent-encoded path and query.
            headers: All headers; without a Content-Length a body is sent in chunks.
            body: Bytes, or an iterator that is read while it is sent.
            limits: The limits in time.

        Raises:
            RequestTimeoutError: no connection or no reply in time.
            TransportError: no reply for another reason.
        """
        request = _Request(method, target, headers, body)
        lease = Lease(self._pool)
        try:
            connection = await self._exchange(lease, request, limits, streamed=True)
            head = await connection.reply(limits)
            yield head, connection.more
            _give_back(lease, connection)
        finally:
            lease.discard()

    async def _exchange(
        self, lease: Lease[Connection], request: _Request, limits: Limits, *, streamed: bool
    ) -> Connection:
        """Send a request on a connection that *lease* gets, and return the connection."""
        try:
            if not self._pool.try_acquire(lease):
                await self._pool.acquire(lease, limits.left(limits.read))
            connection = cast("Connection", lease.resource)
            if not connection.is_open:
                await connection.open(limits)
        except TimeoutError as exc:
            raise failures.waiting(exc) from exc
        except ClosedError as exc:
            raise failures.closed(exc, sent=False) from exc
        connection.begin(request.method, limits.max_bytes, streamed=streamed)
        if request.rest:
            await connection.send(request.pieces(), limits)
        else:
            connection.write_soon(request.start)
        return connection

    def close(self) -> None:
        """Close all connections; calls that are under way end with an error."""
        self._pool.close()

    def close_idle(self) -> None:
        """Close the idle connections now, and the others after their replies."""
        Pool.close(self._pool)


def _give_back(lease: Lease[Connection], connection: Connection) -> None:
    if connection.reusable:
        connection.rest()
        lease.release()
    else:
        lease.discard()


class _Request:
    """A request as it is sent.

    Attributes:
        method: The HTTP method in capitals.
        start: The head, and the body if it is small.
        rest: The body if it is not in *start*.
    """

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: Body) -> None:
        self.method = method
        self._chunked = not isinstance(body, bytes) and "Content-Length" not in headers
        if self._chunked:
            headers = {**headers, "Transfer-Encoding": "chunked"}
        small = body if isinstance(body, bytes) and len(body) <= http1.MAX_COALESCED_BYTES else b""
        self.start = http1.serialize_request(method, target, headers, small)
        self.rest: Body = b"" if small else body

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield it in pieces that are sent one by one: small parts together."""
        if isinstance(self.rest, bytes):
            yield self.start
            for start in range(0, len(self.rest), http1.MAX_COALESCED_BYTES):
                yield self.rest[start : start + http1.MAX_COALESCED_BYTES]
            return
        writer = http1.RequestWriter(self.start, chunked=self._chunked)
        async with aclosing(self.rest) as body:
            async for data in body:
                piece = writer.add(data)
                if piece is not None:
                    yield piece
        yield writer.end()
