"""Sends the attempts of Client: through requests, so that what hooks into it sees every call.

Below requests there are two ways, chosen for each call at the one place that
requests documents for it, ``HTTPAdapter.get_connection_with_tls_context``: the
direct way over connections of this library, or urllib3's own pools, for
proxies and for whatever watches or replaces urllib3 and http.client.
"""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import requests
import urllib3
import urllib3.connection
import urllib3.connectionpool
import urllib3.poolmanager
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import HTTPError

from fc_client._messages import Attempt, Headers, Response, Stream, origin_of, target_of
from fc_client._transport import urllib3_pool
from fc_client._transport.failures import Carried, is_from_elsewhere, receiving
from fc_client._transport.http1 import BodyLimit, TooLargeError
from fc_client._transport.instrumentation import Watch
from fc_client._transport.leases import ThreadPool
from fc_client._transport.options import (
    HTTP_SCHEMES,
    MAX_IDLE_SECONDS,
    SOCKS_SCHEMES,
    Verify,
    ca_bundle,
    checked_pool_size,
    checked_proxies,
    environment_proxies,
    proxy_for,
    tls_context,
)
from fc_client._transport.origin import Origin, OriginPool
from fc_client._transport.urllib3_pool import failure_of
from fc_client.exceptions import TransportError
from fc_client.timeouts import Limits

Chunks = Iterator[bytes]

_CHUNK_BYTES = 256 * 1024

# The schemes of proxies that work.
_PROXY_SCHEMES = (*HTTP_SCHEMES, *SOCKS_SCHEMES)

# Connections to further origins, which have code to download, replace the oldest.
_MAX_ORIGINS = 10

_libraries = Watch(
    {
        http.client: (
            "HTTPConnection",
            "HTTPConnection.connect",
            "HTTPConnection.endheaders",
            "HTTPConnection.getresponse",
            "HTTPConnection.putheader",
            "HTTPConnection.putrequest",
            "HTTPConnection.request",
            "HTTPConnection.send",
            "HTTPResponse",
            "HTTPResponse.begin",
            "HTTPResponse.read",
            "HTTPSConnection",
            "HTTPSConnection.connect",
        ),
        socket: ("create_connection", "getaddrinfo", "socket"),
        urllib3.connection: (
            "HTTPConnection",
            "HTTPConnection.connect",
            "HTTPConnection.debuglevel",
            "HTTPConnection.getresponse",
            "HTTPConnection.request",
            "HTTPSConnection",
            "HTTPSConnection.connect",
        ),
        urllib3.connectionpool: (
            "HTTPConnection",
            "HTTPConnectionPool",
            "HTTPConnectionPool.ConnectionCls",
            "HTTPConnectionPool.urlopen",
            "HTTPSConnection",
            "HTTPSConnectionPool",
            "HTTPSConnectionPool.ConnectionCls",
            "HTTPSConnectionPool.urlopen",
        ),
        urllib3.poolmanager: (
            "PoolManager",
            "PoolManager.urlopen",
            "PoolManager.connection_from_host",
        ),
    }
)


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
        self._session = _Session()
        adapter = _Adapter(self._pool_size, self._max_idle, self._verify)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._process = os.getpid()
        self._state = _libraries.state()

    def send(self, attempt: Attempt, limits: Limits) -> Response:
        """Send one attempt and return the reply, read to its end.

        Raises:
            RequestTimeoutError: no connection or no reply in time.
            TransportError: no reply for another reason.
        """
        try:
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
            reply = self._reply(attempt, limits, streamed=True)
        except _EXPECTED as exc:
            raise _failure(attempt, exc) from exc.__cause__
        with reply:
            chunks = _chunks(attempt, reply)
            yield _response(reply) if reply.ok else _read_whole(reply, None), chunks

    def _reply(self, attempt: Attempt, limits: Limits, *, streamed: bool) -> requests.Response:
        if self._process != os.getpid() or self._state is not _libraries.state():
            # The child of a fork must not share its parent's connections, and
            # what replaces classes of the libraries must see all of a call.
            self._open()
        return self._session.send(
            _prepared(attempt, limits, streamed),
            timeout=(limits.connect, limits.read),
            verify=self._verify,
            proxies=self._proxies_of(attempt.url),
            # The body is read by this class, whole or in chunks.
            stream=True,
            allow_redirects=False,
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


class _Headers(dict[str, str]):
    """Headers of a request: a plain dict, which is fast, found by name in any case."""

    def __missing__(self, name: str) -> str:
        for known in self:
            if known.lower() == name.lower():
                return self[known]
        raise KeyError(name)


class _Prepared(requests.PreparedRequest):
    """A request of an attempt.

    Attributes:
        limits: The limits in time.
        streamed: Whether the caller reads the body of the reply.
    """

    limits: Limits
    streamed: bool


def _prepared(attempt: Attempt, limits: Limits, streamed: bool) -> _Prepared:
    # All is encoded and signed: what prepare() would do again is left out.
    prepared = _Prepared()
    prepared.limits, prepared.streamed = limits, streamed
    prepared.method = attempt.method
    prepared.url = attempt.url
    prepared.headers = _Headers(attempt.headers)  # type: ignore[assignment]
    body = attempt.body
    # An iterator is sent as it is read, which requests' types do not know.
    prepared.body = _carried(body.open()) if isinstance(body, Stream) else body or None  # type: ignore[arg-type, assignment]
    prepared.hooks = {"response": []}
    return prepared


def _carried(chunks: Chunks) -> Chunks:
    """Yield *chunks*; mark what they raise, which may look like a failed connection."""
    try:
        yield from chunks
    except Exception as exc:
        raise Carried(exc) from exc


def _response(reply: requests.Response, body: bytes = b"") -> Response:
    headers = reply.headers
    found = headers if isinstance(headers, Headers) else Headers(headers.items())
    return Response(reply.status_code, found, body)


def _read_whole(reply: requests.Response, max_bytes: int | None) -> Response:
    response = _response(reply)
    if response.content_coding:
        # It is refused. requests would decode it, whatever size that makes it.
        reply.close()
        return response
    limit = BodyLimit(response.status_code, max_bytes)
    parts = []
    try:
        for part in reply.iter_content(_CHUNK_BYTES):
            limit.count(len(part))
            parts.append(part)
    except TooLargeError as exc:
        reply.close()
        raise receiving(exc) from None
    return Response(response.status_code, response.headers, b"".join(parts))


def _chunks(attempt: Attempt, reply: requests.Response) -> Chunks:
    try:
        yield from reply.iter_content(_CHUNK_BYTES)
    except _EXPECTED as exc:
        raise _failure(attempt, exc) from exc.__cause__


class _Adapter(HTTPAdapter):
    """Chooses the way of each call below requests.

    Args:
        pool_size: How many connections there are for an origin.
        max_idle: Seconds after which an idle connection is not used again.
        verify: How certificates are checked.
    """

    def __init__(self, pool_size: int, max_idle: float, verify: bool | str) -> None:
        self._pool_size = pool_size
        self._max_idle = max_idle
        self._verify = verify
        self._unpatched = _libraries.is_unpatched()
        # None for an origin that is called through a proxy.
        self._pools: dict[str, OriginPool | None] = {}
        self._permits = ThreadPool(urllib3_pool.Permit, pool_size)
        super().__init__(pool_maxsize=pool_size, max_retries=urllib3_pool.OneTry(0, read=False))

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """Return what sends a request: requests only calls its ``urlopen``."""
        origin = origin_of(request.url)
        if origin not in self._pools:
            self._add_pool(origin, proxies)
        pool = self._pools[origin]
        if pool is not None and self._unpatched and not urllib3_pool.is_logged():
            return _DirectWay(pool, request)
        theirs = super().get_connection_with_tls_context(request, verify, proxies, cert)
        super().cert_verify(theirs, request.url, verify, cert)  # type: ignore[no-untyped-call]
        return _Urllib3Way(theirs, request, self._permits)

    def _add_pool(self, origin: str, proxies: dict[str, str]) -> None:
        if len(self._pools) >= _MAX_ORIGINS:
            oldest = self._pools.pop(next(iter(self._pools)), None)
            if oldest is not None:
                oldest.close()
        pool = None
        if not proxy_for(origin, proxies):
            place = Origin(origin, partial(tls_context, self._verify))
            pool = OriginPool(place, self._pool_size, self._max_idle)
        self._pools.setdefault(origin, pool)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make urllib3's manager of the connections without a proxy."""
        super().init_poolmanager(*args, **options)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Return urllib3's manager of the connections through *proxy*."""
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **options)
        if not known:
            self._watch(manager)
        return manager

    def _watch(self, manager: Any) -> None:
        manager.pool_classes_by_scheme = {
            scheme: urllib3_pool.watched(pool_class, self._max_idle)
            for scheme, pool_class in manager.pool_classes_by_scheme.items()
        }

    def cert_verify(self, *args: Any) -> None:
        """Do nothing: certificates are set up with the pool of an origin."""

    def request_url(self, request: Any, proxies: Any) -> str:
        """Return what the request line names."""
        return super().request_url(request, proxies) if proxies else target_of(request.url)

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """Return the reply; its headers stay as they are."""
        response = requests.Response()
        response.status_code = resp.status
        response.headers = resp.headers
        response.raw = resp
        response.reason = resp.reason
        response.url = req.url
        response.request = req
        return response

    def close(self) -> None:
        """Close all connections."""
        for pool in list(self._pools.values()):
            if pool is not None:
                pool.close()
        self._pools.clear()
        super().close()


class _DirectWay:
    """Sends one request over the pool of its origin."""

    def __init__(self, pool: OriginPool, request: _Prepared) -> None:
        self._pool = pool
        self._request = request

    def urlopen(self, *, url: str, body: Any, headers: Any, method: str, **_: Any) -> Any:
        """Send the request; requests calls this as it calls urllib3's."""
        request = self._request
        return self._pool.exchange(
            method, url, headers, body or b"", request.limits, streamed=request.streamed
        )


class _Urllib3Way:
    """Sends one request over a pool of urllib3."""

    def __init__(
        self, pool: Any, request: _Prepared, permits: ThreadPool[urllib3_pool.Permit]
    ) -> None:
        self._pool = pool
        self._request = request
        self._permits = permits

    def urlopen(self, *, url: str, headers: Any, **options: Any) -> Any:
        """Send the request; requests calls this as it calls urllib3's."""
        request = self._request
        return urllib3_pool.send(
            self._pool,
            self._permits,
            request.limits,
            streamed=request.streamed,
            # What records requests knows plain text only.
            url=str(url),
            headers={name: str(value) for name, value in headers.items()},
            **options,
        )


class _NoCookies(RequestsCookieJar):
    def extract_cookies(self, response: Any, request: Any) -> None:
        """Take no cookies."""


class _Session(requests.Session):
    """A Session without the conveniences that harm signed calls."""

    def __init__(self) -> None:
        super().__init__()
        # Off: .netrc, which would replace Authorization, and looking up the
        # environment for every call.
        self.trust_env = False
        self.cookies = _NoCookies()

    def resolve_redirects(self, *_: Any, **__: Any) -> Iterator[requests.Response]:
        """Follow no redirect: it would turn an invocation's POST into a GET."""
        return iter(())
