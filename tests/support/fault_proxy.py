"""A TCP proxy between a client and a server that breaks what passes through it.

A fault is a function of an :class:`Exchange`: one request of a connection, and its reply.
"""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

Address = tuple[str, int]

# Nothing here takes this long; a thread that hangs is found out by it.
_LONGEST = 60.0
_POLL = 0.05


class EndOfConnectionError(Exception):
    """The client has hung up between two requests."""


class Exchange:
    """One request of a connection and its reply, in the hands of a fault."""

    def __init__(self, proxy, client, reader, number):
        self._proxy = proxy
        self._client = client
        self._reader = reader
        self._number = number
        self.is_open = True

    def receive_head(self):
        """Read the request up to its body, and not a byte more than is needed to know it."""
        head = _head(self._reader)
        if not head:
            raise EndOfConnectionError
        return head

    def receive(self):
        """Read the request to its end."""
        head = self.receive_head()
        request = head + self._reader.read(_content_length(head))
        self._proxy.note(self._number, request)
        return request

    def ask(self, request):
        """Send a request to the server; return head and body of its reply."""
        with self._proxy.dial() as server, server.makefile("rb") as reader:
            server.sendall(request)
            head = _head(reader)
            return head, reader.read(_content_length(head))

    def begin(self, part):
        """Send the server a part of a request, and hang up on it with a reset."""
        with self._proxy.dial() as server:
            server.sendall(part)
            _reset(server)

    def reply(self, data):
        """Send bytes to the client."""
        self._client.sendall(data)

    def reset(self):
        """End the client's connection with RST."""
        self.is_open = False
        _reset(self._client)

    def finish(self):
        """End the client's connection cleanly, with FIN."""
        self.is_open = False
        self._client.shutdown(socket.SHUT_WR)

    def wait(self, seconds=_LONGEST):
        """Do nothing for so long, or until the proxy stops; return whether it stops."""
        return self._proxy.stopping.wait(seconds)


Fault = Callable[[Exchange], None]


def forward(exchange):
    """Do what a proxy should."""
    exchange.reply(b"".join(exchange.ask(exchange.receive())))


class FaultProxy:
    """Listens on this machine; a context manager.

    Args:
        upstream: Address of the server.
        fault: What happens to an exchange.
        spared: How many of them it does not happen to at first.
        times: To how many it then happens; None for all.
        tls: For clients that speak TLS, what the proxy shows them.
        listening: False refuses every connection.
    """

    def __init__(self, upstream, fault=forward, *, spared=0, times=None, tls=None, listening=True):
        self._upstream = upstream
        self._fault = fault
        self._spared = spared
        self._left = times
        self._tls = tls
        self._lock = threading.Lock()
        self._threads = []
        self._clients = []
        self.stopping = threading.Event()
        self.connections = 0
        self.struck = 0
        self.forwarded = 0
        # Number of the connection, and the request.
        self.requests: list[tuple[int, bytes]] = []
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        if listening:
            self._listener.listen(128)
            self._listener.settimeout(_POLL)
            self._run(self._accept)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for client in self._clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_LONGEST)
            assert not thread.is_alive()
        self._listener.close()

    def note(self, number, request):
        """Remember a request and the connection that it came on."""
        with self._lock:
            self.requests.append((number, request))

    def dial(self):
        """Connect to the server."""
        with self._lock:
            self.forwarded += 1
        return socket.create_connection(self._upstream, _LONGEST)

    def _run(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while not self.stopping.is_set():
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                self.connections += 1
                self._run(self._serve, client, self.connections)

    def _serve(self, client, number):
        client.settimeout(_LONGEST)
        # A client may hang up at any time, and one that distrusts us will.
        with client, suppress(OSError, EndOfConnectionError), self._encrypted(client) as plain:
            self._clients.append(plain)
            with plain.makefile("rb") as reader:
                is_open = True
                while is_open and not self.stopping.is_set():
                    exchange = Exchange(self, plain, reader, number)
                    self._next_fault()(exchange)
                    is_open = exchange.is_open

    def _encrypted(self, client):
        if self._tls is None:
            return client
        with self._lock:
            self.struck += 1
        return self._tls.wrap_socket(client, server_side=True)

    def _next_fault(self):
        with self._lock:
            if self._spared:
                self._spared -= 1
                return forward
            if self._left == 0:
                return forward
            if self._left is not None:
                self._left -= 1
            self.struck += 1
            return self._fault


def _head(reader):
    lines = []
    while not lines or lines[-1] not in (b"\r\n", b""):
        lines.append(reader.readline())
    return b"".join(lines)


def _content_length(head):
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _reset(connection):
    # Lingering for no time makes close() send RST in place of FIN.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
