"""Carries a call of an HTTP function between the server and a worker.

Request and response are streams. What the client sends is passed on as it
arrives, and waits here until a worker has taken the call. What the function
sends waits here until the client has read it; the worker's channel pauses
while too much waits. The request is not paused: it has a limited size, and a
client that sends all of it before it reads would otherwise wait for ever.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from fc_client.local.execution.channels import Frame

__all__ = ["HttpExchange", "HttpHead", "HttpRequest", "Link"]

# Of a response, in memory, before the worker has to wait.
_HIGH_WATER = 512 * 1024
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# Of a queued call, before its description and its body.
_QUEUED = b"\x00fc-http\x00"


@dataclass(frozen=True)
class HttpRequest:
    """The request line and the headers of a call.

    Attributes:
        method: In upper case.
        target: Path and query as the client sent them.
        path: The path that the function sees: below the base path, decoded as UTF-8.
        raw_path: The same path as the client sent it.
        path_info: The same path with each byte as a character, as WSGI wants it.
        query: The query as the client sent it.
        queries: The decoded parameters; a list for a repeated one.
        headers: By lower-case name, with each byte as a character.
        base_path: The part of the path before ``path``.
        client_ip: Address of the client.
        scheme: ``http`` or ``https``.
    """

    method: str
    target: str
    path: str
    raw_path: str
    path_info: str
    query: str
    queries: Mapping[str, str | list[str]]
    headers: Mapping[str, str]
    base_path: str
    client_ip: str
    scheme: str = "http"


@dataclass(frozen=True)
class HttpHead:
    """Status and headers of a response; *is_whole* if all of it has arrived with them."""

    status: int
    headers: tuple[tuple[str, str], ...]
    is_whole: bool


class Link(Protocol):
    """A worker that runs a call."""

    def send_chunk(self, data: bytes, *, more: bool, broken: bool) -> None:
        """Send a part of the request's body."""

    def pause(self) -> None:
        """Read no more of the response for now."""

    def resume(self) -> None:
        """Read the response again."""


class HttpExchange:
    """One call of an HTTP function; used from the event loop only.

    The server feeds the request with :meth:`feed`, :meth:`end_request` and
    :meth:`break_off`, and reads the response with :meth:`head` and
    :meth:`parts`. It calls :meth:`close` when the invocation has ended.

    Args:
        request: The request without its body.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self._unsent = bytearray()
        self._more = True
        self._broken = False
        self._link: Link | None = None
        self._head: asyncio.Future[HttpHead | None] = asyncio.get_running_loop().create_future()
        self._parts: deque[bytes] = deque()
        self._size = 0
        self._changed = asyncio.Event()
        self._is_closed = False
        self._discards = False

    # The request

    def feed(self, data: bytes) -> None:
        """Add *data* to the body of the request."""
        if self._link is not None:
            self._link.send_chunk(data, more=True, broken=False)
        elif self._more:
            self._unsent += data

    def end_request(self) -> None:
        """Say that the body of the request is complete."""
        self._more = False
        if self._link is not None:
            self._link.send_chunk(b"", more=False, broken=False)

    def break_off(self) -> None:
        """Say that the rest of the body will not come: the client has disconnected."""
        self._more, self._broken = False, True
        if self._link is not None:
            self._link.send_chunk(b"", more=False, broken=True)

    def opening(self) -> tuple[Mapping[str, Any], bytes]:
        """Return what to send first: the request, and its body so far."""
        body, self._unsent = bytes(self._unsent), bytearray()
        header = {"http": asdict(self.request), "more": self._more or self._broken}
        return header, body

    def connect(self, link: Link) -> None:
        """Pass on all that comes from now on, and what has changed since :meth:`opening`."""
        self._link = link
        if self._broken:
            link.send_chunk(b"", more=False, broken=True)

    def disconnect(self) -> None:
        """Send nothing more to the worker."""
        if self._link is not None:
            self._link.resume()
            self._link = None
            # The rest of the body has no receiver.
            self._more = False

    # The response

    def receive(self, frame: Frame) -> bool:
        """Take a part of the response from the worker; return whether it is valid."""
        if not self._take_head(frame, is_whole=False):
            return False
        self._add(frame.body)
        return True

    def finish(self, frame: Frame) -> bool:
        """Take the last part of the response; return whether it is valid."""
        if not self._take_head(frame, is_whole=True):
            return False
        self._add(frame.body)
        return True

    async def head(self) -> HttpHead | None:
        """Wait for status and headers; None if the function ended without them."""
        return await asyncio.shield(self._head)

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the parts of the body until the invocation has ended."""
        while True:
            while self._parts:
                data = self._parts.popleft()
                self._size -= len(data)
                if self._link is not None and self._size <= _HIGH_WATER // 2:
                    self._link.resume()
                yield data
            if self._is_closed:
                return
            self._changed.clear()
            await self._changed.wait()

    def whole_body(self) -> bytes:
        """Return the body of a response that has arrived as a whole."""
        return b"".join(self._parts)

    def discard(self) -> None:
        """Drop the response from now on: nothing reads it."""
        self._discards = True
        self._parts.clear()
        self._size = 0
        if self._link is not None:
            self._link.resume()

    def close(self) -> None:
        """Say that the invocation has ended."""
        self._is_closed = True
        if not self._head.done():
            self._head.set_result(None)
        self._changed.set()

    def _take_head(self, frame: Frame, *, is_whole: bool) -> bool:
        """Take status and headers, which the first frame of a response has, and only that."""
        value = frame.header.get("response")
        if self._head.done():
            return value is None
        head = _head_of(value, is_whole)
        if head is None:
            return False
        self._head.set_result(head)
        return True

    def _add(self, data: bytes) -> None:
        if not data or self._discards:
            return
        self._parts.append(data)
        self._size += len(data)
        if self._link is not None and self._size > _HIGH_WATER:
            self._link.pause()
        self._changed.set()

    # The queue of Async invocations

    def queued(self) -> bytes:
        """Return the call with the body so far, as an event for the queue."""
        return b"\x00".join(
            (_QUEUED[:-1], json.dumps(asdict(self.request)).encode("ascii"), bytes(self._unsent))
        )

    @classmethod
    def from_queue(cls, event: bytes) -> HttpExchange | None:
        """Return the call of a queued event, whose response is dropped; None for another event."""
        call = _queued_call(event)
        if call is None:
            return None
        request, body = call
        exchange = cls(request)
        exchange.feed(body)
        exchange.end_request()
        exchange.discard()
        return exchange

    @staticmethod
    def body_from_queue(event: bytes) -> bytes | None:
        """Return the body of the call of a queued event; None for another event."""
        call = _queued_call(event)
        return None if call is None else call[1]


def _queued_call(event: bytes) -> tuple[HttpRequest, bytes] | None:
    """Return the request and the body of a queued call; None for another event."""
    if not event.startswith(_QUEUED):
        return None
    request, _, body = event[len(_QUEUED) :].partition(b"\x00")
    try:
        return HttpRequest(**json.loads(request)), body
    except (ValueError, TypeError):
        # An event that only starts like a call.
        return None


def _head_of(value: object, is_whole: bool) -> HttpHead | None:
    """Return the head that a worker has sent; None if it is not valid."""
    if not isinstance(value, dict):
        return None
    status, headers = value.get("status"), value.get("headers")
    if type(status) is not int or not 200 <= status <= 999 or not isinstance(headers, list):
        return None
    if not all(map(_is_header, headers)):
        return None
    return HttpHead(status, tuple((name, _recoded(text)) for name, text in headers), is_whole)


def _is_header(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(text, str) for text in value)
        and _NAME.fullmatch(value[0]) is not None
        and _FORBIDDEN.search(value[1]) is None
    )


def _recoded(text: str) -> str:
    """Return the text of a header's bytes, which the function gives as characters."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text.encode("utf-8", "replace").decode()
