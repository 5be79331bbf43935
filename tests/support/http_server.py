"""A real HTTP server whose replies are scripts.

A *reply* is what the server does about one request:

- a function of the :class:`Exchange`, which sends an ordinary reply (``exchange.send(200, b"x")``),
  raw bytes (``exchange.wfile.write``), waits, hangs up, or does nothing;
- bytes, which are sent as they are, and then the connection ends.

``serving(*replies)`` gives one reply after the other, and repeats the last one. For full control of
a connection, ``serving_connections(script)`` calls *script* once per connection, before anything is
read; it reads with ``receive_head`` and ``receive`` or from ``rfile``.
"""

import contextlib
import selectors
import socket
import socketserver
import struct
import sys
import threading
import time
from collections.abc import Callable

from support.http_messages import (
    REQUEST_LINE,
    WITHOUT_BODY,
    IncompleteRequestError,
    RawRequest,
    Request,
    headers_of,
    read_body,
    read_head,
    reply_of,
)

# Nothing here takes this long; a thread that hangs ends with it.
LONGEST_SECONDS = 60
# How long the rest of a request is read before a connection ends. Most clients hang up at once.
_DRAIN_SECONDS = 10

SERVICE = b'{"serviceName": "s"}'


class Exchange(socketserver.StreamRequestHandler):
    """One connection, and the request that is to be answered on it.

    ``rfile``, ``wfile`` and ``connection`` are those of :mod:`socketserver`. ``body`` is that of
    the last request, decoded. The connection ends after a reply that sets ``close_connection``.
    """

    timeout = LONGEST_SECONDS
    disable_nagle_algorithm = True
    head = b""
    body = b""

    def setup(self):
        self.number = self.server.opened()
        self.request.settimeout(self.timeout)
        if self.server.tls is not None:
            self.request = self.server.encrypted(self.request)
        super().setup()
        self.close_connection = False
        self.server.keep(self.connection)

    def handle(self):
        if self.server.tls is not None:
            self.connection.do_handshake()
        self.server.script(self)

    def finish(self):
        self.server.forget(self.connection)
        super().finish()
        if self.server.tls is not None:
            # The server closes the socket that it accepted, which TLS has taken over.
            self.connection.close()

    @property
    def method(self):
        return self.head.partition(b" ")[0].decode("latin-1")

    @property
    def path(self):
        line = self.head.partition(b"\r\n")[0].decode("latin-1")
        return line.partition(" ")[2].rpartition(" ")[0]

    @property
    def headers(self):
        return headers_of(self.head)

    def receive_head(self):
        """Read a request up to its body, and return these bytes."""
        self.head = b""
        try:
            self.head = read_head(self.rfile, REQUEST_LINE)
        except IncompleteRequestError as error:
            self.head = error.received
            if self.head:
                self._record(b"", whole=False)
            if self.head.endswith(b"\n"):
                # TLS where plain text is spoken, for one.
                self.send(400)
            raise
        return self.head

    def _record(self, body, *, whole):
        head = self.head.rstrip(b"\r\n")
        self.server.raw_requests.append(RawRequest(head, body, whole, self.number))

    def receive(self):
        """Read a whole request, record it, and return its bytes."""
        head = self.receive_head()
        try:
            raw, body = read_body(self.rfile, head)
        except IncompleteRequestError as error:
            self._record(error.received, whole=False)
            raise
        self._record(raw, whole=True)
        headers, self.body = self.headers, body
        self.server.requests.append(Request(self.method, self.path, headers, body))
        if headers["Connection"] == "close":
            self.close_connection = True
        return head + raw

    def send(self, status, body=b"", **headers):
        """Send an ordinary reply at once; ``_`` in the name of a header is ``-``."""
        length = {} if status in WITHOUT_BODY else {"Content_Length": str(len(body))}
        self.wfile.write(reply_of(status, body, {**length, **headers}))
        if headers.get("Connection") == "close":
            self.close_connection = True

    def wait(self, seconds=LONGEST_SECONDS):
        """Do nothing for so long, or until the server ends; return whether it ends."""
        return self.server.stopping.wait(seconds)

    def drip(self, data, pause):
        """Send *data* byte by byte, with a pause of so many seconds before each."""
        for number in range(len(data)):
            if self.wait(pause):
                return
            self.wfile.write(data[number : number + 1])

    def hang_up(self):
        """End the connection with FIN, in both directions."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def reset(self):
        """End the connection with RST."""
        self.close_connection = True
        reset(self.connection)

    def finish_sending(self):
        """End what is sent, with FIN, and read what comes: bytes left unread would reset it."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(_DRAIN_SECONDS)
        deadline = time.monotonic() + _DRAIN_SECONDS
        while self.connection.recv(65536) and time.monotonic() < deadline:
            pass


Reply = Callable[[Exchange], object] | bytes


class Server(socketserver.ThreadingTCPServer):
    """A server in threads of this process; a context manager.

    Attributes:
        url: Where it listens.
        replies: The replies to come; the last one is repeated.
        requests: What came in full.
        raw_requests: All that came, as it came.
        connections: How many have been opened.
        stopping: Is set when the server ends, or by a test that has replies end their waits.
    """

    request_queue_size = 128
    exchange_class = Exchange
    # What handle_request waits for has come.
    timeout = 0

    def __init__(self, script, *, tls=None, listening=True):
        super().__init__(("127.0.0.1", 0), self.exchange_class, bind_and_activate=False)
        self.server_bind()
        if listening:
            self.server_activate()
        self.script = script
        self.tls = tls
        self.replies = []
        self.requests = []
        self.raw_requests = []
        self.connections = 0
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self._open = set()
        self._is_ended = False
        self._errors = []
        self._thread = threading.Thread(target=self._accept)
        # Wakes the thread that accepts, for the end.
        self._end, self._waker = socket.socketpair()
        self._listening = listening
        self.server_port = self.server_address[1]
        host = "127.0.0.1" if tls is None else "localhost"
        self.url = f"http{'s' if tls else ''}://{host}:{self.server_port}"

    def __enter__(self):
        if self._listening:
            self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self.stopping.set()
        self._waker.close()
        if self._listening:
            self._thread.join()
        self._end.close()
        with self.lock:
            self._is_ended = True
            for connection in self._open:
                _shut_down(connection)
        # Waits for the threads of the connections: nothing happens after the end.
        self.server_close()
        if self._errors and kind is None:
            raise self._errors[0]

    def _accept(self):
        """Accept connections until the end, and those that were opened before it."""
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            selector.register(self._end, selectors.EVENT_READ)
            while [key.fileobj for key, _ in selector.select()] != [self._end]:
                self.handle_request()

    @property
    def paths(self):
        """The paths of the requests, with their queries."""
        return [request.path for request in self.requests]

    def next_reply(self):
        with self.lock:
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def opened(self):
        """Count a connection, and return its number."""
        with self.lock:
            self.connections += 1
            return self.connections

    def encrypted(self, connection):
        """Return a connection that speaks TLS, once its handshake is done."""
        return self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)

    def keep(self, connection):
        """Remember a connection, to end it with the server."""
        with self.lock:
            self._open.add(connection)
            if self._is_ended:
                _shut_down(connection)

    def forget(self, connection):
        with self.lock:
            self._open.discard(connection)

    def handle_error(self, request, client_address):  # noqa: ARG002 - the base's parameters
        """Keep what a script raised, for the test to fail; clients may hang up at any time."""
        error = sys.exc_info()[1]
        if not isinstance(error, (OSError, IncompleteRequestError)):
            self._errors.append(error)


def answer_requests(exchange):
    """Answer the requests of a connection with the replies of its server."""
    while not exchange.close_connection:
        exchange.receive()
        reply = exchange.server.next_reply()
        if isinstance(reply, bytes):
            exchange.wfile.write(reply)
            exchange.finish_sending()
        else:
            reply(exchange)


def serving(*replies, tls=None):
    """Return a server that gives one reply after the other, the last one for ever."""
    server = Server(answer_requests, tls=tls)
    server.replies[:] = replies
    return server


def serving_connections(script, *, tls=None):
    """Return a server that leaves each connection to *script*."""
    return Server(script, tls=tls)


def reset(connection):
    """End a connection with RST."""
    # Lingering for no time makes close() send RST in place of FIN.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _shut_down(connection):
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


# Bound and not listening: these keep their ports from other programs until the tests end.
_silent_sockets = []


def free_port():
    """Return a port of this machine that nothing listens on, nor will."""
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    _silent_sockets.append(silent)
    return silent.getsockname()[1]


def service(exchange):
    """Reply with the service ``s``."""
    exchange.send(200, SERVICE)


def done(exchange):
    """Reply with success and an empty body."""
    exchange.send(200)


def busy(exchange):
    """Reply that nothing was done, for lack of resources."""
    exchange.send(503)


def hang_up(exchange):
    """End the connection without a reply."""
    exchange.hang_up()


def refuse(exchange):
    """Reply that access is denied."""
    exchange.send(403, b'{"ErrorCode": "AccessDenied", "ErrorMessage": "no"}')


def replying(status, body=b"", **headers):
    """Return a reply with these."""
    return lambda exchange: exchange.send(status, body, **headers)
