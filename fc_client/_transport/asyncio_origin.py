"""Connections to one origin for asyncio, and one request on one of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any, TypeVar, cast

from fc_client._clock import monotonic
from fc_client._redaction import SecretBytes
from fc_client._transport import failures, http1
from fc_client._transport.leases import Lease, Pool
from fc_client._transport.origin import Origin
from fc_client._transport.read_timer import ReadTimer
from fc_client.timeouts import Limits

# Reading pauses while the caller has more than this to read.
_MAX_UNREAD_BYTES = 512 * 1024

# Another address of the host is tried if one has not answered by then (RFC 8305).
_NEXT_ADDRESS_SECONDS = 0.25

Body = bytes | AsyncGenerator[bytes, None]

T = TypeVar("T")


class ClosedError(Exception):
    """The client was closed while the call was under way."""


class Connection(asyncio.Protocol):
    """A connection that is opened when it is first used, and carries one request at a time.

    Args:
        origin: Where it leads.
        max_idle: Seconds after which it is not used again.
    """

    def __init__(self, origin: Origin, max_idle: float) -> None:
        self._origin = origin
        self._max_idle = max_idle
        self._loop = asyncio.get_running_loop()
        self._idle_since = 0.0
        self._transport: asyncio.Transport | None = None
        self._failure: BaseException | None = None
        # One waits at a time: for the reply, for room to write, or to be connected.
        self._waiter: asyncio.Future[None] | None = None
        self._writable = True
        self._received: list[bytes] = []
        self._unread = 0
        self._reader = http1.ReplyReader("")
        self._reader.complete = True
        self._timer: ReadTimer | None = None
        self._streamed = False
        self._keeps_alive = True

    def is_usable(self) -> bool:
        """Return whether another request may go out on it."""
        idle = monotonic() - self._idle_since
        return self._failure is None and self._transport is not None and idle <= self._max_idle

    def close(self) -> None:
        """Close it, without waiting for anything."""
        self.fail(ConnectionAbortedError("the connection was closed"))

    def fail(self, failure: BaseException) -> None:
        """Close it; what waits for it gets *failure*."""
        self._failure = self._failure or failure
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # Called by asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the transport."""
        self._transport = cast("asyncio.Transport", transport)
        if self._failure is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read a part of the reply."""
        reader = self._reader
        if reader.complete:
            # Nothing asked for it: it would pass for the next reply.
            reader.reusable = False
            self.fail(http1.ProtocolError("unsolicited data"))
            return
        began = reader.head is None
        try:
            body = reader.feed(data)
        except http1.ProtocolError as exc:
            self.fail(exc)
            return
        if body:
            self._received.append(body)
            self._unread += len(body)
        self._note_progress(len(body), head=began and reader.head is not None)

    def _note_progress(self, size: int, *, head: bool) -> None:
        if self._timer is not None:
            self._timer.progress(size, head=head)
        if self._streamed and self._unread > _MAX_UNREAD_BYTES and self._transport is not None:
            self._transport.pause_reading()
        if self._reader.complete or (self._streamed and self._reader.head is not None):
            self._wake()

    def eof_received(self) -> None:
        """Take the end of the connection for the end of the reply, if that is possible."""
        self.connection_lost(None)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Take note of the end of the connection."""
        if not self._reader.complete:
            try:
                self._reader.feed_end()
            except http1.ProtocolError as incomplete:
                exc = exc or incomplete
        self.fail(exc or ConnectionResetError("the connection was closed"))

    def pause_writing(self) -> None:
        """Take note that the peer reads more slowly than the request is written."""
        self._writable = False

    def resume_writing(self) -> None:
        """Take note that more can be written."""
        self._writable = True
        self._wake()

    # One exchange.

    async def open(self, limits: Limits) -> None:
        """Connect, with TLS where the scheme says so.

        Raises:
            TransportError: it could not be opened.
        """
        opening = asyncio.ensure_future(
            self._loop.create_connection(
                lambda: self,
                self._origin.host,
                self._origin.port,
                ssl=self._origin.tls,
                happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS,
            )
        )
        # Its failure may come after this call has ended.
        opening.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            await self._wait_for_connection(opening, limits.left(limits.connect))
        except (OSError, UnicodeError) as exc:
            raise failures.connecting(str(self._origin), exc) from exc
        finally:
            opening.cancel()

    async def _wait_for_connection(self, opening: asyncio.Task[Any], seconds: float) -> None:
        self._waiter = self._loop.create_future()
        await asyncio.wait(
            {opening, self._waiter}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if isinstance(self._failure, ClosedError):
            raise self._failure
        if not opening.done():
            raise TimeoutError
        opening.result()

    async def send(self, pieces: AsyncGenerator[bytes, None], limits: Limits) -> None:
        """Send a request, or as much as the service takes before it replies.

        Raises:
            TransportError: the service did not take it in time.
        """
        async with aclosing(pieces):
            async for piece in pieces:
                if self._is_answered():
                    # A part of the request is still to be sent.
                    self._keeps_alive = False
                    return
                self.write(piece)
                if not self._writable:
                    await self._wait_for_room(limits)

    def write(self, data: bytes) -> None:
        """Send *data*, which may have to wait in a buffer."""
        cast("asyncio.Transport", self._transport).write(data)

    async def _wait_for_room(self, limits: Limits) -> None:
        timer = ReadTimer(limits)
        try:
            while not (self._writable or self._is_answered()):
                await self._wait(timer.seconds)
        except TimeoutError as exc:
            raise failures.sending(exc) from exc

    def _is_answered(self) -> bool:
        return self._failure is not None or self._reader.head is not None

    def begin(self, method: str, max_bytes: int | None, *, streamed: bool) -> None:
        """Take what is received from now on for a reply.

        Args:
            method: The HTTP method of the request.
            max_bytes: For the body of a success; None for no limit.
            streamed: Let the caller read the body while it is received.
        """
        self._reader = http1.ReplyReader(method, max_bytes)
        self._received, self._unread, self._streamed = [], 0, streamed
        self._timer = None
        self._keeps_alive = True

    async def reply(self, limits: Limits) -> http1.Head:
        """Wait for the reply: all of it, or its head if it is streamed."""
        self._timer = ReadTimer(limits)
        while (head := self._reader.head) is None or not (self._streamed or self._reader.complete):
            self._check()
            await self._wait(self._timer.seconds)
        return head

    def body(self) -> bytes:
        """Return what has been received of the body and was not returned before."""
        body = b"".join(self._received) if len(self._received) != 1 else self._received[0]
        self._received, self._unread = [], 0
        return body

    async def more(self) -> bytes:
        """Return a further part of a streamed body; empty at its end."""
        timer = cast("ReadTimer", self._timer)
        while not self._received and not self._reader.complete:
            self._check()
            cast("asyncio.Transport", self._transport).resume_reading()
            await self._wait(timer.seconds)
        return self.body()

    def _check(self) -> None:
        if self._failure is not None and not self._reader.complete:
            raise self._failure

    async def _wait(self, seconds_left: Callable[[], float]) -> None:
        """Wait until something has happened on the connection.

        Args:
            seconds_left: Returns how long to wait, and raises TimeoutError once it is over.
        """
        self._waiter = self._loop.create_future()
        timer = self._loop.call_later(seconds_left(), self._wake)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None

    @property
    def is_open(self) -> bool:
        """Whether it has been opened."""
        return self._transport is not None

    @property
    def reusable(self) -> bool:
        """Whether the reply is complete and another request may follow."""
        reader = self._reader
        return reader.complete and reader.reusable and self._keeps_alive and self._failure is None

    def rest(self) -> None:
        """Take note that it is idle from now on."""
        self._idle_since = monotonic()


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
        for reference in list(self._existing):
            connection = reference()
            if connection is not None:
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
            head = await _received(connection.reply(limits))
            reply = head, connection.body()
        except BaseException:
            lease.discard()
            raise
        _give_back(lease, connection)
        return reply

    @asynccontextmanager
    async def stream(
        self, method: str, target: str, headers: Mapping[str, str], limits: Limits
    ) -> AsyncIterator[tuple[http1.Head, Callable[[], Awaitable[bytes]]]]:
        """Send a request without a body; give the head of its reply, and what reads its body.

        Args:
            method: The HTTP method in capitals.
            target: The percent-encoded path and query.
            headers: All headers.
            limits: The limits in time.

        Raises:
            RequestTimeoutError: no connection or no reply in time.
            TransportError: no reply for another reason.
        """
        request = _Request(method, target, headers, b"")
        lease = Lease(self._pool)
        try:
            connection = await self._exchange(lease, request, limits, streamed=True)
            head = await _received(connection.reply(limits))
            yield head, lambda: _received(connection.more())
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
        if request.whole is not None:
            connection.write(request.whole)
        else:
            await connection.send(request.pieces(), limits)
        return connection

    def close(self) -> None:
        """Close all connections; calls that are under way end with an error."""
        self._pool.close()

    def close_idle(self) -> None:
        """Close the idle connections now, and the others after their replies."""
        Pool.close(self._pool)


async def _received(received: Awaitable[T]) -> T:
    """Return what is awaited; failures of the connection as this library's errors."""
    try:
        return await received
    except ClosedError as exc:
        raise failures.closed(exc, sent=True) from exc
    except (OSError, http1.ProtocolError) as exc:
        raise failures.receiving(exc) from exc


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
        whole: All of it, if it is small; else None.
    """

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: Body) -> None:
        self.method = method
        self._chunked = not isinstance(body, bytes) and "Content-Length" not in headers
        if self._chunked:
            headers = {**headers, "Transfer-Encoding": "chunked"}
        self._head = http1.serialize_request(method, target, headers)
        self._body = body
        self.whole: bytes | None = None
        if isinstance(body, bytes) and len(body) <= http1.MAX_COALESCED_BYTES:
            self.whole = SecretBytes(self._head + body)

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield it in pieces that are sent one by one: small parts together."""
        if isinstance(self._body, bytes):
            yield self._head
            for start in range(0, len(self._body), http1.MAX_COALESCED_BYTES):
                yield self._body[start : start + http1.MAX_COALESCED_BYTES]
            return
        writer = http1.RequestWriter(self._head, chunked=self._chunked)
        async with aclosing(self._body) as body:
            async for data in body:
                piece = writer.add(data)
                if piece is not None:
                    yield piece
        yield writer.end()
