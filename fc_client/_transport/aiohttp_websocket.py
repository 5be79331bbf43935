"""WebSocket connections of AsyncClient, over aiohttp; compare websocket_connection.py."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
from yarl import URL

from fc_client._messages import Attempt, Closed, Headers, Response
from fc_client._transport.aiohttp_connector import Resolver
from fc_client._transport.failures import connecting, words
from fc_client._transport.options import HTTP_SCHEMES, Verify, ca_bundle, proxy_of, tls_context
from fc_client._transport.websockets import CLOSE_SECONDS, PING_SECONDS, opening_seconds
from fc_client.exceptions import FCError, RequestTimeoutError, TransportError
from fc_client.timeouts import Limits

_FAILURES = (aiohttp.ClientError, OSError, RuntimeError, UnicodeError)
_ENDS = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED)


class AsyncWebSocketConnection:
    """An open WebSocket."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        # Generic in newer versions only.
        connection: Any,
        transport: asyncio.Transport,
        operation: str,
    ) -> None:
        self._session = session
        self._connection = connection
        self._transport = transport
        self._operation = operation

    async def send(self, data: bytes) -> None:
        """Send *data* as a binary message.

        Raises:
            TransportError: the connection is lost or closed.
        """
        try:
            await self._connection.send_bytes(data)
        except _FAILURES as exc:
            raise self._lost(words(exc)) from None

    async def receive(self) -> bytes | Closed:
        """Wait for the next message and return it, or the end of the connection.

        Raises:
            TransportError: the connection is lost or closed.
        """
        while True:
            try:
                message = await self._connection.receive(PING_SECONDS)
            except asyncio.TimeoutError:
                await self._ping()
                continue
            if message.type == aiohttp.WSMsgType.TEXT:
                return str(message.data).encode()
            if message.type == aiohttp.WSMsgType.BINARY:
                return bytes(message.data)
            return self._end(message)

    def _end(self, message: aiohttp.WSMessage) -> Closed:
        if message.type == aiohttp.WSMsgType.CLOSE:
            return Closed(message.data or 1005, message.extra or "")
        raise self._lost(words(message.data) if isinstance(message.data, Exception) else "closed")

    async def close(self) -> None:
        """End the connection."""
        await self._connection.close()
        await self._session.close()
        # TLS would wait for the server's close notification, beyond the end of the caller's
        # event loop. The WebSocket is closed: nothing can be cut off.
        self._transport.abort()
        await asyncio.sleep(0)

    async def _ping(self) -> None:
        try:
            await self._connection.ping()
        except _FAILURES as exc:
            raise self._lost(words(exc)) from None

    def _lost(self, reason: str) -> TransportError:
        message = f"the connection is lost or closed: {reason}"
        return TransportError(message, operation=self._operation)


async def open_websocket(
    attempt: Attempt,
    limits: Limits,
    *,
    verify: Verify = True,
    proxies: Mapping[str, str] | None = None,
) -> AsyncWebSocketConnection | Response:
    """Return a WebSocket, or the response of a service that refused to open one.

    Raises:
        RequestTimeoutError: no connection or no response in time.
        TransportError: no response for another reason.
        ConfigurationError: there is no CA bundle, or a proxy does not work.
    """
    proxy = proxy_of(attempt.url, proxies, HTTP_SCHEMES)
    opening = _Opening()
    secure = attempt.url.startswith("https:")
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            resolver=Resolver(), ssl=tls_context(ca_bundle(verify)) if secure else False
        ),
        response_class=_reply_class(opening),
        auto_decompress=False,
    )
    try:
        connection = await asyncio.wait_for(
            session.ws_connect(
                URL(attempt.url, encoded=True),
                headers={**attempt.headers},
                proxy=proxy,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
                max_msg_size=0,
            ),
            opening_seconds(limits),
        )
    except aiohttp.WSServerHandshakeError as exc:
        await session.close()
        return Response(exc.status, Headers((exc.headers or {}).items()), opening.refusal)
    except BaseException as exc:
        await session.close()
        failure = _failure(attempt, exc)
        if failure is None:
            raise
    else:
        transport = cast("asyncio.Transport", opening.transport)
        return AsyncWebSocketConnection(session, connection, transport, attempt.operation)
    # Raised here: the frames of the library have the headers.
    raise failure


def _failure(attempt: Attempt, exc: BaseException) -> FCError | None:
    """Return the error for what aiohttp raised; None for what is not a failure to connect."""
    failure: FCError
    if isinstance(exc, (asyncio.TimeoutError, TimeoutError)):
        failure = RequestTimeoutError("timed out opening a WebSocket")
    elif isinstance(exc, aiohttp.ClientConnectorError):
        failure = connecting(attempt.headers["Host"], exc)
    elif isinstance(exc, _FAILURES):
        failure = TransportError(f"cannot open a WebSocket: {words(exc)}")
    else:
        return None
    failure.operation = attempt.operation
    return failure


@dataclass
class _Opening:
    """What aiohttp does not pass on of the reply to a request to open a WebSocket.

    Attributes:
        transport: Of the reply's connection.
        refusal: The body of a reply that is a refusal.
    """

    transport: asyncio.Transport | None = None
    refusal: bytes = b""


def _reply_class(opening: _Opening) -> Any:
    """Return a class of responses that completes *opening*."""

    class Reply(aiohttp.ClientResponse):
        async def start(self, connection: Any) -> Any:
            opening.transport = connection.transport
            started = await super().start(connection)
            if self.status != 101:
                opening.refusal = await self.read()
            return started

    return Reply
