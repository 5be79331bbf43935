"""The way over urllib3's own pools: for proxies, and for what watches or replaces urllib3.

urllib3 opens, pools and reads the connections here. Added are the limits in
time, the number of connections, and what must not be logged.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any

import requests
import urllib3
import urllib3.connection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from fc_client._redaction import SecretBytes, strip_tracebacks, without_query
from fc_client._transport import failures, http1
from fc_client._transport.leases import Lease, ThreadPool
from fc_client.exceptions import RequestTimeoutError, TransportError
from fc_client.timeouts import Limits

_log = logging.getLogger("urllib3.connectionpool")
# Where urllib3 logs URLs; which one depends on its version.
_loggers = (_log, logging.getLogger("urllib3.connection"))

# What urllib3 raises where no reply came, or not all of it. The builtin ones are
# for lengths that are too large and for other damage of a body.
_FAILURES = (HTTPError, OSError, ValueError, MemoryError, OverflowError)

# What urllib3 reports where no connection came about.
_NOT_CONNECTED = (ConnectTimeoutError, NewConnectionError)

# What this thread is calling just now.
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
        if getattr(_calling, "connections", None) is not None and isinstance(record.args, tuple):
            record.args = tuple(
                without_query(value) if isinstance(value, str) else value for value in record.args
            )
        return True


_query_filter = _QueryFilter()


class _Watched:
    """A connection of urllib3 that can be closed from outside and is not used after long idling."""

    max_idle = 0.0
    _last_used = 0.0

    def connect(self) -> None:
        _calling.connections.append(self)
        super().connect()  # type: ignore[misc]

    def request(self, *args: Any, **options: Any) -> None:
        _calling.connections.append(self)
        super().request(*args, **options)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        # http.client prints it if its debuglevel says so.
        super().send(SecretBytes(data) if isinstance(data, bytes) else data)  # type: ignore[misc]

    def getresponse(self, *args: Any, **options: Any) -> Any:
        response = super().getresponse(*args, **options)  # type: ignore[misc]
        self._last_used = time.monotonic()
        return response

    @property
    def is_connected(self) -> bool:
        fresh = time.monotonic() - self._last_used <= self.max_idle
        return fresh and super().is_connected  # type: ignore[misc]


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
    lease = Lease(permits)
    try:
        _acquire(permits, lease, limits)
        with _ending(limits) as is_over:
            try:
                response = pool.urlopen(**{**options, "timeout": _timeout(limits)})
                if 100 <= response.status < 200:
                    # What it announces would pass for the next reply.
                    response.close()
                return response if streamed else _read_whole(response, options["method"])
            except _FAILURES as exc:
                raise failure_of(TimeoutError() if is_over() else exc) from exc
    finally:
        lease.release()


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


def _read_whole(response: Any, method: str) -> Any:
    body = response.read(decode_content=False)
    return urllib3.HTTPResponse(
        body=BytesIO(body),
        headers=response.headers,
        status=response.status,
        version=response.version,
        reason=response.reason,
        preload_content=False,
        decode_content=False,
        request_method=method,
    )


@contextmanager
def _ending(limits: Limits) -> Iterator[Callable[[], bool]]:
    """Shut the connection of this thread's call down once the call has to end."""
    for logger in _loggers:
        logger.addFilter(_query_filter)
    connections = _calling.connections = []
    over = threading.Event()

    def end() -> None:
        over.set()
        for connection in connections:
            with suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = None
    if limits.deadline is not None:
        timer = threading.Timer(max(0.0, limits.deadline - time.monotonic()), end)
        timer.daemon = True
        timer.start()
    try:
        yield over.is_set
    finally:
        _calling.connections = None
        if timer is not None:
            timer.cancel()


def failure_of(exc: BaseException) -> TransportError:
    """Return this library's error for what urllib3, or requests on top of it, raised."""
    cause = _cause(exc)
    # In the middle of a body requests calls a timeout a ConnectionError.
    late = isinstance(cause, (requests.Timeout, ReadTimeoutError, ConnectTimeoutError))
    if isinstance(cause, TimeoutError):
        return failures.receiving(cause)
    kind = RequestTimeoutError if late else TransportError
    error = kind(_words(cause), request_sent=not certainly_not_sent(cause))
    error.__cause__ = strip_tracebacks(exc)
    return error


def _cause(exc: BaseException) -> BaseException:
    """Return what requests and urllib3 have wrapped into others of their exceptions."""
    inner = exc.args[0] if exc.args else None
    if isinstance(inner, MaxRetryError) or (
        isinstance(inner, (HTTPError, OSError)) and not isinstance(exc, HTTPError)
    ):
        exc = inner
    return (exc.reason or exc) if isinstance(exc, MaxRetryError) else exc


def certainly_not_sent(cause: BaseException) -> bool:
    """Return whether nothing of a request can have reached the service."""
    if isinstance(cause, ProxyError):
        # urllib3 says it as well of a proxy that hangs up after it took the request.
        cause = cause.original_error
        if str(cause).startswith("Tunnel connection failed"):
            return True
    if isinstance(cause, SSLError):
        # Other failures of TLS may come in the middle of a call.
        return bool(cause.args) and isinstance(cause.args[0], ssl.CertificateError)
    return isinstance(cause, _NOT_CONNECTED)


def _words(cause: BaseException) -> str:
    root = failures.root_of(cause)
    said = failures.words(cause)
    return said if root is cause or str(root) in said else f"{said}: {failures.words(root)}"
