"""One connection of AsyncClient: an asyncio protocol that sends requests and reads replies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

from fc_client._clock import monotonic
from fc_client._transport import failures, http1
from fc_client._transport.addresses import connected_socket
from fc_client._transport.connections import Origin
from fc_client._transport.read_timer import ReadTimer
from fc_client.timeouts import Limits

# Reading pauses while the caller has more than this to read.
_MAX_UNREAD_BYTES = 512 * 1024


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
        # One alarm serves many waiters: a timer for each would cost too much.
        self._alarm: asyncio.TimerHandle | None = None
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
        if self._alarm is not None:
            self._alarm.cancel()
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
        if reader.complete:
            self._wake()
        else:
            self._note_progress(len(body), head=began and reader.head is not None)

    def _note_progress(self, size: int, *, head: bool) -> None:
        if self._timer is not None:
            self._timer.progress(size, head=head)
        if self._streamed and self._unread > _MAX_UNREAD_BYTES and self._transport is not None:
            self._transport.pause_reading()
        if self._streamed and self._reader.head is not None:
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
        opening = asyncio.ensure_future(self._connect())
        # Its failure may come after this call has ended.
        opening.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            await self._wait_for_connection(opening, limits.left(limits.connect))
        except (OSError, UnicodeError) as exc:
            raise failures.connecting(str(self._origin), exc) from exc
        finally:
            opening.cancel()

    async def _connect(self) -> None:
        place = self._origin
        await self._loop.create_connection(
            lambda: self,
            sock=await connected_socket(place.address, place.port),
            ssl=place.tls,
            server_hostname=place.host if place.tls else None,
        )

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
        if self._failure is None:
            cast("asyncio.Transport", self._transport).write(data)

    def write_soon(self, data: bytes) -> None:
        """Send *data* right after what is ready to run now.

        So the requests of many tasks go out in a row: to write to a server on this
        machine that has fallen asleep in between takes twice as long.
        """
        self._loop.call_soon(self.write, data)

    async def _wait_for_room(self, limits: Limits) -> None:
        timer = ReadTimer(limits)
        try:
            while not (self._writable or self._is_answered()):
                await self._wait(timer.seconds())
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
        """Wait for the reply: all of it, or its head if it is streamed.

        Raises:
            RequestTimeoutError: it did not come in time.
            TransportError: it did not come for another reason.
        """
        self._timer = ReadTimer(limits)
        while (head := self._reader.head) is None or not (self._streamed or self._reader.complete):
            await self._receive()
        if self._streamed:
            self._timer.pause()
        return head

    def body(self) -> bytes:
        """Return what has been received of the body and was not returned before."""
        body = b"".join(self._received) if len(self._received) != 1 else self._received[0]
        self._received, self._unread = [], 0
        return body

    async def more(self) -> bytes:
        """Return a further part of a streamed body; empty at its end.

        Raises:
            RequestTimeoutError: it did not come in time.
            TransportError: it did not come for another reason.
        """
        timer = cast("ReadTimer", self._timer)
        timer.go_on()
        while not self._received and not self._reader.complete:
            if self._failure is None:
                cast("asyncio.Transport", self._transport).resume_reading()
            await self._receive()
        timer.pause()
        return self.body()

    def _receive(self) -> asyncio.Future[None]:
        """Return what is done once more of the reply, or its end, may have come."""
        try:
            if self._failure is not None:
                raise self._failure
            return self._wait(cast("ReadTimer", self._timer).seconds())
        except ClosedError as exc:
            raise failures.closed(exc, sent=True) from exc
        except (OSError, http1.ProtocolError) as exc:
            raise failures.receiving(exc) from exc

    def _wait(self, seconds: float) -> asyncio.Future[None]:
        """Return what is done once something has happened on the connection, or time may be over.

        The caller looks what has happened: the alarm may be that of an earlier wait.
        """
        self._set_alarm(self._loop.time() + seconds)
        self._waiter = self._loop.create_future()
        return self._waiter

    def _set_alarm(self, ends: float) -> None:
        if self._alarm is not None:
            if self._alarm.when() <= ends:
                return
            self._alarm.cancel()
        self._alarm = self._loop.call_at(ends, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._wake()

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
