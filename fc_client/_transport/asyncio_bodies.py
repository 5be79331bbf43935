"""Bodies of AsyncClient: of requests, read while they are sent, and of responses, for threads."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
)
from contextlib import aclosing, suppress
from typing import Any

import aiohttp

from fc_client._messages import Attempt, Stream
from fc_client._threads import run_blocking
from fc_client._transport import failures
from fc_client._transport.http1 import MAX_COALESCED_BYTES
from fc_client.exceptions import TransportError
from fc_client.timeouts import Limits


def body_of(attempt: Attempt) -> bytes | AsyncGenerator[bytes, None]:
    """Return the body of an attempt, for the direct way."""
    body = attempt.body
    if isinstance(body, bytes):
        return body
    chunks = body.open()
    return _chunks_of(chunks) if isinstance(chunks, AsyncIterator) else _in_threads(chunks)


async def _chunks_of(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    async for chunk in chunks:
        yield chunk


class SessionBody(aiohttp.Payload):
    """A body that is read while it is sent, as aiohttp wants it.

    Attributes:
        failure: What made it end early, if it was not the connection.
    """

    failure: Exception | None = None

    def __init__(self, body: bytes | Stream, seconds: float) -> None:
        # Opened now: what is wrong from the start is found before a byte is out.
        super().__init__(_opened(body))
        self._seconds = seconds

    def decode(self, *_: str) -> str:
        """Refuse: the body is gone once it is read."""
        raise TypeError("a stream has no text")

    async def write(self, writer: Any) -> None:
        """Send the chunks; aiohttp itself waits without end for a peer that does not read."""
        try:
            async with aclosing(self._read()) as chunks:
                async for chunk in chunks:
                    await self._in_time(writer.write(chunk))
            await self._in_time(writer.drain())
        except BaseException:
            # Closed politely, it would stay until the peer takes what is not out yet.
            with suppress(AttributeError):
                writer.transport.abort()
            raise

    async def _read(self) -> AsyncGenerator[bytes, None]:
        # What was opened for this is let go once it is read.
        chunks, self._value = self._value, None
        try:
            async for chunk in chunks if isinstance(chunks, AsyncIterator) else _in_threads(chunks):
                yield chunk
        except Exception as exc:
            self.failure = exc
            raise

    async def _in_time(self, step: Awaitable[None]) -> None:
        try:
            await asyncio.wait_for(step, self._seconds)
        except asyncio.TimeoutError:
            self.failure = failures.sending(TimeoutError())
            raise


def session_body(attempt: Attempt, limits: Limits) -> bytes | SessionBody | None:
    """Return the body of an attempt, for aiohttp's ClientSession."""
    body = attempt.body
    if isinstance(body, Stream) or len(body) > MAX_COALESCED_BYTES:
        return SessionBody(body, limits.read)
    return body or None


def _opened(body: bytes | Stream) -> Iterator[bytes] | AsyncIterator[bytes]:
    if isinstance(body, Stream):
        return body.open()
    return (
        body[start : start + MAX_COALESCED_BYTES]
        for start in range(0, len(body), MAX_COALESCED_BYTES)
    )


async def _in_threads(chunks: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Yield *chunks*; each is asked for in a thread, since that may block."""
    while True:
        chunk, failure = await run_blocking(_next, chunks)
        if failure is not None:
            raise failure
        if not chunk:
            return
        yield chunk


def _next(chunks: Iterator[bytes]) -> tuple[bytes, Exception | None]:
    # Returned, since futures make another exception of some.
    try:
        return next(chunks, b""), None
    except Exception as exc:  # noqa: BLE001 - it is raised by the caller
        return b"", exc


class Chunks:
    """The body of a reply, for tasks, and for a thread that reads while the loop goes on."""

    def __init__(self, operation: str, more: Callable[[], Awaitable[bytes]]) -> None:
        self._operation = operation
        self._more = more
        self._reading: asyncio.Task[bytes] | None = None
        self._cancelled = False
        self._loop = asyncio.get_running_loop()

    async def in_thread(self, call: Callable[..., object], *arguments: object) -> None:
        """Run what iterates over the chunks; if cancelled, after it has tidied up."""
        work = asyncio.ensure_future(asyncio.to_thread(call, *arguments))
        try:
            await asyncio.shield(work)
        except RuntimeError as exc:
            # The thread reads what the loop receives, so it cannot be the loop's own.
            raise TransportError(
                "AsyncClient downloads code in a thread, and none can start: the main thread has "
                "ended; download earlier, or use Client"
            ) from exc
        except asyncio.CancelledError:
            # The thread gets an error in place of the next chunk.
            self._cancelled = True
            if self._reading is not None:
                self._reading.cancel()
            await asyncio.wait([work])
            raise

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await self._next():
            yield chunk

    def __iter__(self) -> Iterator[bytes]:
        while chunk := asyncio.run_coroutine_threadsafe(self._next(), self._loop).result():
            yield chunk

    async def _next(self) -> bytes:
        if self._cancelled:
            raise TransportError("the call was cancelled", operation=self._operation)
        self._reading = asyncio.current_task()
        try:
            return await self._more()
        except TransportError as error:
            error.operation = self._operation
            raise error.with_traceback(None) from error.__cause__
