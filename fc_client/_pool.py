"""requests' Session and urllib3's pools, cut to what a signed call needs.

Every call goes through Session.send and HTTPAdapter.send, so that what hooks
into those (responses, requests-mock, OpenTelemetry) sees it. What they would
find out anew for each call, though it is the same for all calls of a client,
is found out once.
"""

from __future__ import annotations

import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection

from fc_client._connections import LONGEST_IDLE, origin_of
from fc_client._secret import LoggedTarget, hidden, without_query

__all__ = ["SentHeaders", "Session"]

# Up to this size, head and body of a request go out together.
_TOGETHER_BYTES = 64 * 1024


class SentHeaders(dict[str, str]):
    """Headers of a request: a plain dict, which is fast, found by name in any case."""

    def __missing__(self, name: str) -> str:
        for known in self:
            if known.lower() == name.lower():
                return self[known]
        raise KeyError(name)


class _Sender:
    """Sends head and body of a small request together, plain headers without ado."""

    idle_since: float | None = None
    _held: bytearray | None = None

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> None:
        self._held = bytearray()
        try:
            # The connection keeps it until the reply comes.
            super().request(method, hidden(str.__str__(url)), *args, **options)  # type: ignore[misc]
            self._release()
        finally:
            self._held = None

    def putheader(self, header: Any, *values: Any) -> None:
        value = values[0]
        if isinstance(value, str) and value.isprintable():
            self._output(f"{header}: {value}".encode("latin-1"))  # type: ignore[attr-defined]
        else:
            super().putheader(header, *values)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)  # type: ignore[misc]
            return
        self._held += data
        if len(self._held) > _TOGETHER_BYTES:
            self._release()

    def _release(self) -> None:
        if self._held:
            super().send(self._held)  # type: ignore[misc]
            self._held = bytearray()


class _HTTPConnection(_Sender, HTTPConnection):
    pass


class _HTTPSConnection(_Sender, HTTPSConnection):
    pass


class _Pool:
    """Does not use a connection that was idle for too long."""

    longest_idle = LONGEST_IDLE

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)  # type: ignore[misc]
        since = connection.idle_since
        if since is not None and time.monotonic() - since > self.longest_idle:
            # It connects anew when it is used.
            connection.close()
        return connection

    def _make_request(self, conn: Any, method: Any, url: Any, *args: Any, **options: Any) -> Any:
        # It writes a DEBUG line, which names the target.
        target = LoggedTarget(url)
        return super()._make_request(conn, method, target, *args, **options)  # type: ignore[misc]

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()
        super()._put_conn(conn)  # type: ignore[misc]


class _HTTPPool(_Pool, HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(_Pool, HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class _NoRetry(Retry):
    """Tries once; names the target of what failed without its query."""

    def increment(self, method: Any = None, url: Any = None, *args: Any, **options: Any) -> Any:
        return super().increment(method, without_query(url), *args, **options)


class _Adapter(HTTPAdapter):
    """Finds the pool of an origin once, and builds replies without cookies."""

    def __init__(self, pool_size: int, longest_idle: float) -> None:
        # Beyond the pool's size threads wait; they open no throw-away ones.
        super().__init__(
            pool_maxsize=pool_size, pool_block=True, max_retries=_NoRetry(0, read=False)
        )
        self._longest_idle = longest_idle
        self._pools: dict[str, Any] = {}

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
        return manager

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """Return the pool of a request's origin; a client's TLS and proxies never change."""
        origin = origin_of(request.url)
        pool = self._pools.get(origin)
        if pool is None:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            super().cert_verify(pool, request.url, verify, cert)  # type: ignore[no-untyped-call]
            pool.longest_idle = self._longest_idle  # type: ignore[attr-defined]
            pool = self._pools.setdefault(origin, pool)
        return pool

    def cert_verify(self, *args: Any) -> None:
        """Do nothing: the pool of an origin was set up when it was made."""

    def request_url(self, request: Any, proxies: Any) -> str:
        """Return what the request line names."""
        url: str = request.url
        target = url[len(origin_of(url)) :]
        return target if target and not proxies else super().request_url(request, proxies)

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """Return the reply, its headers as urllib3 has them."""
        response = requests.Response()
        response.status_code = resp.status
        response.headers = resp.headers
        response.raw = resp
        response.reason = resp.reason
        response.url = req.url
        response.request = req
        return response

    def close(self) -> None:
        self._pools.clear()
        super().close()


class _NoCookies(RequestsCookieJar):
    def extract_cookies(self, response: Any, request: Any) -> None:
        """Take no cookies."""


class Session(requests.Session):
    """A Session without the conveniences that harm signed calls.

    Args:
        pool_size: How many connections there are; more threads wait for one.
        longest_idle: Seconds after which an idle connection is not used.
    """

    def __init__(self, pool_size: int, longest_idle: float) -> None:
        super().__init__()
        # Off: .netrc, which replaces Authorization, and environment look-ups
        # on every call.
        self.trust_env = False
        self.cookies = _NoCookies()
        adapter = _Adapter(pool_size, longest_idle)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow no redirect: it would turn an invocation's POST into a GET."""
