"""requests' Session and urllib3's pools, cut to what a signed call needs.

Every call goes through Session.send and HTTPAdapter.send, so that what hooks
into those (responses, requests-mock, OpenTelemetry) sees it. What they would
find out anew for each call, though it is the same for all calls of a client,
is found out once.
"""

from __future__ import annotations

import http.client
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from ssl import SSLError
from types import FunctionType
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3 import HTTPResponse, Retry, connection
from urllib3._collections import HTTPHeaderDict

from fc_client._messages import serialize_request
from fc_client._redaction import LoggedTarget, SecretBytes, as_secret, without_query
from fc_client._transport.options import LONGEST_IDLE, is_own, origin_of

__all__ = ["SentHeaders", "Session"]

# Up to this size, head and body of a request go out together.
_TOGETHER_BYTES = 64 * 1024

# What http.client takes of a reply's headers.
_LONGEST_LINE = 65536
_MOST_HEADERS = 100

# Version 1 makes its replies elsewhere.
_CAN_EXCHANGE = hasattr(urllib3, "BaseHTTPResponse")

_urllib3_log = logging.getLogger("urllib3.connectionpool")


# What tracers replace to see every request.
_TRACED = ("putrequest", "endheaders", "getresponse")


class SentHeaders(dict[str, str]):
    """Headers of a request: a plain dict, which is fast, found by name in any case."""

    def __missing__(self, name: str) -> str:
        for known in self:
            if known.lower() == name.lower():
                return self[known]
        raise KeyError(name)


class _Sender:
    """Sends head and body of a small request together."""

    idle_since: float | None = None
    _held: bytearray | None = None

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> None:
        self._held = bytearray()
        try:
            # The connection keeps it until the reply comes.
            super().request(method, as_secret(str.__str__(url)), *args, **options)  # type: ignore[misc]
            self._release()
        finally:
            self._held = None

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)  # type: ignore[misc]
            return
        self._held += data
        if len(self._held) > _TOGETHER_BYTES:
            self._release()

    def _release(self) -> None:
        if self._held:
            # http.client shows it if asked to.
            super().send(SecretBytes(self._held))  # type: ignore[misc]
            self._held = bytearray()


def read_headers(file: Any) -> http.client.HTTPMessage:
    """Read a reply's headers, up to the empty line, as http.client.parse_headers does.

    That one has them parsed as an e-mail's, which takes longer than all else
    that a call does to its reply. Here it gets only what is out of the
    ordinary: a line that is folded, damaged or too long, or too many of them.
    """
    headers = http.client.HTTPMessage()
    lines: list[bytes] = []
    while (line := file.readline(_LONGEST_LINE + 1)) != b"\r\n":
        lines.append(line)
        name, _, value = line.decode("latin-1").partition(":")
        value = value.strip(" \t\r\n")
        plain = value.isprintable() and name.replace("-", "").isalnum() and line.endswith(b"\n")
        if not plain or len(lines) > _MOST_HEADERS:
            return http.client.parse_headers(_Again(lines, file))
        headers.set_raw(name, value)
    return headers


class _Again:
    """A file from which *lines* have been read: gives them once more, then the others."""

    def __init__(self, lines: list[bytes], file: Any) -> None:
        self._lines = iter(lines)
        self._file = file

    def readline(self, limit: int = -1, /) -> bytes:
        line: bytes = next(self._lines, b"") or self._file.readline(limit)
        if not line.endswith(b"\n") and len(line) < limit:
            # http.client takes this for the end of the headers.
            raise http.client.RemoteDisconnected("the connection was closed in the reply's head")
        return line


class _Reply(http.client.HTTPResponse):
    # How long a body is and whether its connection stays: as http.client has it.
    _begin = FunctionType(
        http.client.HTTPResponse.begin.__code__,
        {**vars(http.client), "parse_headers": read_headers},
    )

    def begin(self) -> None:
        """Read the head of the reply, where http.client is too lenient."""
        self._begin()
        while 102 <= self.status < 200:
            # It only announces the reply; http.client itself skips 100 alone.
            self.headers = None  # type: ignore[assignment]
            self._begin()
        length = self.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise http.client.HTTPException("the reply has no number as its Content-Length")
        # After either nobody knows where the next reply would begin.
        ambiguous = self.chunked and "content-length" in self.headers
        self.will_close = self.will_close or ambiguous or self.status < 200


class HTTPConnection(_Sender, connection.HTTPConnection):
    """Has the name that messages of urllib3 show."""

    response_class = _Reply


class HTTPSConnection(_Sender, connection.HTTPSConnection):
    """Has the name that messages of urllib3 show."""

    response_class = _Reply


def _is_traced() -> bool:
    methods = (getattr(http.client.HTTPConnection, name) for name in _TRACED)
    return not all(is_own(http.client, method) for method in methods)


class _Pool:
    """Does not use a connection that was idle for too long, and makes short work of small calls."""

    longest_idle = LONGEST_IDLE

    def _get_conn(self, timeout: float | None = None) -> Any:
        conn = super()._get_conn(timeout)  # type: ignore[misc]
        since = conn.idle_since
        if since is not None and time.monotonic() - since > self.longest_idle:
            # It connects anew when it is used.
            conn.close()
        return conn

    def _make_request(self, conn: Any, method: Any, url: Any, *args: Any, **options: Any) -> Any:
        request = self._plain_request(conn, method, url, options)
        if request is not None:
            return self._exchange(conn, method, request, options)
        # It writes a DEBUG line, which names the target.
        target = LoggedTarget(url)
        return super()._make_request(conn, method, target, *args, **options)  # type: ignore[misc]

    def _plain_request(self, conn: Any, method: Any, url: Any, options: Any) -> bytes | None:
        """Return a request as it is sent; None if it is large, or somebody looks on."""
        body, headers = options["body"] or b"", options["headers"]
        plain = (
            _CAN_EXCHANGE
            and conn.sock is not None
            and isinstance(body, bytes)
            and len(body) <= _TOGETHER_BYTES
            and "Host" in headers
            and self.proxy is None  # type: ignore[attr-defined]
            and not conn.debuglevel
            and not _urllib3_log.isEnabledFor(logging.DEBUG)
            and not _is_traced()
        )
        return serialize_request(method, url, headers, body) if plain else None

    def _exchange(self, conn: Any, method: Any, request: bytes, options: Any) -> HTTPResponse:
        """Do what urllib3 and http.client do for a small request, in half of the time.

        They go through the request header by header, and through states that
        a connection with one request at a time never has.
        """
        seconds = options["timeout"].read_timeout
        if conn.sock.gettimeout() != seconds:
            conn.sock.settimeout(seconds)
        # The service may have replied before it hung up.
        with suppress(BrokenPipeError, ConnectionResetError):
            conn.sock.sendall(request)
        reply = _Reply(conn.sock, method=method)
        try:
            reply.begin()
        except BaseException as exc:
            reply.close()
            if isinstance(exc, (SSLError, OSError)):
                self._raise_timeout(err=exc, url="", timeout_value=seconds)  # type: ignore[attr-defined]
            raise
        if reply.will_close:
            conn.close()
        return HTTPResponse(
            body=reply,
            headers=HTTPHeaderDict(reply.headers.items()),
            status=reply.status,
            version=reply.version,
            reason=reply.reason,
            preload_content=False,
            decode_content=False,
            original_response=reply,
            pool=self,  # type: ignore[arg-type]
            connection=options["response_conn"],
            request_method=method,
        )

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()
        super()._put_conn(conn)  # type: ignore[misc]


class HTTPConnectionPool(_Pool, urllib3.HTTPConnectionPool):
    """Has the name that messages of urllib3 show."""

    ConnectionCls = HTTPConnection


class HTTPSConnectionPool(_Pool, urllib3.HTTPSConnectionPool):
    """Has the name that messages of urllib3 show."""

    ConnectionCls = HTTPSConnection


_POOLS = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}


class _NoRetry(Retry):
    """RetryState once; names the target of what failed without its query."""

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
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = _POOLS
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

    def resolve_redirects(self, *_: Any, **__: Any) -> Iterator[requests.Response]:
        """Follow no redirect: it would turn an invocation's POST into a GET."""
        return iter(())
