"""A server that keeps the bytes it gets and answers with the bytes it is given."""

import re
import socket
import threading
from dataclasses import dataclass, field

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"

# A service of this name is there, on a connection that stays open for one request more.
OPENING = "opening"
_OPENED = b'HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n{"serviceName": "opening"}  '


@dataclass
class Recorded:
    """One request as it came; it is whole if all came that its head had told."""

    head: bytes
    body: bytes
    whole: bool

    @property
    def line(self) -> str:
        return self.head.split(b"\r\n")[0].decode("ascii")

    @property
    def headers(self) -> list[tuple[str, str]]:
        lines = [line.decode("ascii").partition(": ") for line in self.head.split(b"\r\n")[1:]]
        return [(name, value) for name, _, value in lines]


@dataclass
class Wire:
    """Answers each connection's one request, not counting what opens it; a context manager."""

    replies: list[bytes] = field(default_factory=list)
    requests: list[Recorded] = field(default_factory=list)

    def __enter__(self) -> "Wire":
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._sock.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # On Linux close() alone leaves accept() waiting.
        self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        self._thread.join()

    def expect(self, *replies: bytes) -> None:
        """Forget what came, and answer with these from now on; then with an empty object."""
        self.requests.clear()
        self.replies[:] = replies

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._sock.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    self._answer(connection)
                except OSError:
                    # The client may have gone: it refused what it was to send.
                    continue

    def _answer(self, connection: socket.socket) -> None:
        received, whole = _received(connection)
        if b"/services/opening " in received:
            connection.sendall(_OPENED)
            received, whole = _received(connection)
        if not received:
            # A connection alone is no request.
            return
        head, _, body = received.partition(b"\r\n\r\n")
        self.requests.append(Recorded(head, body, whole))
        connection.sendall(self.replies.pop(0) if self.replies else _OK)
        # So that nothing unread resets the connection before the reply is read.
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(0.2)
        while connection.recv(65536):
            pass


def _received(connection: socket.socket) -> tuple[bytes, bool]:
    """Return one request as it came, and whether that was all of it."""
    received = b""
    while not (whole := _is_whole(received)) and (chunk := connection.recv(65536)):
        received += chunk
    return received, whole


def _is_whole(received: bytes) -> bool:
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return False
    if re.search(rb"(?i)\r\ntransfer-encoding: chunked", head):
        return body.endswith(b"0\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: ([0-9]+)", head)
    return len(body) >= (int(length[1]) if length else 0)
