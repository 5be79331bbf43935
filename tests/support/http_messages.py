"""Requests and replies of HTTP/1.1 as bytes, as the tests read and write them."""

import re
from email import message_from_string
from email.message import Message
from http import HTTPStatus
from typing import NamedTuple

REQUEST_LINE = re.compile(rb"[^ ]+ .* HTTP/1\.[01]\r\n")
# Replies with these statuses have no body, and say nothing of its length.
WITHOUT_BODY = frozenset({*range(100, 200), 204, 304})
_STATUSES = frozenset(HTTPStatus)


class Request(NamedTuple):
    """A request that came in full, with its body decoded."""

    method: str
    path: str
    headers: Message
    body: bytes


class RawRequest(NamedTuple):
    """A request as its bytes came.

    Attributes:
        whole: Whether all came that its head announced.
        connection: Number of the connection that it came on.
    """

    head: bytes
    body: bytes
    whole: bool
    connection: int

    @property
    def line(self) -> str:
        return self.head.split(b"\r\n")[0].decode("ascii")

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers in order, repeated ones too."""
        lines = [line.decode("ascii").partition(": ") for line in self.head.split(b"\r\n")[1:]]
        return [(name, value) for name, _, value in lines if name]


class IncompleteRequestError(Exception):
    """The peer closed the connection within a message, or before one; or it speaks no HTTP."""

    def __init__(self, received=b""):
        super().__init__(received)
        self.received = received


def reply_of(status, body=b"", headers=None):
    """Return the bytes of a reply with these headers alone."""
    phrase = HTTPStatus(status).phrase if status in _STATUSES else "Unknown"
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in (headers or {}).items()]
    head = "\r\n".join([f"HTTP/1.1 {status} {phrase}", *lines, "", ""])
    return head.encode("utf-8", "surrogateescape") + body


def headers_of(head):
    """Return the headers of a request or a reply."""
    return message_from_string(head.partition(b"\r\n")[2].decode("latin-1"))


def read_head(reader, first_line=None):
    """Return the head of a message with the empty line; its first line is to match *first_line*."""
    head = b""
    while not head.endswith((b"\r\n\r\n", b"\n\n")):
        line = reader.readline()
        head += line
        if not line or (first_line is not None and head == line and not first_line.match(line)):
            raise IncompleteRequestError(head)
    return head


def read_body(reader, head):
    """Return the body that follows a head, as it came and decoded."""
    headers = headers_of(head)
    if headers["Transfer-Encoding"]:
        return _read_chunks(reader)
    size = int(headers["Content-Length"] or 0)
    body = reader.read(size)
    if len(body) < size:
        raise IncompleteRequestError(body)
    return body, body


def _read_chunks(reader):
    raw, pieces, size = bytearray(), [], None
    while size != 0:
        line = reader.readline()
        if not line.endswith(b"\n"):
            raise IncompleteRequestError(bytes(raw + line))
        size = int(line, 16)
        piece = reader.read(size + 2)
        raw += line + piece
        if len(piece) < size + 2:
            raise IncompleteRequestError(bytes(raw))
        pieces.append(piece[:size])
    return bytes(raw), b"".join(pieces)
