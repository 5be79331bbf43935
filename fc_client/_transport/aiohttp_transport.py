"""aiohttp lives here and nowhere else: bytes out, bytes in, typed failures."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

try:
    import aiohttp
except ImportError as exc:
    raise ImportError(
        "fc_client.AsyncClient needs aiohttp: pip install 'fc-client[async]'"
    ) from exc

from yarl import URL

from fc_client import _arguments
from fc_client._messages import Attempt, Headers, Response, Stream
from fc_client._redaction import strip_tracebacks
from fc_client._transport import aiohttp_direct
from fc_client._transport.aiohttp_direct import HEADER_BYTES, TOGETHER_BYTES
from fc_client._transport.options import (
    LONGEST_IDLE,
    ca_bundle,
    checked_pool_size,
    environment_proxies,
    explained,
    origin_of,
    proxy_for,
)
from fc_client.exceptions import ConfigurationError, RequestTimeoutError, TransportError

Timeout = tuple[float, float]

_CHUNK_BYTES = 256 * 1024

# What aiohttp raises where no reply came, or not all of it; the last one
# where a host cannot be a name, such as a..b.
_FAILURES = (
    aiohttp.ClientError,
    aiohttp_direct.HttpProcessingError,
    asyncio.TimeoutError,
    OSError,
    UnicodeError,
)

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
        pool_size: How many connections there are; more calls wait for one.
        verify: False, or the path of a CA bundle; True takes the bundle that
            the environment names, else certifi's.
        proxies: URLs by scheme; None takes the environment's.
        longest_idle: Seconds after which an idle connection is not used.

    Raises:
        TypeError: an argument has a wrong type.
        ValueError: *pool_size* is less than 1.
        ConfigurationError: there is no CA bundle where one was named.
    """

    def __init__(
        self,
        *,
        pool_size: int = 10,
        verify: bool | str = True,
        proxies: Mapping[str, str] | None = None,
        longest_idle: float = LONGEST_IDLE,
    ) -> None:
        self._pool_size = checked_pool_size(pool_size)
        self._verify = ca_bundle(verify)
        self._proxies = _arguments.string_map("proxies", proxies)
        self._longest_idle = longest_idle
        self._known_proxies: dict[str, str | None] = {}
        self._peers: dict[str, aiohttp.ClientRequest] = {}
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, attempt: Attempt, timeout: Timeout) -> Response:
        """Send one attempt and return the reply, read to its end.

        Raises:
            RequestTimeoutError: no connection or no reply in time.
            TransportError: no reply for another reason.
        """
        session = self._opened()
        request = aiohttp_direct.request_of(attempt, session)
        if request is None or self._proxy_of(attempt.url) is not None:
            return await self._send_by_session(session, attempt, timeout)
        peer = self._peer_of(attempt.url, session)
        try:
            return await aiohttp_direct.exchange(peer, request, session, _limits(timeout))
        except _FAILURES as exc:
            raise _typed(exc, attempt.operation, session) from strip_tracebacks(exc)

    def _peer_of(self, url: str, session: aiohttp.ClientSession) -> aiohttp.ClientRequest:
        origin = origin_of(url)
        if origin not in self._peers:
            self._peers[origin] = aiohttp_direct.peer_of(origin, session)
        return self._peers[origin]

    async def _send_by_session(
        self, session: aiohttp.ClientSession, attempt: Attempt, timeout: Timeout
    ) -> Response:
        body = _sendable(attempt, timeout)
        try:
            async with await self._request(session, attempt, body, timeout) as reply:
                return _response(reply, await reply.read())
        except _FAILURES as exc:
            failure = body.failure if isinstance(body, _Body) else None
            if failure is None:
                raise _typed(exc, attempt.operation, session) from strip_tracebacks(exc)
        try:
            # Here, so that aiohttp's wrapping of it is not its context.
            raise failure
        finally:
            # It knows this frame, and what that holds is wanted back.
            del failure, body, attempt

    @asynccontextmanager
    async def stream(
        self, attempt: Attempt, timeout: Timeout
    ) -> AsyncIterator[tuple[Response, Chunks]]:
        """Send one attempt and give the reply, with its body as chunks.

        The reply's own body is empty unless it is an error's.

        Raises:
            RequestTimeoutError: no connection or no reply in time.
            TransportError: no reply for another reason.
        """
        session = self._opened()
        try:
            reply = await self._request(session, attempt, None, timeout)
            body = b"" if reply.ok else await reply.read()
        except (*_FAILURES, ValueError) as exc:
            # A ValueError is of the URL: it is a reply's, and can be anything.
            raise _typed(exc, attempt.operation, session) from strip_tracebacks(exc)
        async with reply:
            yield _response(reply, body), Chunks(attempt.operation, reply)

    async def _request(
        self,
        session: aiohttp.ClientSession,
        attempt: Attempt,
        body: bytes | _Body | None,
        timeout: Timeout,
    ) -> aiohttp.ClientResponse:
        try:
            return await session.request(
                attempt.method,
                # All is encoded and signed.
                URL(attempt.url, encoded=True),
                data=body,
                headers={"Accept-Encoding": "identity", **attempt.headers},
                proxy=self._proxy_of(attempt.url),
                timeout=_limits(timeout),
                allow_redirects=False,
            )
        except asyncio.CancelledError as exc:
            # The frames hold the URL, which is a secret if it is signed.
            raise aiohttp_direct.what_ended(session, strip_tracebacks(exc)) from None

    def _opened(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            if self._session is not None and self._loop is not None and not self._loop.is_closed():
                raise RuntimeError("this client belongs to another event loop; make one per loop")
            self._session, self._loop = self._open(), loop
            self._peers.clear()
        return self._session

    def _open(self) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=aiohttp_direct.connector(
                limit=self._pool_size,
                keepalive_timeout=self._longest_idle,
                ssl=_tls(self._verify),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            request_class=_Request,
            response_class=_Reply,
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
        )
        # There is no public switch. aiohttp would send an idempotent request
        # again by itself, with its old signature and what is left of its body.
        session._retry_connection = False  # noqa: SLF001
        return session

    def _proxy_of(self, url: str) -> str | None:
        origin = origin_of(url)
        if origin not in self._known_proxies:
            proxies = environment_proxies(origin) if self._proxies is None else self._proxies
            proxy = proxy_for(origin, proxies)
            if proxy is not None and not proxy.startswith(("http://", "https://")):
                raise ConfigurationError("proxies: AsyncClient takes http and https proxies only")
            self._known_proxies[origin] = proxy
        return self._known_proxies[origin]

    async def close(self) -> None:
        """Close the pooled connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


class _Body(aiohttp.Payload):
    """A body that is read while it is sent, as aiohttp wants it.

    Attributes:
        failure: What made it end early, if it was not the connection.
    """

    failure: Exception | None = None

    def __init__(self, body: bytes | Stream, operation: str, seconds: float) -> None:
        # Opened now: what is wrong from the start is found before a byte is out.
        super().__init__(_opened(body))
        self._operation = operation
        self._seconds = seconds

    def decode(self, *_: str) -> str:
        """Refuse: the body is gone once it is read."""
        raise TypeError("a stream has no text")

    async def write(self, writer: Any) -> None:
        """Send the chunks; aiohttp itself waits without end for a peer that does not read."""
        try:
            async with aclosing(self._read()) as chunks:
                async for chunk in chunks:
                    await self._in_time(writer.write(chunk))
            await self._in_time(writer.drain())
        except BaseException:
            # Closed politely, it would stay until the peer takes what is not out yet.
            with suppress(AttributeError):
                writer.transport.abort()
            raise

    async def _read(self) -> AsyncGenerator[bytes, None]:
        # What was opened for this is let go once it is read.
        chunks, self._value = self._value, None
        try:
            async for chunk in chunks if isinstance(chunks, AsyncIterator) else _in_threads(chunks):
                yield chunk
        except Exception as exc:
            self.failure = exc
            raise

    async def _in_time(self, step: Awaitable[None]) -> None:
        try:
            await asyncio.wait_for(step, self._seconds)
        except asyncio.TimeoutError:
            self.failure = RequestTimeoutError(
                "the service does not take the request's body",
                operation=self._operation,
                request_sent=True,
            )
            raise


def _sendable(attempt: Attempt, timeout: Timeout) -> bytes | _Body | None:
    body = attempt.body
    if isinstance(body, Stream) or len(body) > TOGETHER_BYTES:
        return _Body(body, attempt.operation, timeout[1])
    return body or None


def _opened(body: bytes | Stream) -> Iterator[bytes] | AsyncIterator[bytes]:
    if isinstance(body, Stream):
        return body.open()
    return (body[start : start + _CHUNK_BYTES] for start in range(0, len(body), _CHUNK_BYTES))


async def _in_threads(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield *chunks*; each is asked for in a thread, since that may block."""
    while True:
        chunk, failure = await asyncio.to_thread(_next, chunks)
        if failure is not None:
            raise failure
        if not chunk:
            return
        yield chunk


def _next(chunks: Iterator[bytes]) -> tuple[bytes, Exception | None]:
    # Returned, since futures make another exception of some.
    try:
        return next(chunks, b""), None
    except Exception as exc:  # noqa: BLE001 - it is raised by the caller
        return b"", exc


class Chunks:
    """The body of a reply, for a thread that reads while the loop goes on."""

    def __init__(self, operation: str, reply: aiohttp.ClientResponse) -> None:
        self._operation = operation
        self._reply = reply
        self._loop = asyncio.get_running_loop()

    async def in_thread(self, call: Callable[..., object], *arguments: object) -> None:
        """Run what iterates over the chunks; if cancelled, after it has tidied up."""
        work = asyncio.ensure_future(asyncio.to_thread(call, *arguments))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            # The thread gets an error in place of the next chunk.
            self._reply.close()
            await asyncio.wait([work])
            raise

    def __iter__(self) -> Iterator[bytes]:
        while chunk := asyncio.run_coroutine_threadsafe(self._next(), self._loop).result():
            yield chunk

    async def _next(self) -> bytes:
        try:
            return await self._reply.content.read(_CHUNK_BYTES)
        except _FAILURES as exc:
            raise _typed(exc, self._operation) from strip_tracebacks(exc)


@lru_cache
def _limits(timeout: Timeout) -> aiohttp.ClientTimeout:
    # Waiting for a connection of the pool is no matter of the service's.
    return aiohttp.ClientTimeout(total=None, sock_connect=timeout[0], sock_read=timeout[1])


def _tls(verify: bool | str) -> ssl.SSLContext | bool:
    if verify is False:
        return False
    # Imported late: only a client with connections needs it.
    import certifi

    bundle = certifi.where() if verify is True else verify
    place = "capath" if Path(bundle).is_dir() else "cafile"
    try:
        return ssl.create_default_context(**{place: bundle})  # type: ignore[arg-type]
    except OSError as exc:
        raise ConfigurationError(f"verify: no CA bundle at {bundle!r}") from exc


def _response(reply: aiohttp.ClientResponse, body: bytes) -> Response:
    return Response(reply.status, Headers(reply.headers.items()), body)


def _typed(
    exc: Exception, operation: str, session: aiohttp.ClientSession | None = None
) -> TransportError:
    """Return this library's error for a failure of aiohttp."""
    kind = RequestTimeoutError if isinstance(exc, asyncio.TimeoutError) else TransportError
    return kind(
        _words(exc) or type(exc).__name__,
        operation=operation,
        request_sent=not isinstance(exc, _NOT_SENT),
        client_closed=session is not None and session.closed,
    )


def _words(exc: Exception) -> str:
    if isinstance(exc, aiohttp.ServerDisconnectedError):
        # Its message may be the parsed half of a reply's head.
        return "the connection was closed before the reply's head was complete"
    if isinstance(exc, (aiohttp.ClientResponseError, aiohttp_direct.HttpProcessingError)):
        return exc.message
    return explained(str(exc))
