"""The session of requests under Client: it chooses the way of each call below requests."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any

import requests
import requests.adapters
import requests.sessions
import urllib3
import urllib3.connection
import urllib3.connectionpool
import urllib3.poolmanager
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar

from fc_client._messages import origin_of, target_of
from fc_client._transport import urllib3_pool
from fc_client._transport.connections import Origin, OriginPool
from fc_client._transport.instrumentation import Watch
from fc_client._transport.leases import ThreadPool
from fc_client._transport.options import (
    proxy_for,
    tls_context,
)
from fc_client.timeouts import Limits

# Connections to further origins, which have code to download, replace the oldest.
_MAX_ORIGINS = 10


LIBRARIES = Watch(
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


# The parts of requests that a call passes. While all are as installed, nothing there watches calls.
REQUESTS = Watch(
    {
        requests: ("PreparedRequest", "Response", "Session"),
        requests.adapters: (
            "HTTPAdapter",
            "HTTPAdapter.add_headers",
            "HTTPAdapter.build_response",
            "HTTPAdapter.get_connection_with_tls_context",
            "HTTPAdapter.request_url",
            "HTTPAdapter.send",
        ),
        requests.sessions: (
            "HTTPAdapter",
            "Session",
            "Session.get_adapter",
            "Session.request",
            "Session.send",
            "dispatch_hook",
        ),
    }
)


# What every new Response has: its constructor makes a cookie jar with a lock for each.
_NEW_RESPONSE = vars(requests.Response())


class SentHeaders(dict[str, str]):
    """Headers of a request: a plain dict, which is fast, found by name in any case."""

    def __missing__(self, name: str) -> str:
        for known in self:
            if known.lower() == name.lower():
                return self[known]
        raise KeyError(name)


class Prepared(requests.PreparedRequest):
    """A request of an attempt.

    Attributes:
        limits: The limits in time.
        streamed: Whether the caller reads the body of the reply.
    """

    limits: Limits
    streamed: bool


class Adapter(HTTPAdapter):
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
        self._unpatched = LIBRARIES.is_unpatched()
        # None for an origin that is called through a proxy.
        self._pools: dict[str, OriginPool | None] = {}
        self._permits = ThreadPool(urllib3_pool.Permit, pool_size)
        super().__init__(pool_maxsize=pool_size, max_retries=urllib3_pool.OneTry(0, read=False))

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """Return what sends a request: requests only calls its ``urlopen``."""
        pool = self.direct_pool(request.url, proxies)
        if pool is not None:
            return _DirectWay(pool, request)
        theirs = super().get_connection_with_tls_context(request, verify, proxies, cert)
        super().cert_verify(theirs, request.url, verify, cert)  # type: ignore[no-untyped-call]
        return _Urllib3Way(theirs, request, self._permits)

    def direct_pool(self, url: str, proxies: dict[str, str]) -> OriginPool | None:
        """Return the connections to the origin of *url*; None for a call that urllib3 must make."""
        origin = origin_of(url)
        if origin not in self._pools:
            self._add_pool(origin, proxies)
        return self._pools[origin] if self._unpatched and not urllib3_pool.is_logged() else None

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
        response = requests.Response.__new__(requests.Response)
        vars(response).update(_NEW_RESPONSE, history=[])
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

    def __init__(self, pool: OriginPool, request: Prepared) -> None:
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
        self, pool: Any, request: Prepared, permits: ThreadPool[urllib3_pool.Permit]
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


class Session(requests.Session):
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
