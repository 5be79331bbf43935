"""The way over urllib3's own pools: for proxies, and for what watches or replaces urllib3.

urllib3 opens, pools and reads the connections here. Added are the limits in
time, the number of connections, and what must not be logged.
"""

from __future__ import annotations

import http.client
import io
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import urllib3
import urllib3.connection
from urllib3.exceptions import HTTPError

from fc_client._clock import monotonic
from fc_client._redaction import SecretBytes, without_query
from fc_client._transport import failures, http1
from fc_client._transport.canonical import CanonicalFile, CanonicalReply
from fc_client._transport.leases import Lease, ThreadPool
from fc_client._transport.local_names import FindsLocalNames
from fc_client._transport.read_timer import PROGRESS_BYTES, ReadTimer
from fc_client._transport.urllib3_failures import failure_of
from fc_client.timeouts import Limits

_log = logging.getLogger("urllib3.connectionpool")
# Where urllib3 logs URLs; which one depends on its version.
_loggers = (_log, logging.getLogger("urllib3.connection"))

# What urllib3 raises where no reply came, or not all of it. The builtin ones are
# for lengths that are too large and for other damage of a body.
_FAILURES = (HTTPError, OSError, ValueError, MemoryError, OverflowError, http1.ProtocolError)

# urllib3 1.26 does not ask a connection whether another request may go out on it.
_IS_ASKED = hasattr(urllib3.connection.HTTPConnection, "is_connected")

# Threads cannot wait for much longer.
_FOREVER_SECONDS = 1e6

# The call that this thread makes just now.
_calling = threading.local()


def is_logged() -> bool:
    """Return whether urllib3 logs its requests, which is expected of every call then."""
    return _log.isEnabledFor(logging.DEBUG)


class OneTry(urllib3.Retry):
    """Makes one try; names the target of a failure without its query."""

    def increment(self, method: Any = None, url: Any = None, *args: Any, **options: Any) -> Any:
        """Refuse another try."""
        return super().increment(method, without_query(url), *args, **options)


class _QueryFilter(logging.Filter):
    """Removes the queries of this library's calls: that of a pre-signed URL is a secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(_calling, "watchdog", None) is not None and isinstance(record.args, tuple):
            record.args = tuple(
                without_query(value) if isinstance(value, str) else value for value in record.args
            )
        return True


_query_filter = _QueryFilter()


class _Watched(FindsLocalNames):
    """A connection of urllib3 that can be closed from outside and is not used after long idling."""

    sock: Any
    max_idle = 0.0
    _last_used = 0.0
    _reply: CanonicalReply | None = None
    response_class: Any

    def connect(self) -> None:
        _calling.watchdog.connections.append(self)
        super().connect()
        self._reply, self._last_used = None, monotonic()

    def request(self, *args: Any, **options: Any) -> None:
        _calling.watchdog.connections.append(self)
        if not (_IS_ASKED or self.sock is None or self._is_usable()):
            self.close()  # type: ignore[attr-defined]
            self.connect()
        super().request(*args, **options)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        # http.client prints it if its debuglevel says so.
        super().send(SecretBytes(data) if isinstance(data, bytes) else data)  # type: ignore[misc]

    def getresponse(self, *args: Any, **options: Any) -> Any:
        _calling.watchdog.expect_reply()
        # http.client lets go of it if the reply ends with the connection.
        _calling.watchdog.sockets.append(self.sock)
        # Not for the reply of a proxy to CONNECT, after which TLS begins.
        if self.response_class is http.client.HTTPResponse:
            self.response_class = self._response
        response = super().getresponse(*args, **options)  # type: ignore[misc]
        self._last_used = monotonic()
        return response

    def _response(self, sock: Any, *args: Any, **options: Any) -> http.client.HTTPResponse:
        response = http.client.HTTPResponse(sock, *args, **options)
        # Fakes have files of their own, and need not be strict.
        if isinstance(response.fp, io.BufferedReader):
            self._reply = CanonicalReply(options.get("method") or "")
            response.fp = io.BufferedReader(CanonicalFile(response.fp, self._reply))
        return response

    @property
    def is_connected(self) -> bool:
        return self._is_usable() and super().is_connected  # type: ignore[misc]

    def _is_usable(self) -> bool:
        if self._reply is not None and not self._reply.reusable:
            return False
        return monotonic() - self._last_used <= self.max_idle


def watched(pool_class: type[Any], max_idle: float) -> type[Any]:
    """Return a class of pools like *pool_class* whose connections obey the limits in time.

    Args:
        pool_class: A class of urllib3's pools, also that of a SOCKS proxy.
        max_idle: Seconds after which an idle connection is not used again.
    """
    connection_class = pool_class.ConnectionCls
    if not issubclass(connection_class, urllib3.connection.HTTPConnection):
        # A recorder's or a fake's.
        return pool_class
    # Messages of urllib3 show the names.
    connection = type(
        connection_class.__name__, (_Watched, connection_class), {"max_idle": max_idle}
    )
    return type(pool_class.__name__, (pool_class,), {"ConnectionCls": connection})


class Permit:
    """Stands for one connection of urllib3's: urllib3 itself cannot wait for a limited time."""

    def is_usable(self) -> bool:
        """Return True."""
        return True

    def close(self) -> None:
        """Do nothing."""


def send(
    pool: Any, permits: ThreadPool[Permit], limits: Limits, *, streamed: bool, **options: Any
) -> Any:
    """Send a request through a pool of urllib3 and return its response.

    Args:
        pool: The pool.
        permits: How many requests may be under way.
        limits: The limits in time.
        streamed: Leave the body to be read by the caller.
        options: As for the pool's ``urlopen``.

    Raises:
        TransportError: no response, or not all of it.
        ValueError: a header has a character that HTTP does not allow.
    """
    http1.serialize_request(options["method"], options["url"], options["headers"])
    for logger in _loggers:
        logger.addFilter(_query_filter)
    reply = Reply(Lease(permits), Watchdog(limits))
    try:
        _acquire(permits, reply.lease, limits)
        reply.open(pool, {**options, "timeout": _timeout(limits)})
        return reply if streamed else _read_whole(reply, options["method"], limits.max_bytes)
    except BaseException:
        reply.close()
        raise


def _acquire(permits: ThreadPool[Permit], lease: Lease[Permit], limits: Limits) -> None:
    try:
        permits.acquire(lease, limits.left(limits.read))
    except TimeoutError as exc:
        raise failures.waiting(exc) from exc


def _timeout(limits: Limits) -> urllib3.Timeout:
    try:
        return urllib3.Timeout(connect=limits.left(limits.connect), read=limits.left(limits.read))
    except TimeoutError as exc:
        raise failures.waiting(exc) from exc


class Watchdog:
    """Shuts the connections of a call down once it has waited too long for the peer.

    urllib3's own timeout starts again with each byte.

    Attributes:
        connections: Those that the call uses.
        sockets: The sockets that replies are read from.
        timer: Tells how long to wait for the peer.
        has_ended_call: Whether it shut them down.
    """

    def __init__(self, limits: Limits) -> None:
        self.connections: list[Any] = []
        self.sockets: list[Any] = []
        self.has_ended_call = False
        self._limits = limits
        # As long as the request is sent, only the deadline counts.
        self.timer = ReadTimer(limits._replace(read=_FOREVER_SECONDS))
        self._changed = threading.Event()
        self._stopped = False

    def start(self) -> None:
        """Watch from now on, in a thread of its own."""
        threading.Thread(target=self._watch, name="aliyun-fc-client-watchdog", daemon=True).start()

    def expect_reply(self) -> None:
        """Take note that the request has been sent."""
        # urllib3 watches for silence.
        self.timer = ReadTimer(self._limits, sees_all=False)
        self._changed.set()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped = True
        self._changed.set()

    def _watch(self) -> None:
        while not self._stopped:
            try:
                seconds = self.timer.seconds()
            except TimeoutError:
                self._end_call()
                return
            self._changed.wait(seconds)
            self._changed.clear()

    def _end_call(self) -> None:
        self.has_ended_call = True
        sockets = [connection.sock for connection in self.connections]
        for each in {*sockets, *self.sockets}:
            # AttributeError: a connection that is not open, or of a fake.
            with suppress(OSError, AttributeError):
                each.shutdown(socket.SHUT_RDWR)


class Reply:
    """A reply of urllib3 that is read in time, as requests expects it.

    Attributes:
        lease: The permit for the call.
    """

    version = 11
    status = 0
    reason = ""
    headers: Any = None

    def __init__(self, lease: Lease[Permit], watchdog: Watchdog) -> None:
        self.lease = lease
        self._watchdog = watchdog
        self._response: Any = None

    def open(self, pool: Any, options: dict[str, Any]) -> None:
        """Send the request and wait for the head of the reply."""
        self._watchdog.start()
        response = self._response = self._in_time(lambda: pool.urlopen(**options))
        self._watchdog.timer.progress(head=True)
        self.status, self.reason, self.headers = response.status, response.reason, response.headers
        if 100 <= self.status < 200:
            # What it announces would pass for the next reply.
            response.close()

    def stream(self, amt: int = 0, decode_content: bool = False) -> Iterator[bytes]:  # noqa: ARG002
        """Yield the body, in pieces that a slow peer can send in time."""
        pieces = self._response.stream(PROGRESS_BYTES, decode_content=False)
        while piece := self._in_time(lambda: next(pieces, b"")):
            self._watchdog.timer.progress(len(piece))
            yield piece
        self._finish()

    def read(self, amt: int = 0, decode_content: bool = False) -> bytes:  # noqa: ARG002
        """Return the rest of the body."""
        return b"".join(self.stream())

    def _in_time(self, step: Callable[[], Any]) -> Any:
        self._watchdog.timer.go_on()
        _calling.watchdog = self._watchdog
        try:
            result = step()
        except _FAILURES as exc:
            raise failure_of(TimeoutError() if self._watchdog.has_ended_call else exc) from exc
        finally:
            _calling.watchdog = None
            self._watchdog.timer.pause()
        if self._watchdog.has_ended_call:
            # http.client takes the end of the connection for the end of a head.
            raise failure_of(TimeoutError())
        return result

    def _finish(self) -> None:
        self._watchdog.stop()
        self.lease.release()

    def close(self) -> None:
        """Stop reading; a connection with the rest of a body on it cannot be used again."""
        self._finish()
        if self._response is not None:
            self._response.close()

    release_conn = close


def _read_whole(reply: Reply, method: str, max_bytes: int | None) -> Any:
    return urllib3.HTTPResponse(
        body=io.BytesIO(_body_of(reply, max_bytes)),
        # Recorders have headers of a class of their own. A list may have a name twice.
        headers=list(reply.headers.items()),  # type: ignore[arg-type]
        status=reply.status,
        reason=reply.reason,
        preload_content=False,
        decode_content=False,
        request_method=method,
    )


def _body_of(reply: Reply, max_bytes: int | None) -> bytes:
    """Return the body of a reply.

    Raises:
        ResponseError: it is larger than *max_bytes*, or than an error may be.
    """
    length = reply.headers.get("Content-Length", "")
    is_number = length.isascii() and length.isdigit() and len(length) <= http1.MAX_LENGTH_DIGITS
    parts = []
    try:
        limit = http1.BodyLimit(reply.status, max_bytes, int(length) if is_number else None)
        for part in reply.stream():
            limit.count(len(part))
            parts.append(part)
    except http1.TooLargeError as exc:
        raise failures.receiving(exc) from None
    return b"".join(parts)
