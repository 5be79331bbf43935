"""WebSocket connections of Client, over websocket-client."""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

try:
    import websocket
except ImportError as exc:
    raise ImportError(
        'Client.exec needs websocket-client: pip install "aliyun-fc-client[exec]"'
    ) from exc

from fc_client._messages import Attempt, Closed, Headers, Response
from fc_client._transport.failures import connecting, words
from fc_client._transport.local_names import name_to_look_up
from fc_client._transport.options import (
    HTTP_SCHEMES,
    SOCKS_SCHEMES,
    Verify,
    ca_bundle,
    proxy_of,
    tls_context,
)
from fc_client._transport.websockets import CLOSE_SECONDS, PING_SECONDS, opening_seconds
from fc_client.exceptions import FCError, RequestTimeoutError, TransportError
from fc_client.timeouts import Limits

_FAILURES = (OSError, websocket.WebSocketException)


class WebSocketConnection:
    """An open WebSocket."""

    def __init__(self, connection: Any, operation: str) -> None:
        self._connection = connection
        self._operation = operation
        connection.settimeout(PING_SECONDS)

    def send(self, data: bytes) -> None:
        """Send *data* as a binary message.

        Raises:
            TransportError: the connection is lost or closed.
        """
        try:
            self._connection.send_binary(data)
        except _FAILURES as exc:
            raise self._lost(exc) from None

    def receive(self) -> bytes | Closed:
        """Wait for the next message and return it, or the end of the connection.

        Raises:
            TransportError: the connection is lost or closed.
        """
        while True:
            try:
                kind, data = self._connection.recv_data()
            except websocket.WebSocketTimeoutException:
                self._ping()
            except _FAILURES as exc:
                raise self._lost(exc) from None
            else:
                return _closed(data) if kind == websocket.ABNF.OPCODE_CLOSE else bytes(data)

    def close(self) -> None:
        """End the connection."""
        try:
            self._connection.close(timeout=CLOSE_SECONDS)
        finally:
            # The library leaves the socket open if the service closed first.
            self._connection.shutdown()

    def _ping(self) -> None:
        try:
            self._connection.ping()
        except _FAILURES as exc:
            raise self._lost(exc) from None

    def _lost(self, exc: BaseException) -> TransportError:
        message = f"the connection is lost or closed: {words(exc)}"
        return TransportError(message, operation=self._operation)


def open_websocket(
    attempt: Attempt,
    limits: Limits,
    *,
    verify: Verify = True,
    proxies: Mapping[str, str] | None = None,
) -> WebSocketConnection | Response:
    """Return a WebSocket, or the response of a service that refused to open one.

    Raises:
        RequestTimeoutError: no connection or no response in time.
        TransportError: no response for another reason.
        ConfigurationError: there is no CA bundle, or a proxy does not work.
    """
    secure = attempt.url.startswith("https:")
    host = urlsplit(attempt.url).hostname or ""
    tls = {"context": tls_context(ca_bundle(verify)), "server_hostname": host} if secure else {}
    options = {
        # The library sends its own.
        "header": [f"{name}: {value}" for name, value in attempt.headers.items() if name != "Host"],
        "host": attempt.headers["Host"],
        "suppress_origin": True,
        "redirect_limit": 0,
        "timeout": opening_seconds(limits),
        "sslopt": tls,
        # Output may be any bytes, also in frames for text.
        "skip_utf8_validation": True,
        "enable_multithread": True,
        **_proxy_options(attempt.url, proxies),
    }
    failure: FCError
    try:
        url = f"ws{attempt.url[4:]}".replace(host, name_to_look_up(host), 1)
        connection = websocket.create_connection(url, **options)
    except websocket.WebSocketBadStatusException as exc:
        headers = Headers((exc.resp_headers or {}).items())
        return Response(exc.status_code, headers, exc.resp_body or b"")
    except (TimeoutError, websocket.WebSocketTimeoutException):
        failure = RequestTimeoutError("timed out opening a WebSocket", operation=attempt.operation)
    except (socket.gaierror, ConnectionRefusedError) as exc:
        failure = connecting(attempt.headers["Host"], exc)
        failure.operation = attempt.operation
    except (*_FAILURES, ValueError) as exc:
        message = f"cannot open a WebSocket: {words(exc)}"
        failure = TransportError(message, operation=attempt.operation)
    else:
        return WebSocketConnection(connection, attempt.operation)
    # Raised here: the frames of the library have the headers.
    raise failure


def _proxy_options(url: str, proxies: Mapping[str, str] | None) -> dict[str, Any]:
    proxy = proxy_of(url, proxies, (*HTTP_SCHEMES, *SOCKS_SCHEMES))
    if proxy is None:
        # Else the library looks into the environment by itself.
        return {"http_no_proxy": ["*"]}
    parts = urlsplit(proxy)
    user = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return {
        "http_proxy_host": parts.hostname,
        "http_proxy_port": parts.port or 80,
        "http_proxy_auth": user,
        "proxy_type": "http" if parts.scheme in HTTP_SCHEMES else parts.scheme,
    }


def _closed(data: bytes) -> Closed:
    if len(data) < 2:
        return Closed(1005, "")
    return Closed(struct.unpack("!H", data[:2])[0], data[2:].decode("utf-8", "replace"))
