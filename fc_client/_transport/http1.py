"""HTTP/1.1 as bytes (RFC 9112), without I/O: a request to bytes, bytes to a reply.

Both clients read replies with :class:`ReplyReader`, so both accept the same
ones. It is strict: where a reply's end is in doubt, the next reply on the
connection would be in doubt as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from fc_client._messages import Headers
from fc_client._redaction import Secret, SecretBytes

# Far more than the service sends: the log of a run takes 6 KB.
MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
MAX_INFORMATIONAL = 100
MAX_CHUNK_LINE_BYTES = 4096
# Up to this size, the parts of a request go out together.
MAX_COALESCED_BYTES = 64 * 1024
# A longer number is larger than any body.
MAX_LENGTH_DIGITS = 18

_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?\r\n")
# The blanks around a value are part of it here: a pattern that may give them back
# takes quadratic time for many of them.
_FIELD = re.compile(r"(?<=\r\n)([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\x00-\x08\x0a-\x1f\x7f]*)\r\n")
_FOLD = re.compile(r"\r\n[ \t]+")
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[^\x00-\x08\x0a-\x1f\x7f]*)?")


# Far more than the JSON of an error, or a gateway's page.
MAX_ERROR_BYTES = 1024 * 1024


class ProtocolError(Exception):
    """The bytes received are not a valid HTTP/1.1 response."""


class TooLargeError(ProtocolError):
    """The response is larger than it may be."""


class BodyLimit:
    """Counts the body of a response.

    Args:
        status: The HTTP status; the body of an error may be far smaller.
        max_bytes: For the body of a success; None for no limit.
        announced: Content-Length, if it is known.

    Raises:
        TooLargeError: the body is going to be too large.
    """

    def __init__(self, status: int, max_bytes: int | None, announced: int | None = None) -> None:
        is_error = not 200 <= status < 300
        self._max = min(MAX_ERROR_BYTES, max_bytes or MAX_ERROR_BYTES) if is_error else max_bytes
        self._counted = 0
        self.count(announced or 0)
        self._counted = 0

    def count(self, size: int) -> None:
        """Take note of *size* more bytes.

        Raises:
            TooLargeError: they are too many.
        """
        self._counted += size
        if self._max is not None and self._counted > self._max:
            raise TooLargeError(f"the response has more than {self._max} bytes")


def serialize_request(
    method: str, target: str, headers: Mapping[str, str], body: bytes = b""
) -> SecretBytes:
    """Return a request as it is sent.

    Args:
        method: The HTTP method in capitals.
        target: The percent-encoded path and query.
        headers: All headers, Host and the framing of the body included.
        body: The body, or its first part.

    Raises:
        ValueError: a header, the method or the target has a character that HTTP does not allow.
    """
    # Masked, since tracebacks of interrupts may show the variables of every frame.
    lines = Secret("".join([f"{name}: {value}\r\n" for name, value in headers.items()]))
    head = Secret(f"{method} {target} HTTP/1.1\r\n{lines}\r\n")
    if not head.isascii() or head.count("\r\n") != len(headers) + 2 or _has_stray_breaks(head):
        raise ValueError("a request header has a line break or a character outside ASCII")
    return SecretBytes(head.encode("ascii") + body)


def _has_stray_breaks(head: str) -> bool:
    return head.count("\r") != head.count("\n") or head.count("\n") != head.count("\r\n")


class RequestWriter:
    """Joins the head of a request and the small parts of its body into larger pieces.

    Args:
        head: From :func:`serialize_request`.
        chunked: Send the body in chunks, since its length is not known.
    """

    def __init__(self, head: bytes, *, chunked: bool) -> None:
        self._held = [head]
        self._size = len(head)
        self._chunked = chunked

    def add(self, data: bytes) -> SecretBytes | None:
        """Take a part of the body; return what is to be sent, or None to wait for more."""
        # A chunk without data would end the body.
        if data:
            self._held.append(SecretBytes(_chunk(data) if self._chunked else data))
            self._size += len(data)
        return self._joined() if self._size > MAX_COALESCED_BYTES else None

    def end(self) -> SecretBytes:
        """Return what is still to be sent."""
        if self._chunked:
            self._held.append(_chunk(b""))
        return self._joined()

    def _joined(self) -> SecretBytes:
        held, self._held, self._size = self._held, [], 0
        return SecretBytes(b"".join(held))


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class Head(NamedTuple):
    """Status line and headers of a response."""

    status: int
    reason: str
    headers: Headers
    keeps_alive: bool


def parse_head(data: bytes) -> Head:
    """Return the head that *data* is, from the status line to the empty line.

    Raises:
        ProtocolError: it is not valid.
    """
    text = data.decode("latin-1")
    status_line = _STATUS_LINE.match(text)
    if status_line is None:
        raise ProtocolError(f"invalid status line: {_first_line(text)!r}")
    headers = Headers(_fields(text, status_line.end() - 2))
    connection = headers.lowered.get("connection", "").lower()
    tokens = [token.strip() for token in connection.split(",")] if connection else ()
    keeps_alive = "close" not in tokens and (status_line[1] == "1" or "keep-alive" in tokens)
    head = Head(int(status_line[2]), status_line[3] or "", headers, keeps_alive)
    if status_line[1] == "0" and "transfer-encoding" in headers.lowered:
        raise ProtocolError("an HTTP/1.0 response cannot have a Transfer-Encoding")
    return head


def _fields(text: str, start: int) -> list[tuple[str, str]]:
    """Return names and values of the header lines after the line break at *start*."""
    # The line break before the headers and the empty line after them.
    expected = text.count("\r\n", start) - 2
    if expected > MAX_HEADERS:
        raise ProtocolError(f"more than {MAX_HEADERS} headers")
    found = _FIELD.findall(text, start)
    if len(found) != expected:
        return _unfolded_fields(text[start:])
    return [(name, value.strip(" \t")) for name, value in found]


def _unfolded_fields(text: str) -> list[tuple[str, str]]:
    """Return the header lines of *text*, in which a value may go on in the next line."""
    unfolded = text if text.startswith(("\r\n ", "\r\n\t")) else _FOLD.sub(" ", text)
    found = _FIELD.findall(unfolded)
    if len(found) != unfolded.count("\r\n") - 2:
        lines = unfolded.split("\r\n")[1:-2]
        invalid = next(line for line in lines if not _FIELD.fullmatch(f"\r\n{line}\r\n", 2))
        raise ProtocolError(f"invalid header line: {_first_line(invalid)!r}")
    return [(name, value.strip(" \t")) for name, value in found]


def _first_line(text: str) -> str:
    return text.partition("\r\n")[0][:60]


# Takes one line of a chunked body and returns what takes the next one. A function and not
# a bound method: a reader that refers to itself would wait for the garbage collector.
_LineState = Callable[["ReplyReader", bytes], "_LineState"]


class ReplyReader:
    """Reads one reply from the bytes of a connection, in whatever pieces they come.

    Args:
        method: The HTTP method of the request; the reply to HEAD has no body.
        max_bytes: For the body of a success; None for no limit.

    Attributes:
        head: The head of the reply, or None as long as it is not complete.
        complete: Whether the reply has been read to its end.
        reusable: Whether the connection can carry another request.
        chunked: Whether the body comes in chunks.
    """

    def __init__(self, method: str, max_bytes: int | None = None) -> None:
        self.head: Head | None = None
        self._max_bytes = max_bytes
        self._limit: BodyLimit | None = None
        self._refused: TooLargeError | None = None
        self.complete = False
        self.reusable = False
        self._method = method
        self._informational = 0
        # What has come of the head or of a line of a chunked body.
        self._pending = bytearray()
        # Bytes to the end of the body or of the chunk; None without a known end.
        self._left: int | None = None
        self.chunked = False
        # What the next line of a chunked body has to be.
        self._next_line: _LineState = ReplyReader._size_line
        self._trailers = 0

    def feed(self, data: bytes) -> bytes:
        """Take bytes that were received and return the part of the body in them.

        Raises:
            ProtocolError: they are not a valid response, or one that is too large.
        """
        body = self._feed(data)
        if body and self._limit is not None:
            try:
                self._limit.count(len(body))
            except TooLargeError as exc:
                # Its end may have come with the rest of it.
                self.complete, self.reusable, self._refused = False, False, exc
                raise
        return body

    def _feed(self, data: bytes) -> bytes:
        if self.head is None:
            data = self._feed_head(data)
            if self.head is None:
                return b""
        if self.chunked:
            return self._feed_chunked(self.head, data)
        if self._left is None:
            return data
        body = data[: self._left]
        self._left -= len(body)
        if not self._left:
            self._end(self.head, extra=len(data) > len(body))
        return body

    def feed_end(self) -> None:
        """Take note that the connection was closed.

        Raises:
            ProtocolError: the reply is not complete.
        """
        if self._refused is not None:
            raise self._refused
        if self.head is None:
            where = "in the middle of the head" if self._pending else "without a response"
            raise ProtocolError(f"the connection was closed {where}")
        if self.chunked or self._left:
            raise ProtocolError("the connection was closed in the middle of the body")
        self.complete = True

    def _feed_head(self, data: bytes) -> bytes:
        """Read heads up to the one of the reply itself and return what follows it."""
        self._pending += data
        while self.head is None:
            end = self._pending.find(b"\r\n\r\n")
            if end < 0:
                self._check_partial_head()
                return b""
            if end > MAX_HEAD_BYTES:
                raise ProtocolError(f"the head is larger than {MAX_HEAD_BYTES} bytes")
            head = parse_head(bytes(self._pending[: end + 4]))
            del self._pending[: end + 4]
            if 100 <= head.status < 200 and head.status != 101:
                self._informational += 1
                if self._informational > MAX_INFORMATIONAL:
                    raise ProtocolError(f"more than {MAX_INFORMATIONAL} informational responses")
            else:
                self._begin_body(head)
        rest = bytes(self._pending)
        self._pending.clear()
        return rest

    def _check_partial_head(self) -> None:
        """Refuse at once what cannot become a head: a server may keep the connection open."""
        pending = self._pending
        if not b"HTTP/1.".startswith(pending[:7]):
            raise ProtocolError(f"invalid status line: {_first_line(pending.decode('latin-1'))!r}")
        if pending.count(b"\n") != pending.count(b"\r\n"):
            raise ProtocolError("a line of the head does not end with CRLF")
        if len(pending) > MAX_HEAD_BYTES:
            raise ProtocolError(f"the head is larger than {MAX_HEAD_BYTES} bytes")

    def _begin_body(self, head: Head) -> None:
        """Decide where the body ends (RFC 9112, section 6.3)."""
        coding = head.headers.lowered.get("transfer-encoding")
        length = head.headers.lowered.get("content-length")
        if self._method == "HEAD" or head.status in (101, 204, 304):
            self._left = 0
        elif coding is not None:
            if length is not None:
                raise ProtocolError("both Transfer-Encoding and Content-Length")
            if coding.lower() != "chunked":
                raise ProtocolError(f"invalid Transfer-Encoding: {coding!r}")
            self.chunked = True
        elif length is not None:
            self._left = _content_length(length)
        self._limit = BodyLimit(head.status, self._max_bytes, self._left)
        self.head = head
        if self._left == 0:
            self._end(head, extra=bool(self._pending))

    def _end(self, head: Head, *, extra: bool) -> None:
        self.complete = True
        # Bytes that nothing asked for would pass for the next reply.
        self.reusable = head.keeps_alive and head.status != 101 and not extra

    def _feed_chunked(self, head: Head, data: bytes) -> bytes:
        data = bytes(self._pending) + data
        self._pending.clear()
        body: list[bytes] = []
        position = 0
        while position < len(data) and not self.complete:
            if self._left:
                piece = data[position : position + self._left]
                body.append(piece)
                position += len(piece)
                self._left -= len(piece)
                continue
            end = data.find(b"\r\n", position)
            if (len(data) if end < 0 else end) - position > MAX_CHUNK_LINE_BYTES:
                raise ProtocolError(
                    f"a line of the chunked body has more than {MAX_CHUNK_LINE_BYTES} bytes"
                )
            if end < 0:
                self._pending += data[position:]
                break
            self._next_line = self._next_line(self, data[position:end])
            position = end + 2
        if self.complete:
            self._end(head, extra=position < len(data))
        return b"".join(body)

    def _size_line(self, line: bytes) -> _LineState:
        found = _CHUNK_LINE.fullmatch(line)
        if found is None:
            raise ProtocolError(f"invalid chunk size: {line[:60]!r}")
        self._left = int(found[1], 16)
        return ReplyReader._after_chunk if self._left else ReplyReader._trailer_line

    def _after_chunk(self, line: bytes) -> _LineState:
        if line:
            raise ProtocolError("a chunk is longer than its size says")
        return ReplyReader._size_line

    def _trailer_line(self, line: bytes) -> _LineState:
        if not line:
            self.complete = True
            return ReplyReader._trailer_line
        self._trailers += 1
        if self._trailers > MAX_HEADERS:
            raise ProtocolError(f"more than {MAX_HEADERS} trailers")
        _fields(f"\r\n{line.decode('latin-1')}\r\n\r\n", 0)
        return ReplyReader._trailer_line


def _content_length(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= MAX_LENGTH_DIGITS):
        raise ProtocolError(f"invalid Content-Length: {value[:60]!r}")
    return int(value)
