"""Sends the attempts of AsyncClient.

Calls take the direct way, over connections of this library. A proxy, or
something that watches or replaces aiohttp's ClientSession, gets all calls
through a ClientSession instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Mapping,
)
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

try:
    import aiohttp
except ImportError as exc:
    raise ImportError(
        "fc_client.AsyncClient needs aiohttp: pip install 'aliyun-fc-client[async]'"
    ) from exc

from yarl import URL

from fc_client._messages import Attempt, Headers, Response, origin_of, target_of
from fc_client._redaction import strip_tracebacks
from fc_client._transport import failures
from fc_client._transport.aiohttp_connector import Connector, Exchange, current_exchange
from fc_client._transport.asyncio_bodies import Chunks, SessionBody, body_of, session_body
from fc_client._transport.asyncio_origin import AsyncOriginPool
from fc_client._transport.connections import Origin
from fc_client._transport.http1 import MAX_HEAD_BYTES, BodyLimit, ProtocolError, TooLargeError
from fc_client._transport.instrumentation import Watch
from fc_client._transport.options import (
    HTTP_SCHEMES,
    MAX_IDLE_SECONDS,
    Verify,
    ca_bundle,
    checked_pool_size,
    checked_proxies,
    environment_proxies,
    proxy_for,
    tls_context,
)
from fc_client.exceptions import RequestTimeoutError, ResponseError, TransportError
from fc_client.timeouts import Limits

_CHUNK_BYTES = 256 * 1024

# The schemes of proxies that work.
_PROXY_SCHEMES = HTTP_SCHEMES

# Connections to further origins, which have code to download, replace the oldest.
_MAX_ORIGINS = 10

# What recorders and fakes replace; the first one is no public name, but the one they do replace.
_libraries = Watch(
    {aiohttp: ("ClientSession._request", "ClientSession.__init__", "ClientSession", "TCPConnector")}
)

# What aiohttp raises where no reply came, or not all of it; the last one
# where a host cannot be a name, such as a..b.
_FAILURES = (aiohttp.ClientError, asyncio.TimeoutError, OSError, UnicodeError, ProtocolError)

# What it raises where the connection never came to carry the request.
_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


class _Request(aiohttp.ClientRequest):
    # A DELETE without a body says nothing of its length, as from Client.
    GET_METHODS = aiohttp.ClientRequest.GET_METHODS | {"DELETE"}


class _Reply(aiohttp.ClientResponse):
    # Shown in reports of errors, as is its URL, whose query is a secret if it is signed.
    def __init__(self, method: str, url: URL, *, request_info: Any, **options: Any) -> None:
        bare = url.with_query(None)
        info = request_info._replace(url=bare, real_url=bare)
        super().__init__(method, bare, request_info=info, **options)


class Transport:
    """A pool of connections, which belongs to the event loop that uses it first.

    Args:
        pool_size: How many connections there are for an origin; more calls wait for one.
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
        self._verify = ca_bundle(verify)
        self._proxies = checked_proxies(proxies, _PROXY_SCHEMES)
        self._max_idle = max_idle
        self._known_proxies: dict[str, str | None] = {}
        self._pools: dict[str, AsyncOriginPool] = {}
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, attempt: Attempt, limits: Limits) -> Response:
        """Send one attempt and return the reply, read to its end.

        Raises:
            RequestTimeoutError: no connection or no reply in time.
            TransportError: no reply for another reason.
        """
        self._join_loop()
        try:
            origin = origin_of(attempt.url)
            if self._takes_direct_way(origin):
                head, body = await self._pool_of(origin).send(
                    attempt.method,
                    target_of(attempt.url),
                    attempt.headers,
                    body_of(attempt),
                    limits,
                )
                return Response(head.status, head.headers, body)
            return await self._send_by_session(attempt, limits)
        except TransportError as error:
            if attempt.is_callers(error):
                raise
            error.operation = attempt.operation
            # The frames hold the request.
            raise error.with_traceback(None) from error.__cause__

    @asynccontextmanager
    async def stream(
        self, attempt: Attempt, limits: Limits
    ) -> AsyncIterator[tuple[Response, Chunks]]:
        """Send one attempt and give the reply, with its body as chunks.

        The reply's own body is empty unless it is an error's.

        Raises:
            RequestTimeoutError: no connection or no reply in time.
            TransportError: no reply for another reason.
        """
        self._join_loop()
        direct = self._takes_direct_way(origin_of(attempt.url))
        way = self._stream_directly if direct else self._stream_by_session
        try:
            async with way(attempt, limits) as (status, headers, more):
                chunks = Chunks(attempt.operation, more)
                body = b"" if status < 400 else await _all(more, status)
                yield Response(status, headers, body), chunks
        except TooLargeError as exc:
            raise failures.receiving(exc) from None
        except TransportError as error:
            error.operation = attempt.operation
            raise error.with_traceback(None) from error.__cause__

    def _join_loop(self) -> None:
        """Let go of an event loop that is closed; refuse a second one beside it."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        if self._loop is not None and not self._loop.is_closed() and self._is_open():
            raise RuntimeError("this client belongs to another event loop; make one per loop")
        self._loop = loop
        self._session = None
        self._pools.clear()

    def _is_open(self) -> bool:
        return bool(self._pools) or self._session is not None

    def _takes_direct_way(self, origin: str) -> bool:
        return _libraries.is_unpatched() and self._proxy_of(origin) is None

    def _pool_of(self, origin: str) -> AsyncOriginPool:
        pool = self._pools.get(origin)
        if pool is None:
            if len(self._pools) >= _MAX_ORIGINS:
                self._pools.pop(next(iter(self._pools))).close_idle()
            place = Origin(origin, partial(tls_context, self._verify))
            pool = self._pools[origin] = AsyncOriginPool(place, self._pool_size, self._max_idle)
        return pool

    @asynccontextmanager
    async def _stream_directly(self, attempt: Attempt, limits: Limits) -> AsyncIterator[_Streamed]:
        pool = self._pool_of(origin_of(attempt.url))
        request = (attempt.method, target_of(attempt.url), attempt.headers, body_of(attempt))
        async with pool.stream(*request, limits) as (head, more):
            yield head.status, head.headers, more

    # The way over aiohttp's ClientSession.

    async def _send_by_session(self, attempt: Attempt, limits: Limits) -> Response:
        session = self._opened_session()
        body, exchange = session_body(attempt, limits), Exchange(limits)
        try:
            async with await self._request(session, attempt, body, exchange) as reply:
                content = await _read_whole(reply, exchange)
                return Response(reply.status, _headers(reply), content)
        except TooLargeError as exc:
            raise failures.receiving(exc) from None
        except _FAILURES as exc:
            failure = body.failure if isinstance(body, SessionBody) else None
            if failure is None:
                raise _typed(exc, exchange, session) from strip_tracebacks(exc)
        try:
            raise failure
        finally:
            # A failure that its own traceback refers to would stay, and files open.
            del failure

    @asynccontextmanager
    async def _stream_by_session(
        self, attempt: Attempt, limits: Limits
    ) -> AsyncIterator[_Streamed]:
        session, exchange = self._opened_session(), Exchange(limits)
        body = session_body(attempt, limits)
        try:
            reply = await self._request(session, attempt, body, exchange)
        except (*_FAILURES, ValueError) as exc:
            if isinstance(body, SessionBody) and body.failure is not None:
                raise body.failure from None
            # ValueError for the URL: it came in a reply, and can be anything.
            raise _typed(exc, exchange, session) from strip_tracebacks(exc)
        async with reply:
            yield reply.status, _headers(reply), partial(_more, reply, exchange, session)

    async def _request(
        self,
        session: aiohttp.ClientSession,
        attempt: Attempt,
        body: bytes | SessionBody | None,
        exchange: Exchange,
    ) -> aiohttp.ClientResponse:
        current_exchange.set(exchange)
        try:
            return await session.request(
                attempt.method,
                # All is encoded and signed.
                URL(attempt.url, encoded=True),
                data=body,
                # What records requests knows plain text only.
                headers={name: str(value) for name, value in attempt.headers.items()},
                skip_auto_headers=("Content-Type",),  # it is signed
                proxy=self._proxy_of(origin_of(attempt.url)),
                timeout=_timeout(exchange.limits),
                allow_redirects=False,
            )
        except asyncio.CancelledError as exc:
            # The frames hold the URL, which is a secret if it is pre-signed.
            raise _what_ended(session, strip_tracebacks(exc)) from None

    def _opened_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=_connector_class()(
                    limit=self._pool_size,
                    keepalive_timeout=self._max_idle,
                    ssl=tls_context(self._verify),
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                request_class=_Request,
                response_class=_Reply,
                max_line_size=MAX_HEAD_BYTES,
                max_field_size=MAX_HEAD_BYTES,
                auto_decompress=False,
            )
            # There is no public switch. aiohttp would send an idempotent request
            # again by itself, with its old signature and what is left of its body.
            self._session._retry_connection = False  # noqa: SLF001
        return self._session

    def _proxy_of(self, origin: str) -> str | None:
        if origin not in self._known_proxies:
            proxies = (
                environment_proxies(origin, _PROXY_SCHEMES)
                if self._proxies is None
                else self._proxies
            )
            proxy = proxy_for(origin, proxies)
            self._known_proxies[origin] = proxy
        return self._known_proxies[origin]

    async def close(self) -> None:
        """Close the connections; calls that are under way end with an error."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()
        session, self._session = self._session, None
        if session is not None:
            await session.close()


# Status and headers of a reply, and what gives a further part of its body.
_Streamed = tuple[int, Headers, Callable[[], Awaitable[bytes]]]


def _headers(reply: aiohttp.ClientResponse) -> Headers:
    return Headers(reply.headers.items())


async def _all(
    more: Callable[[], Awaitable[bytes]], status: int, max_bytes: int | None = None
) -> bytes:
    limit = BodyLimit(status, max_bytes)
    parts = []
    while part := await more():
        limit.count(len(part))
        parts.append(part)
    return b"".join(parts)


def _connector_class() -> type[aiohttp.TCPConnector]:
    # One that replaces aiohttp's has to be used.
    return Connector if Connector.__base__ is aiohttp.TCPConnector else aiohttp.TCPConnector


async def _read_whole(reply: aiohttp.ClientResponse, exchange: Exchange) -> bytes:
    max_bytes = exchange.limits.max_bytes
    BodyLimit(reply.status, max_bytes, reply.content_length)
    return await _all(partial(_read, reply, exchange), reply.status, max_bytes)


async def _more(
    reply: aiohttp.ClientResponse, exchange: Exchange, session: aiohttp.ClientSession
) -> bytes:
    try:
        return await _read(reply, exchange)
    except _FAILURES as exc:
        raise _typed(exc, exchange, session) from strip_tracebacks(exc)


async def _read(reply: aiohttp.ClientResponse, exchange: Exchange) -> bytes:
    data = await reply.content.read(_CHUNK_BYTES)
    if not data and exchange.failure is not None:
        # The end of the connection passes for the end of some bodies.
        raise exchange.failure
    return data


def _timeout(limits: Limits) -> aiohttp.ClientTimeout:
    try:
        total = None if limits.deadline is None else limits.left(limits.deadline)
    except TimeoutError as exc:
        raise failures.waiting(exc) from exc
    return aiohttp.ClientTimeout(total=total, sock_connect=limits.connect, sock_read=limits.read)


def _what_ended(session: aiohttp.ClientSession, exc: BaseException) -> BaseException:
    """Return what *exc*, a CancelledError, means: the end of the task, or of the client.

    A session that is closed cancels what waits for a connection or an address,
    as if the task that waits had been cancelled. Python 3.10 cannot tell them apart.
    """
    cancelled = getattr(asyncio.current_task(), "cancelling", bool)() > 0
    closed = session.closed and not cancelled
    return aiohttp.ClientConnectionError("the client was closed") if closed else exc


def _typed(
    exc: Exception, exchange: Exchange, session: aiohttp.ClientSession
) -> TransportError | ResponseError:
    """Return this library's error for a failure of aiohttp."""
    if exchange.failure is not None and not session.closed:
        return failures.receiving(exchange.failure)
    is_late = isinstance(exc, asyncio.TimeoutError)
    if is_late and exchange.has_begun:
        return failures.receiving(TimeoutError())
    kind = RequestTimeoutError if is_late else TransportError
    was_sent = not isinstance(exc, _NOT_SENT)
    return kind(_words(exc), request_sent=was_sent, client_closed=session.closed)


def _words(exc: Exception) -> str:
    if isinstance(exc, aiohttp.ServerDisconnectedError):
        # Its message may be the parsed half of a reply's head.
        return "the connection was closed without a response"
    if isinstance(exc, aiohttp.ClientResponseError):
        return exc.message
    return failures.words(exc)
