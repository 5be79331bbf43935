"""Connections to one origin (scheme, host, port), and one request on one of them."""

from __future__ import annotations

import ssl
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from socket import socket
from typing import cast
from urllib.parse import urlsplit

from urllib3 import connection as urllib3_connection
from urllib3.exceptions import HTTPError
from urllib3.util import wait_for_read

from fc_client._clock import monotonic
from fc_client._messages import Headers
from fc_client._redaction import SecretBytes
from fc_client._transport import failures, http1
from fc_client._transport.leases import Lease, ThreadPool
from fc_client._transport.local_names import name_to_look_up
from fc_client._transport.read_timer import ReadTimer
from fc_client.timeouts import Limits

_RECEIVE_BYTES = 64 * 1024
_TIMEOUT_TOLERANCE = 0.02

Body = bytes | Iterable[bytes]


class Origin:
    """Where connections lead.

    Args:
        url: Scheme, host and port.
        tls: Makes what checks certificates; called for https only.

    Attributes:
        host: The name in certificates and messages.
        address: The name to look up.
        port: The port.
        tls: What checks certificates; None without TLS.
    """

    def __init__(self, url: str, tls: Callable[[], ssl.SSLContext]) -> None:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        self.host = parts.hostname or ""
        self.address = name_to_look_up(self.host)
        self.port = parts.port or (443 if secure else 80)
        self.tls = tls() if secure else None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def connect(self, seconds: float) -> socket:
        """Return a new connection, with TLS where the scheme says so.

        Raises:
            TransportError: it could not be opened.
        """
        try:
            return self._connected(seconds)
        except (HTTPError, OSError, UnicodeError) as exc:
            root = failures.root_of(exc)
            if isinstance(root, OSError) and failures.is_from_elsewhere(root):
                raise failures.Carried(root) from None
            raise failures.connecting(str(self), exc) from exc

    def _connected(self, seconds: float) -> socket:
        connection = urllib3_connection.HTTPConnection(self.address, self.port, timeout=seconds)
        connection.connect()
        opened: socket = connection.sock
        if self.tls is None:
            return opened
        secured = self.tls.wrap_socket(
            opened,
            server_hostname=_name_in_certificates(self.host),
            do_handshake_on_connect=False,
        )
        try:
            secured.do_handshake()
        except BaseException:
            secured.close()
            raise
        return secured


def _name_in_certificates(host: str) -> str:
    """Return a host without what only its address has: an IPv6 zone, the dot of the root."""
    return host.partition("%")[0].rstrip(".")


class Connection:
    """A connection that is opened when it is first used, and carries one request at a time.

    Args:
        origin: Where it leads.
        max_idle: Seconds after which it is not used again.
    """

    def __init__(self, origin: Origin, max_idle: float) -> None:
        self._origin = origin
        self._max_idle = max_idle
        self._idle_since = 0.0
        # None before it is opened and after it is closed.
        self._socket: socket | None = None

    def is_usable(self) -> bool:
        """Return whether another request may go out on it."""
        if self._socket is None or monotonic() - self._idle_since > self._max_idle:
            return False
        # Bytes that nothing asked for, or the end of the connection.
        pending = isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0
        return not (pending or wait_for_read(self._socket, timeout=0))

    def rest(self) -> None:
        """Take note that it is idle from now on."""
        self._idle_since = monotonic()

    def close(self) -> None:
        """Close it; the next use opens another."""
        opened, self._socket = self._socket, None
        if opened is not None:
            opened.close()

    def open(self, limits: Limits) -> socket:
        """Return the socket, connected."""
        if self._socket is None:
            try:
                seconds = limits.left(limits.connect)
            except TimeoutError as exc:
                raise failures.connecting(str(self._origin), exc) from exc
            self._socket = self._origin.connect(seconds)
        return self._socket


class OriginPool:
    """The connections to one origin.

    Args:
        origin: Where they lead.
        size: How many there may be; more threads wait for one.
        max_idle: Seconds after which an idle one is not used again.
    """

    def __init__(self, origin: Origin, size: int, max_idle: float) -> None:
        self._pool: ThreadPool[Connection] = ThreadPool(lambda: Connection(origin, max_idle), size)
        # A client that is dropped without close() leaves connections behind. As in urllib3,
        # this is not worth a ResourceWarning. A __del__ of each connection would swallow
        # what a signal handler raises in it.
        weakref.finalize(self, self._pool.close)

    def exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: Body,
        limits: Limits,
        *,
        streamed: bool,
    ) -> Reply:
        """Send a request and return its reply, read to the end of its head or of its body.

        Args:
            method: The HTTP method in capitals.
            target: The percent-encoded path and query.
            headers: All headers; without a Content-Length the body is sent in chunks.
            body: Bytes, or an iterable that is read while it is sent.
            limits: The limits in time.
            streamed: Leave the body to be read by the caller.

        Raises:
            RequestTimeoutError: no connection or no reply in time.
            TransportError: no reply for another reason.
            ValueError: a header has a character that HTTP does not allow.
        """
        chunked = not isinstance(body, bytes) and "Content-Length" not in headers
        if chunked:
            headers = {**headers, "Transfer-Encoding": "chunked"}
        head = http1.serialize_request(method, target, headers)
        lease = Lease(self._pool)
        try:
            self._acquire(lease, limits)
            reply = _exchange(lease, method, _pieces(head, body, chunked=chunked), limits)
            if streamed:
                reply.wait_for_caller()
            else:
                reply.read_whole()
        except BaseException:
            lease.discard()
            raise
        return reply

    def _acquire(self, lease: Lease[Connection], limits: Limits) -> None:
        try:
            self._pool.acquire(lease, limits.left(limits.read))
        except TimeoutError as exc:
            if failures.is_from_elsewhere(exc):
                raise failures.Carried(exc) from None
            raise failures.waiting(exc) from exc

    def close(self) -> None:
        """Close the idle connections now, and the others after their replies."""
        self._pool.close()


def _exchange(
    lease: Lease[Connection], method: str, pieces: Iterator[bytes], limits: Limits
) -> Reply:
    # No variable here or below keeps the connection: see Lease.
    opened = cast("Connection", lease.resource).open(limits)
    _send(opened, pieces, limits)
    reply = Reply(lease, opened, method, limits)
    reply.read_head()
    return reply


def _pieces(head: bytes, body: Body, *, chunked: bool) -> Iterator[bytes]:
    """Yield head and body in pieces that are sent one by one: small parts together."""
    if isinstance(body, bytes):
        if len(body) <= http1.MAX_COALESCED_BYTES:
            yield SecretBytes(head + body)
            return
        yield head
        for start in range(0, len(body), http1.MAX_COALESCED_BYTES):
            yield body[start : start + http1.MAX_COALESCED_BYTES]
        return
    writer = http1.RequestWriter(head, chunked=chunked)
    for data in body:
        piece = writer.add(data)
        if piece is not None:
            yield piece
    yield writer.end()


def _send(opened: socket, pieces: Iterator[bytes], limits: Limits) -> None:
    """Send the pieces, or as many as the service takes."""
    for piece in pieces:
        try:
            _set_timeout(opened, limits.left(limits.read))
            opened.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            # The service may have replied before it hung up.
            return
        except OSError as exc:
            if failures.is_from_elsewhere(exc):
                raise failures.Carried(exc) from None
            raise failures.sending(exc) from exc


def _set_timeout(opened: socket, seconds: float) -> None:
    # Setting it is a system call, so a timeout that is nearly the same stays.
    if not seconds <= (opened.gettimeout() or 0) <= seconds + _TIMEOUT_TOLERANCE:
        opened.settimeout(seconds)


class Reply:
    """A reply, as requests expects it of urllib3.

    Attributes:
        status: The HTTP status.
        reason: The reason phrase.
        headers: Found by name in any case.
    """

    version = 11
    status = 0
    reason = ""
    headers = Headers()

    def __init__(
        self, lease: Lease[Connection], opened: socket, method: str, limits: Limits
    ) -> None:
        self._lease = lease
        self._socket = opened
        self._reader = http1.ReplyReader(method, limits.max_bytes)
        self._timer = ReadTimer(limits)
        # What has been received of the body and not been read by the caller.
        self._received = b""

    def read_head(self) -> None:
        """Receive until the head is complete."""
        while (head := self._reader.head) is None:
            self._received = self._receive()
        self._timer.progress(head=True)
        self.status, self.reason, self.headers = head.status, head.reason, head.headers
        self._end_if_complete()

    def wait_for_caller(self) -> None:
        """Count no time against the service until the caller reads on."""
        self._timer.pause()

    def read_whole(self) -> None:
        """Receive until the body is complete."""
        if not self._reader.complete:
            self._received = b"".join(self.stream())

    def stream(self, amt: int = 0, decode_content: bool = False) -> Iterator[bytes]:  # noqa: ARG002
        """Yield the body as it is received, whatever the size of the pieces."""
        received, self._received = self._received, b""
        if received:
            yield received
        while not self._reader.complete:
            if received := self._receive():
                self._timer.progress(len(received))
                self.wait_for_caller()
                yield received
            self._end_if_complete()

    def read(self, amt: int = 0, decode_content: bool = False) -> bytes:  # noqa: ARG002
        """Return the rest of the body."""
        return b"".join(self.stream())

    def _receive(self) -> bytes:
        """Receive once, and return the part of the body in it."""
        self._timer.go_on()
        try:
            _set_timeout(self._socket, self._timer.seconds())
            data = self._socket.recv(_RECEIVE_BYTES)
            if data:
                self._timer.progress()
                return self._reader.feed(data)
            self._reader.feed_end()
        except (OSError, http1.ProtocolError) as exc:
            self._lease.discard()
            if failures.is_from_elsewhere(exc):
                raise failures.Carried(exc) from None
            raise failures.receiving(exc) from exc
        return b""

    def _end_if_complete(self) -> None:
        if not self._reader.complete:
            return
        if self._lease.resource is not None and self._reader.reusable:
            self._lease.resource.rest()
            self._lease.release()
        else:
            self._lease.discard()

    def close(self) -> None:
        """Stop reading; a connection with the rest of a body on it cannot be used again."""
        self._lease.discard()

    release_conn = close
