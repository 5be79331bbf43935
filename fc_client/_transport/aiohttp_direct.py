"""A small request and its reply over a connection of aiohttp's pool, with nothing in between.

ClientSession makes four objects for each request and carries it through what
redirects, cookies, uploads and hooks need. A signed call needs none of that,
and it takes longer than all else that the call does. Connections, TLS, timeouts
and the parsing of replies stay aiohttp's.

What is called here below ClientSession is no promise of aiohttp's. So only
versions that the tests have seen are called like this, and only while nobody
looks on: tracing and what replaces ClientSession's methods see every call,
since all of them go through ClientSession then.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError
from yarl import URL

from fc_client._messages import Attempt, Headers, Response, serialize_request
from fc_client._transport.options import is_own, origin_of

__all__ = ["HttpProcessingError", "connector", "exchange", "peer_of", "request_of", "what_ended"]

# Up to this size a body goes out in one piece with the head.
TOGETHER_BYTES = 64 * 1024

# http.client's limit, in place of aiohttp's, which the log of a run comes near.
HEADER_BYTES = 65536

_SEEN = ((3, 11), (3, 14))
_VERSION = tuple(int(part) for part in aiohttp.__version__.split(".")[:2])
KNOWN = _SEEN[0] <= _VERSION <= _SEEN[1]


def request_of(attempt: Attempt, session: aiohttp.ClientSession) -> bytes | None:
    """Return an attempt as it is sent past *session*; None if it is large or somebody looks on."""
    body = attempt.body
    if not (
        KNOWN
        and isinstance(body, bytes)
        and len(body) <= TOGETHER_BYTES
        and "Host" in attempt.headers
        and not session.trace_configs
        and is_own(aiohttp.client, aiohttp.ClientSession._request)  # noqa: SLF001 - what is replaced
    ):
        return None
    target = attempt.url[len(origin_of(attempt.url)) :] or "/"
    return serialize_request(attempt.method, target, attempt.headers, body)


def _announces(message: Any) -> bool:
    """Tell whether a reply only says that the reply proper will come."""
    return bool(100 <= message.code < 200 and message.code != 101)


class _Protocol(ResponseHandler):
    def is_connected(self) -> bool:
        """Tell whether this can be used: not if something has come that nobody asked for.

        It would be taken for the next call's reply, and each reply for that of
        the call after it.
        """
        return super().is_connected() and not self.should_close

    async def read(self) -> Any:
        """Return the next reply; after one that only announces another, go on counting time.

        ResponseHandler stops with any.
        """
        reply = await super().read()
        if _announces(reply[0]):
            self.start_timeout()
        return reply


class _Connector(aiohttp.TCPConnector):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factory = partial(_Protocol, loop=self._loop)  # type: ignore[assignment]


def connector(**options: Any) -> aiohttp.TCPConnector:
    """Return a pool; its connections are careful, if this aiohttp's are known.

    Args:
        options: As for aiohttp.TCPConnector.
    """
    return (_Connector if KNOWN else aiohttp.TCPConnector)(**options)


def peer_of(origin: str, session: aiohttp.ClientSession) -> aiohttp.ClientRequest:
    """Return what aiohttp's pool wants to know of *origin*."""
    return aiohttp.ClientRequest(
        "GET", URL(origin), loop=asyncio.get_running_loop(), session=session
    )


async def exchange(
    peer: aiohttp.ClientRequest,
    request: bytes,
    session: aiohttp.ClientSession,
    limits: aiohttp.ClientTimeout,
) -> Response:
    """Send *request*, head and body, to *peer* and return the reply, read to its end.

    Raises:
        aiohttp.ClientError: as from ClientSession, but for a damaged reply.
        HttpProcessingError: a damaged reply.
        asyncio.TimeoutError: no connection or no reply in time.
        OSError: the connection broke.
    """
    pool: Any = session.connector
    try:
        connection = await pool.connect(peer, [], limits)
    except asyncio.TimeoutError as exc:
        raise aiohttp.ConnectionTimeoutError(f"Connection timeout to host {peer.url}") from exc
    except asyncio.CancelledError as exc:
        raise what_ended(session, exc) from None
    try:
        protocol: Any = connection.protocol
        protocol.set_response_params(
            read_until_eof=True,
            read_timeout=limits.sock_read,
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
        )
        protocol.transport.write(request)
        protocol.start_timeout()
        # Past _Protocol's: a coroutine less.
        message, content = await ResponseHandler.read(protocol)
        while _announces(message):
            protocol.start_timeout()
            message, content = await ResponseHandler.read(protocol)
        # Mostly the reply has come whole.
        body = content.read_nowait() if content.is_eof() else await content.read()
    except BaseException:
        connection.close()
        raise
    connection.release()
    return Response(message.code, Headers(message.headers.items()), body)


def what_ended(session: aiohttp.ClientSession, exc: BaseException) -> BaseException:
    """Return what *exc*, a CancelledError, means: the end of the task, or of the client.

    A session that is closed cancels what waits for a connection or an address,
    as if the task that waits had been cancelled. Python 3.10 cannot tell them apart.
    """
    cancelled = getattr(asyncio.current_task(), "cancelling", bool)() > 0
    closed = session.closed and not cancelled
    return aiohttp.ClientConnectionError("the client was closed") if closed else exc
