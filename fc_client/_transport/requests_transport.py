"""Sends the attempts of Client: through requests, if anything there may watch or replace calls.

Below requests there are two ways, chosen for each call at the one place that
requests documents for it, ``HTTPAdapter.get_connection_with_tls_context``: the
direct way over connections of this library, or urllib3's own pools, for
proxies and for whatever watches or replaces urllib3 and http.client. As long
as nothing has replaced a part of requests, the direct way leaves out requests
itself, which would cost as much as all the rest of a call.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

import requests
from urllib3.exceptions import HTTPError

from fc_client._messages import Attempt, Headers, Response, Stream, origin_of, target_of
from fc_client._transport.connections import OriginPool
from fc_client._transport.failures import Carried, is_from_elsewhere, receiving
from fc_client._transport.http1 import BodyLimit, TooLargeError
from fc_client._transport.options import (
    HTTP_SCHEMES,
    MAX_IDLE_SECONDS,
    SOCKS_SCHEMES,
    Verify,
    ca_bundle,
    checked_pool_size,
    checked_proxies,
    environment_proxies,
)
from fc_client._transport.requests_session import (
    LIBRARIES,
    REQUESTS,
    Adapter,
    Prepared,
    SentHeaders,
    Session,
)
from fc_client._transport.urllib3_failures import failure_of
from fc_client.exceptions import TransportError
from fc_client.timeouts import Limits

Chunks = Iterator[bytes]

_CHUNK_BYTES = 256 * 1024

# The schemes of proxies that work.
_PROXY_SCHEMES = (*HTTP_SCHEMES, *SOCKS_SCHEMES)


class Transport:
    """A pool of connections, safe to share between threads.

    Args:
        pool_size: How many connections there are for an origin; more threads wait for one.
        verify: False, or the path of a CA bundle; True takes the bundle that
            the environment names, else certifi's.
        proxies: URLs by scheme; None takes the environment's.
        max_idle: Seconds after which an idle connection is not used again.

    Raises:
        TypeError: an argument has a wrong type.
        ValueError: *pool_size* is less than 1.
        ConfigurationError: there is no CA bundle where one was named.
    """

    def __init__(
        self,
        *,
        pool_size: int = 10,
        verify: Verify = True,
        proxies: Mapping[str, str] | None = None,
        max_idle: float = MAX_IDLE_SECONDS,
    ) -> None:
        self._pool_size = checked_pool_size(pool_size)
        self._max_idle = max_idle
        self._verify = ca_bundle(verify)
        self._proxies = checked_proxies(proxies, _PROXY_SCHEMES)
        self._environment_proxies: dict[str, dict[str, str]] = {}
        self._open()

    def _open(self) -> None:
        self._session = Session()
        self._adapter = Adapter(self._pool_size, self._max_idle, self._verify)
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)
        self._process = os.getpid()
        self._state = LIBRARIES.state()

    def send(self, attempt: Attempt, limits: Limits) -> Response:
        """Send one attempt and return the reply, read to its end.

        Raises:
            RequestTimeoutError: no connection or no reply in time.
            TransportError: no reply for another reason.
        """
        try:
            self._open_again_if_needed()
            pool = self._adapter.direct_pool(attempt.url, self._proxies_of(attempt.url))
            if pool is not None and REQUESTS.is_unpatched():
                return _exchange(pool, attempt, limits)
            reply = self._reply(attempt, limits, streamed=False)
            return _read_whole(reply, limits.max_bytes)
        except _EXPECTED as exc:
            failure = _failure(attempt, exc)
        try:
            raise failure
        finally:
            # A failure that its own traceback refers to would stay, and files open.
            del failure

    @contextmanager
    def stream(self, attempt: Attempt, limits: Limits) -> Iterator[tuple[Response, Chunks]]:
        """Send one attempt and give the reply, with its body as chunks.

        The reply's own body is empty unless it is an error's.

        Raises:
            RequestTimeoutError: no connection or no reply in time.
            TransportError: no reply for another reason.
        """
        try:
            self._open_again_if_needed()
            reply = self._reply(attempt, limits, streamed=True)
        except _EXPECTED as exc:
            raise _failure(attempt, exc) from exc.__cause__
        with reply:
            chunks = _chunks(attempt, reply)
            head = Response(reply.status_code, _headers(reply))
            yield head if reply.ok else _read_whole(reply, None), chunks

    def _open_again_if_needed(self) -> None:
        if self._process != os.getpid() or self._state is not LIBRARIES.state():
            # The child of a fork must not share its parent's connections, and
            # what replaces classes of the libraries must see all of a call.
            self._open()

    def _reply(self, attempt: Attempt, limits: Limits, *, streamed: bool) -> requests.Response:
        return self._session.send(
            _prepared(attempt, limits, streamed),
            timeout=(limits.connect, limits.read),
            verify=self._verify,
            proxies=self._proxies_of(attempt.url),
            # The body is read by this class, whole or in chunks.
            stream=True,
        )

    def _proxies_of(self, url: str) -> dict[str, str]:
        if self._proxies is not None:
            return self._proxies
        origin = origin_of(url)
        if origin not in self._environment_proxies:
            self._environment_proxies[origin] = environment_proxies(origin, _PROXY_SCHEMES)
        return self._environment_proxies[origin]

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()


# What requests and urllib3 raise where no reply came, or not all of it. The
# others are for lengths that are too large and for other damage of a body.
_EXPECTED = (
    TransportError,
    Carried,
    requests.RequestException,
    HTTPError,
    MemoryError,
    OverflowError,
)


def _failure(attempt: Attempt, exc: Exception) -> BaseException:
    """Return what the caller of an attempt gets for an exception."""
    if isinstance(exc, Carried):
        return exc.exception
    inner = exc.args[0] if exc.args else None
    if isinstance(inner, TimeoutError) and is_from_elsewhere(inner):
        # Raised by a signal handler while requests was at work.
        return inner
    error = exc if isinstance(exc, TransportError) else failure_of(exc)
    error.operation = attempt.operation
    # The frames of HTTP libraries hold whole requests.
    return error.with_traceback(None)


def _exchange(pool: OriginPool, attempt: Attempt, limits: Limits) -> Response:
    """Send an attempt without requests."""
    reply = pool.exchange(
        attempt.method,
        target_of(attempt.url),
        attempt.headers,
        _body_of(attempt),
        limits,
        streamed=False,
    )
    return Response(reply.status, reply.headers, reply.read())


def _body_of(attempt: Attempt) -> bytes | Chunks:
    body = attempt.body
    # Client's streams are not asynchronous.
    return _carried(body.open()) if isinstance(body, Stream) else body  # type: ignore[arg-type]


def _prepared(attempt: Attempt, limits: Limits, streamed: bool) -> Prepared:
    # All is encoded and signed: what prepare() would do again is left out.
    prepared = Prepared()
    prepared.limits, prepared.streamed = limits, streamed
    prepared.method = attempt.method
    prepared.url = attempt.url
    prepared.headers = SentHeaders(attempt.headers)  # type: ignore[assignment]
    # An iterator is sent as it is read, which requests' types do not know.
    prepared.body = _body_of(attempt) or None  # type: ignore[assignment]
    prepared.hooks = {"response": []}
    return prepared


def _carried(chunks: Chunks) -> Chunks:
    """Yield *chunks*; mark what they raise, which may look like a failed connection."""
    try:
        yield from chunks
    except Exception as exc:
        raise Carried(exc) from exc


def _headers(reply: requests.Response) -> Headers:
    headers = reply.headers
    if isinstance(headers, Headers):
        return headers
    # Those of requests join values of the same name, which cookies cannot be.
    received = getattr(reply.raw, "headers", None) or headers
    return Headers(received.items())


def _read_whole(reply: requests.Response, max_bytes: int | None) -> Response:
    headers = _headers(reply)
    limit = BodyLimit(reply.status_code, max_bytes)
    parts = []
    try:
        for part in _parts(reply):
            limit.count(len(part))
            parts.append(part)
    except TooLargeError as exc:
        reply.close()
        raise receiving(exc) from None
    return Response(reply.status_code, headers, b"".join(parts))


def _parts(reply: requests.Response) -> Chunks:
    """Return the body as it comes: requests would decode it, whatever size that makes it."""
    if _headers(reply).content_coding:
        return cast("Chunks", reply.raw.stream(_CHUNK_BYTES, decode_content=False))
    return reply.iter_content(_CHUNK_BYTES)


def _chunks(attempt: Attempt, reply: requests.Response) -> Chunks:
    try:
        yield from _parts(reply)
    except _EXPECTED as exc:
        raise _failure(attempt, exc) from exc.__cause__
