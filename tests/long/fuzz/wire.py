"""A server that keeps the bytes it gets and answers with the bytes it is given."""

from support.http_messages import RawRequest
from support.http_server import Server, answer_requests

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"

# A service of this name exists, on a connection that stays open for one more request.
OPENING = "opening"
_OPENED = b'{"serviceName": "opening"}'


class Wire:
    """Answers one request of each connection, besides the one that opens it; a context manager."""

    def __init__(self) -> None:
        self._server = Server(answer_requests)
        self._server.replies[:] = [self._answer]
        self._replies: list[bytes] = []
        self.endpoint = self._server.url

    def __enter__(self) -> "Wire":
        self._server.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self._server.__exit__(*raised)

    @property
    def requests(self) -> list[RawRequest]:
        """All requests since the last ``expect``, incomplete ones too."""
        opening = f"/services/{OPENING} ".encode()
        return [request for request in self._server.raw_requests if opening not in request.head]

    def expect(self, *replies: bytes) -> None:
        """Forget what came, and answer with these from now on; then with an empty object."""
        self._server.raw_requests.clear()
        self._replies[:] = replies

    def _answer(self, exchange) -> None:
        if exchange.path.endswith(f"/services/{OPENING}"):
            exchange.send(200, _OPENED)
            return
        exchange.wfile.write(self._replies.pop(0) if self._replies else _OK)
        exchange.finish_sending()
