"""Replies for HTTP libraries: checked by the rules of http1, and passed on in one plain form.

The parsers of http.client and aiohttp accept what RFC 9112 does not allow, each
something else. So what comes from a connection goes through this first.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from fc_client._transport.http1 import Head, ReplyReader

__all__ = ["CanonicalFile", "CanonicalReply"]

_READ_BYTES = 64 * 1024

_COOKIE = "set-cookie"


class CanonicalReply:
    """Turns the bytes of a connection into those of one reply in its plain form.

    Left out are informational replies and whatever follows the reply. A header
    takes one line, and the body keeps its length or is sent in plain chunks.

    Args:
        method: The HTTP method of the request.

    Attributes:
        has_head: Whether the head of the reply has come.
    """

    def __init__(self, method: str) -> None:
        self._reader = ReplyReader(method)
        self.has_head = False
        self._ended = False

    @property
    def complete(self) -> bool:
        """Whether the reply has been read to its end."""
        return self._reader.complete

    @property
    def reusable(self) -> bool:
        """Whether the connection can carry another request."""
        return self._reader.reusable

    def feed(self, data: bytes) -> tuple[bytes, int]:
        """Take bytes that were received; return the plain ones, and how many are of the body.

        Raises:
            ProtocolError: they are not a valid response.
        """
        body = self._reader.feed(data)
        head = self._reader.head
        if head is None:
            return b"", 0
        start = b"" if self.has_head else self._head(head)
        return start + self._framed(body), len(body)

    def feed_end(self) -> None:
        """Take note that the connection was closed.

        Raises:
            ProtocolError: the reply is not complete.
        """
        self._reader.feed_end()

    def _head(self, head: Head) -> bytes:
        self.has_head = True
        fields = [
            (name, value)
            for name, value in head.headers.items()
            # Where there is no body, its coding confuses parsers.
            if name != "transfer-encoding" or self._reader.chunked
        ]
        lines = "".join(f"{name}: {value}\r\n" for name, value in _with_cookies(fields, head))
        return f"HTTP/1.1 {head.status} {head.reason}\r\n{lines}\r\n".encode("latin-1")

    def _framed(self, body: bytes) -> bytes:
        if not self._reader.chunked or self._ended:
            return body
        self._ended = self._reader.complete
        chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        return chunk + (b"0\r\n\r\n" if self._ended else b"")


def _with_cookies(fields: list[tuple[str, str]], head: Head) -> Iterator[tuple[str, str]]:
    """Yield *fields*, each cookie in a line of its own: they cannot be joined by commas."""
    for name, value in fields:
        if name == _COOKIE:
            yield from (pair for pair in head.headers.received if pair[0].lower() == _COOKIE)
        else:
            yield name, value


class CanonicalFile(io.RawIOBase):
    """What http.client reads a reply from: the plain form of what a connection receives.

    Args:
        file: The connection, as a buffered file.
        reply: What its bytes go through.
    """

    def __init__(self, file: Any, reply: CanonicalReply) -> None:
        self._file = file
        self._reply = reply
        self._ready = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into *buffer*; 0 at the end of the reply.

        Raises:
            ProtocolError: the connection did not receive a valid response.
        """
        while not self._ready and not self._reply.complete:
            data = self._file.read1(_READ_BYTES)
            if not data:
                self._reply.feed_end()
                return 0
            self._ready, _ = self._reply.feed(data)
        part = self._ready[: len(buffer)]
        self._ready = self._ready[len(part) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Close the connection's file."""
        self._file.close()
        super().close()
