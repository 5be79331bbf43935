"""Calls a WSGI handler for one request of an HTTP function (PEP 3333).

The body of the request is read from the channel as the function reads it, and
what the function yields is sent at once.
"""
# ruff: noqa: INP001 - loaded by bootstrap.py, not part of a package

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

__all__ = ["serve"]

# A large part is cut, so that the server can pass it on before all of it has come.
PART_SIZE = 256 * 1024
# The server's limit for the header of a frame is 64 KB.
HEAD_LIMIT = 48 * 1024

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def serve(
    handler: Callable[..., Any],
    context: object,
    request: dict[str, Any],
    body: bytes,
    channel: Any,
    limit: int,
) -> tuple[dict[str, Any], bytes]:
    """Run the handler and return the fields of the reply, and the rest of the response.

    Args:
        handler: The WSGI application.
        context: The context of the call.
        request: The header of the request's frame.
        body: The body so far.
        channel: The channel for the rest of the body and the parts of the response.
        limit: The most bytes that a response may have that is sent as a whole.
    """
    rest: Any = io.BufferedReader(_Body(channel, request, body))
    response = _Response(channel, request["id"])
    environ = _environ(request["http"], context, rest)
    result = handler(environ, response.start)
    try:
        if isinstance(result, (list, tuple)):
            whole = b"".join(map(_checked, result))
            response.check_started()
            if len(whole) > limit:
                raise ValueError(
                    f"the response must have at most {limit} bytes, got {len(whole)}: "
                    "yield it in parts"
                )
            return response.fields(), whole
        for part in _iterated(result):
            response.write(part)
        response.check_started()
        return response.fields(), b""
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()


class _Body(io.RawIOBase):
    """The body of a request."""

    def __init__(self, channel: Any, request: dict[str, Any], body: bytes) -> None:
        self._channel = channel
        self._id = request["id"]
        self._more = request["more"]
        self._data = memoryview(body)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._data and self._more:
            self._receive()
        length = min(len(buffer), len(self._data))
        buffer[:length] = self._data[:length]
        self._data = self._data[length:]
        return length

    def _receive(self) -> None:
        header, body = self._channel.receive()
        # One that the function of an earlier request has not read.
        if header["id"] == self._id:
            self._more = header["more"]
            self._data = memoryview(body)
            if header["broken"]:
                raise ConnectionResetError("the client has disconnected before the whole body came")


class _Response:
    """Status, headers and parts of a response."""

    def __init__(self, channel: Any, number: int) -> None:
        self._channel = channel
        self._id = number
        self._head: dict[str, Any] | None = None
        self._is_sent = False

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[object], None]:
        """Set status and headers; this is the ``start_response`` of WSGI."""
        if exc_info:
            try:
                if self._is_sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self._head is not None:
            raise AssertionError("start_response was called twice without exc_info")
        code = status[:3] if isinstance(status, str) else ""
        if not (code.isascii() and code.isdigit() and code >= "200"):
            raise ValueError(
                f"the status must be text such as '200 OK', 200 to 999, got {status!r}"
            )
        self._head = {"status": int(code), "headers": _checked_headers(headers)}
        return self.write

    def write(self, data: object) -> None:
        """Send a part of the body, with the head if it is the first."""
        self.check_started()
        data = _checked(data)
        if not data:
            return
        for begin in range(0, len(data), PART_SIZE):
            header = {"id": self._id, "part": True, **self.fields()}
            self._channel.send(header, data[begin : begin + PART_SIZE])

    def check_started(self) -> None:
        """Raise RuntimeError unless status and headers are there."""
        if self._head is None:
            raise RuntimeError("the handler must call start_response(status, headers)")

    def fields(self) -> dict[str, Any]:
        """Return what the next frame has of the response: its head, once."""
        if self._is_sent:
            return {}
        self._is_sent = True
        return {"response": self._head}


def _checked_headers(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    size = 0
    for name, value in headers:
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise ValueError(f"{name!r} is not a valid name of a header")
        if not isinstance(value, str) or _FORBIDDEN.search(value) is not None:
            raise ValueError(
                f"the header {name} must be text without line breaks and other control "
                f"characters, got {value!r}"
            )
        size += len(name) + len(value)
    if size > HEAD_LIMIT:
        raise ValueError(f"the headers must have at most {HEAD_LIMIT} characters, got {size}")
    return [(name, value) for name, value in headers]


def _iterated(result: Any) -> Iterator[object]:
    if isinstance(result, (str, bytes)) or not isinstance(result, Iterable):
        raise TypeError(
            "the handler of an HTTP function must return a list of bytes, or another iterable, "
            f"got {type(result).__name__}"
        )
    return iter(result)


def _checked(part: object) -> bytes:
    if not isinstance(part, (bytes, bytearray, memoryview)):
        raise TypeError(f"the response must consist of bytes, got {type(part).__name__}")
    return bytes(part)


class _FileWrapper:
    """Yields a file in blocks (PEP 3333, ``wsgi.file_wrapper``)."""

    def __init__(self, file: Any, block_size: int = PART_SIZE) -> None:
        self._file = file
        self._block_size = block_size

    def __iter__(self) -> Iterator[bytes]:
        while True:
            data = self._file.read(self._block_size)
            if not data:
                return
            yield data

    def close(self) -> None:
        """Close the file."""
        close = getattr(self._file, "close", None)
        if close is not None:
            close()


def _environ(http: dict[str, Any], context: object, body: Any) -> dict[str, Any]:
    host, port = _host_and_port(http["headers"].get("host", ""), http["scheme"])
    environ = {
        "REQUEST_METHOD": http["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": http["path_info"],
        "QUERY_STRING": http["query"],
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": http["client_ip"],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": http["scheme"],
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": _FileWrapper,
        "fc.context": context,
        "fc.request_uri": http["target"],
    }
    for name, value in http["headers"].items():
        if "_" in name:
            # Its variable would be that of another header, which the server may have set.
            continue
        variable = name.upper().replace("-", "_")
        if variable not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            variable = f"HTTP_{variable}"
        environ[variable] = value
    return environ


def _host_and_port(header: str, scheme: str) -> tuple[str, str]:
    host, colon, port = header.rpartition(":")
    if not colon or not port.isdigit():
        host, port = header, "443" if scheme == "https" else "80"
    return host or "localhost", port
