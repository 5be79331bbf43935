"""Sends requests to the program of a custom runtime, and reads its responses."""
# ruff: noqa: INP001 - loaded by bootstrap.py, not part of a package

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import Any, NamedTuple

__all__ = ["BadResponse", "Frames", "Reply", "Server", "exchange"]

_CONNECT_SECONDS = 1.0
_PART_SIZE = 256 * 1024
# A response of this size is sent as a whole.
_SMALL_RESPONSE = 1024 * 1024
# The server's limit for the header of a frame is 64 KB.
_MAX_HEADERS = 48 * 1024
_FIRST_FINAL_STATUS = 200
_FIRST_ERROR_STATUS = 400
_SWITCHING_PROTOCOLS = 101
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

Frame = Any  # the header and the body


class BadResponse(Exception):  # noqa: N818 - the name of the service's error code
    """The program has sent what is not an HTTP response."""


class Reply(NamedTuple):
    """A response that has been read; headers by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes


class Frames:
    """The requests of the channel, of which a thread may read ahead."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self._sender: threading.Thread | None = None
        self._next: Frame = None

    def receive(self) -> Frame:
        """Wait for the next frame."""
        if self._sender is not None:
            # It reads the channel until a frame comes that is not for it.
            self._sender.join()
            self._sender = None
        frame, self._next = self._next, None
        return frame or self.channel.receive()

    def send_body(self, sock: socket.socket, request: dict[str, Any], body: bytes) -> None:
        """Send the body of a request while the response may already come."""
        target = self._send_body
        self._sender = threading.Thread(target=target, args=(sock, request, body), daemon=True)
        self._sender.start()

    def _send_body(self, sock: socket.socket, request: dict[str, Any], body: bytes) -> None:
        is_chunked = "content-length" not in request["http"]["headers"]
        # The program has ended or does not read: then its response counts.
        with suppress(OSError):
            more = request["more"]
            _send_part(sock, body, is_chunked=is_chunked)
            while more:
                header, body = frame = self.channel.receive()
                if header["kind"] != "chunk":
                    self._next = frame
                    return
                if header["id"] != request["id"]:
                    continue
                if header["broken"]:
                    # Without its end the program sees that the body is not complete.
                    sock.shutdown(socket.SHUT_WR)
                    return
                more = header["more"]
                _send_part(sock, body, is_chunked=is_chunked)
            if is_chunked:
                sock.sendall(b"0\r\n\r\n")


def _send_part(sock: socket.socket, data: bytes, *, is_chunked: bool) -> None:
    if not data:
        return
    if is_chunked:
        sock.sendall(b"%x\r\n" % len(data))
    sock.sendall(data)
    if is_chunked:
        sock.sendall(b"\r\n")


class Server:
    """The HTTP server of the program.

    Args:
        port: The port that it was told to listen on.
    """

    def __init__(self, port: int) -> None:
        self._port = port

    def listens(self) -> bool:
        """Return whether it accepts connections."""
        try:
            self.connect().close()
        except OSError:
            return False
        return True

    def connect(self) -> socket.socket:
        """Return a new connection; a name finds servers for IPv4 and for IPv6."""
        sock = socket.create_connection(("localhost", self._port), _CONNECT_SECONDS)
        sock.settimeout(None)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def call(
        self, method: str, path: str, headers: dict[str, str], body: bytes, limit: int
    ) -> Reply:
        """Send a request and return the whole response, of at most *limit* bytes."""
        headers = {"host": f"localhost:{self._port}", "content-length": str(len(body)), **headers}
        with self.connect() as sock:
            sock.sendall(_head(method, path, headers) + body)
            with _response(sock, method) as response:
                data = _read(response, limit + 1)
                if len(data) > limit:
                    raise BadResponse(f"it has more than {limit} bytes")
                found = {name.lower(): value for name, value in response.getheaders()}
                return Reply(response.status, found, data)

    def check_health(self, path: str, seconds: float) -> str:
        """Return what is wrong with the answer to GET *path*, which must come in time; "" if OK."""
        headers = {"host": f"localhost:{self._port}", "connection": "close"}
        try:
            with self.connect() as sock:
                sock.settimeout(seconds)
                sock.sendall(_head("GET", path, headers))
                with _response(sock, "GET") as response:
                    status = response.status
        except (OSError, BadResponse) as exc:
            return str(exc)
        return "" if status < _FIRST_ERROR_STATUS else f"status {status}"


def exchange(
    server: Server, frames: Frames, request: dict[str, Any], body: bytes, own: dict[str, str]
) -> tuple[dict[str, Any], bytes]:
    """Pass on a request of a client and the response to it, as streams.

    Args:
        server: The server of the program.
        frames: The frames of the channel, with the rest of the body.
        request: The header of the request's frame.
        body: The body so far.
        own: Headers of the service, in addition to those of the client.

    Returns:
        The fields of the reply, and the rest of the response.
    """
    http = request["http"]
    headers = {**http["headers"], **own, "connection": "close"}
    has_body = request["more"] or body
    if not has_body and headers.pop("transfer-encoding", None) is not None:
        # All of a chunked body came, and it was empty: the program must not wait for it.
        headers["content-length"] = "0"
    elif has_body and "content-length" not in headers:
        headers.setdefault("transfer-encoding", "chunked")
    with server.connect() as sock:
        sock.sendall(_head(http["method"], _target(http), headers))
        if has_body:
            frames.send_body(sock, request, body)
        try:
            with _response(sock, http["method"]) as response:
                return _pass_on(frames.channel, request["id"], response)
        finally:
            # Ends the thread that sends, if it waits for the program.
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _pass_on(channel: Any, number: int, response: HTTPResponse) -> tuple[dict[str, Any], bytes]:
    headers = _headers_of(response)
    fields: dict[str, Any] = {"response": {"status": response.status, "headers": headers}}
    length = response.length
    if length is not None and length <= _SMALL_RESPONSE:
        body = _read(response, length)
        if len(body) < length:
            raise BadResponse(f"it should have {length} bytes, got {len(body)}")
        return fields, body
    try:
        while data := response.read1(_PART_SIZE):
            channel.send({"id": number, "part": True, **fields}, data)
            fields = {}
    except HTTPException as exc:
        raise BadResponse(str(exc)) from exc
    return fields, b""


def _headers_of(response: HTTPResponse) -> list[tuple[str, str]]:
    # A header in several lines, which HTTP had once, becomes one line.
    headers = [(name, " ".join(value.split("\r\n"))) for name, value in response.getheaders()]
    size = sum(len(name) + len(value) for name, value in headers)
    if size > _MAX_HEADERS:
        raise BadResponse(f"its headers have more than {_MAX_HEADERS} bytes: {size}")
    for name, value in headers:
        if _FORBIDDEN.search(value) is not None:
            raise BadResponse(f"its header {name} has control characters: {value!r}")
    if response.chunked:
        # The chunks say how long the body is (RFC 9112, 6.3).
        headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
    return headers


def _target(http: dict[str, Any]) -> str:
    """Return the path that the function sees and the query, as sent."""
    return f"{http['raw_path']}?{http['query']}" if http["query"] else str(http["raw_path"])


def _head(method: str, target: str, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def _response(sock: socket.socket, method: str) -> HTTPResponse:
    response = HTTPResponse(sock, method=method)
    try:
        response.begin()
        while _SWITCHING_PROTOCOLS < response.status < _FIRST_FINAL_STATUS:
            # Early hints and the like; without this, begin() would not read on.
            response.headers = response.msg = None  # type: ignore[assignment]
            response.begin()
    except HTTPException as exc:
        response.close()
        raise BadResponse(f"{type(exc).__name__}: {exc}") from exc
    if response.status < _FIRST_FINAL_STATUS:
        response.close()
        raise BadResponse(f"its status is {response.status}")
    return response


def _read(response: HTTPResponse, limit: int) -> bytes:
    try:
        return response.read(limit)
    except HTTPException as exc:
        raise BadResponse(f"{type(exc).__name__}: {exc}") from exc
