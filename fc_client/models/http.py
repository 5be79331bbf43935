"""Replies of HTTP functions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fc_client._readable import brief_payload, counted, readable_repr
from fc_client.models.decoding import json_of

__all__ = ["AsyncHttpStream", "HttpResponse", "HttpStream"]


@dataclass(frozen=True)
class _Reply:
    """What a reply has before its body.

    Attributes:
        status_code: The status, which the function sets.
        headers: Case-insensitive; values of the same name are joined by commas.
        received_headers: Names and values as they came, such as several
            ``Set-Cookie``.
        request_id: The service's ID of the request, or None.
    """

    status_code: int
    headers: Mapping[str, str] = field(repr=False, hash=False)
    received_headers: tuple[tuple[str, str], ...] = field(repr=False)
    request_id: str | None

    @property
    def error_type(self) -> str | None:
        """``HandledInvocationError`` or ``UnhandledInvocationError`` if the function failed."""
        return self.headers.get("x-fc-error-type")


@dataclass(frozen=True)
class HttpResponse(_Reply):
    """The reply of an HTTP function, as it came.

    ``print`` shows the size of the body and its start; the repr only the size.

    Attributes:
        status_code: The status, which the function sets.
        headers: Case-insensitive; values of the same name are joined by commas.
        received_headers: Names and values as they came, such as several
            ``Set-Cookie``.
        request_id: The service's ID of the request, or None.
        body: The body, in the function's own ``Content-Encoding``.
    """

    body: bytes = field(default=b"", repr=False)

    def __str__(self) -> str:
        return readable_repr(self, body=f"<{brief_payload(self.body)}>")

    def __repr__(self) -> str:
        # Crash reporters collect reprs: what the function returned may be confidential.
        return readable_repr(self, body=f"<{counted(len(self.body), 'byte')}>")

    @property
    def text(self) -> str:
        """The body decoded as UTF-8; UnicodeDecodeError if it is not UTF-8."""
        return self.body.decode("utf-8")

    def json(self) -> Any:
        """Return the body decoded as JSON.

        Raises:
            json.JSONDecodeError: it is not JSON; the message shows its start.
        """
        return json_of(
            self.body,
            lambda problem: f"the body ({brief_payload(self.body)}) is not JSON: {problem}",
        )


@dataclass(frozen=True)
class HttpStream(_Reply):
    """The reply of an HTTP function while it is received; fields as of :class:`HttpResponse`."""

    chunks: Iterator[bytes] = field(repr=False, compare=False)

    def iter_bytes(self) -> Iterator[bytes]:
        """Yield the body in parts, as they come.

        Raises:
            TransportError: the connection broke, or no more came in time.
        """
        yield from self.chunks

    def read(self) -> bytes:
        """Return the rest of the body."""
        return b"".join(self.chunks)


@dataclass(frozen=True)
class AsyncHttpStream(_Reply):
    """The reply of an HTTP function while it is received, for AsyncClient."""

    chunks: AsyncIterator[bytes] = field(repr=False, compare=False)

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """Yield the body in parts, as they come.

        Raises:
            TransportError: the connection broke, or no more came in time.
        """
        async for chunk in self.chunks:
            yield chunk

    async def read(self) -> bytes:
        """Return the rest of the body."""
        return b"".join([chunk async for chunk in self.chunks])
