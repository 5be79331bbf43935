"""Serves the HTTP API: reads requests, checks signatures, sends replies and errors.

This is aiohttp's low-level server without its router: paths are split before
they are decoded, and the signature check sees them as they were sent.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from fc_client._clock import monotonic
from fc_client._disclosure import shown
from fc_client.local.api import authentication
from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError
from fc_client.local.api.http_calls import HttpCalls
from fc_client.local.api.http_targets import (
    HttpTarget,
    find_domain,
    target_of,
    target_of_domain,
)
from fc_client.local.api.messages import ApiReply, ApiRequest, Invocation
from fc_client.local.api.origins import origin_of
from fc_client.local.api.request_bodies import TOO_LARGE, read_body
from fc_client.local.api.request_log import describe, is_logged
from fc_client.local.api.routes import Route, find_route
from fc_client.local.cloud.addresses import GATEWAY, Address
from fc_client.local.cloud.gateway.calls import MAX_BODY, body_too_large
from fc_client.local.cloud.messages import CloudReply, CloudRequest
from fc_client.local.dispatch.activity import ActivityLog
from fc_client.local.storage.store import StoreError
from fc_client.local.storage.versions import MissingResourceError

__all__ = ["ApiHandler", "HttpServer"]

logger = logging.getLogger("fc_client.local")

_CONNECTION_OPTIONS: dict[str, Any] = {
    "access_log": None,
    "logger": logger,
    # Like the service, close idle connections after 90 seconds.
    "keepalive_timeout": 90.0,
    # Old clients send all parameters of an action in the query.
    "max_line_size": 16 * 1024,
    # Functions get the event as it was sent.
    "auto_decompress": False,
}

# How long requests may go on when the server stops.
_SHUTDOWN_SECONDS = 0.25

_ID_HEADER = "X-Fc-Request-Id"

# Of requests to the services beside Function Compute.
_MAX_CLOUD_BODY = 10 * 1024 * 1024


class ApiHandler:
    """Answers requests; every error but a lost connection becomes an Error reply.

    Args:
        backend: What the operations work on.
        bound_host: The host that the server listens on, for the check of Host.
        allowed_hosts: Further names of this server, in lower case.
        auth: Whether requests must be signed.
        log: Logs the requests.
    """

    def __init__(
        self,
        backend: Backend,
        bound_host: str,
        *,
        auth: bool,
        allowed_hosts: Collection[str] = (),
        log: ActivityLog,
    ) -> None:
        self._backend = backend
        self._bound_host = bound_host
        self._allowed_hosts = allowed_hosts
        self._auth = auth
        self._log = log
        self._http_calls = HttpCalls(backend, auth=auth)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        request_id = str(uuid.uuid4())
        started = monotonic()
        answer = await self._answer(request, request_id)
        if isinstance(answer, ApiError):
            response: web.StreamResponse = error_response(answer)
            response.headers[_ID_HEADER] = request_id
        else:
            response = _response(answer)
            # API Gateway has put its own there.
            request_id = response.headers.setdefault(answer.id_header, request_id)
        if self._log.is_on and is_logged(request, answer):
            seconds, details = monotonic() - started, self._log.has_details
            self._log.add(describe(request, answer, request_id, seconds, with_details=details))
        return response

    async def _answer(self, request: web.BaseRequest, request_id: str) -> ApiReply | ApiError:
        """Return the reply to a request, or the error that is the reply."""
        try:
            return await self._reply(request, request_id)
        except ApiError as error:
            return error
        except MissingResourceError as exc:
            return ApiError(f"{exc.kind}NotFound", str(exc))
        except (ConnectionError, asyncio.CancelledError):
            # The client has disconnected, or the server is stopping.
            raise
        except (StoreError, OSError) as exc:
            # A full or read-only disk: what to do about it is in the message.
            logger.error("request %s failed: %s", request_id, exc)  # noqa: TRY400
            return ApiError("InternalServerError", str(exc))
        except Exception:
            logger.exception("request %s failed", request_id)
            return ApiError("InternalServerError", "an internal error has occurred")

    async def _reply(self, request: web.BaseRequest, request_id: str) -> ApiReply:
        headers = _headers(request.raw_headers)
        host = headers.get("host", "")
        path, query, target_host = _split(request.raw_path)
        target = self._http_target(request.method, path, target_host or host, host)
        if target is not None:
            return await self._http_calls.answer(request, target, path, query, headers, request_id)
        pairs = parse_qsl(query, keep_blank_values=True)
        queries = dict(pairs)
        address = self._backend.cloud.find(request.method, path, queries, headers)
        if address is None or address.service != GATEWAY:
            # Web pages may call APIs: only those who know the ID of the group can.
            authentication.check_browser(headers)
        if address is not None:
            return await self._cloud_reply(address, request, headers, queries, request_id)
        return await self._operation_reply(path, request, headers, pairs, request_id)

    async def _operation_reply(
        self,
        path: str,
        request: web.BaseRequest,
        headers: dict[str, str],
        pairs: list[tuple[str, str]],
        request_id: str,
    ) -> ApiReply:
        """Answer a request for an operation of Function Compute; *pairs* is its query."""
        queries = dict(pairs)
        route, names = find_route(request.method, path)
        self._authenticate(route, request, path, headers, queries)
        body = await read_body(request, headers, route.max_body)
        authentication.check_content_md5(headers.get("content-md5"), body)
        origin = origin_of(request, headers.get("host", ""))
        return await route.operation(
            self._backend,
            ApiRequest(names, queries, headers, body, request_id, origin, pairs, request),
        )

    def _http_target(self, method: str, path: str, *hosts: str) -> HttpTarget | None:
        """Return the HTTP function that a request is for, if any, after the check of its Host.

        Web pages may call HTTP functions, as in the cloud. Those of other names,
        which may have been pointed at this machine, cannot.
        """
        domain = None
        with suppress(StoreError):
            # Each service reports a damaged store in its own form, below.
            domain = find_domain(self._backend.store, hosts[0])
        if domain is not None:
            return target_of_domain(domain, method, path)
        for host in hosts:
            authentication.check_host(host, self._bound_host, self._allowed_hosts)
        return target_of(path)

    async def _cloud_reply(
        self,
        address: Address,
        request: web.BaseRequest,
        headers: dict[str, str],
        queries: Mapping[str, str],
        request_id: str,
    ) -> ApiReply:
        """Answer a request to a service beside Function Compute."""
        is_call = address.service == GATEWAY
        request_id = request_id.upper() if is_call else request_id
        try:
            body = await read_body(request, headers, MAX_BODY if is_call else _MAX_CLOUD_BODY)
        except ApiError as error:
            if is_call and error.code == TOO_LARGE:
                return _api_reply(body_too_large(request_id), "X-Ca-Request-Id")
            raise
        sent = CloudRequest(
            request.method,
            address.path,
            _split(request.raw_path)[0],
            queries,
            headers,
            body,
            request_id,
            headers.get("host", ""),
            address.project,
            request.remote or "",
            len(request.raw_path),
        )
        reply = await self._backend.cloud.answer(address, sent)
        return _api_reply(reply, "X-Ca-Request-Id" if is_call else _ID_HEADER)

    def _authenticate(
        self,
        route: Route,
        request: web.BaseRequest,
        path: str,
        headers: Mapping[str, str],
        queries: Mapping[str, str],
    ) -> None:
        keys, now = self._backend.keys, self._backend.clock()
        if route.control:
            authentication.check_token(self._backend.control_token, headers)
        elif route.presigned:
            authentication.check_presigned(keys, path, queries, now)
        elif self._auth:
            authentication.check_signature(
                keys,
                request.method,
                unquote(path),
                request.raw_path,
                headers,
                now,
                self._backend.is_frozen,
            )


def _split(target: str) -> tuple[str, str, str]:
    """Return the path, the query and the host of a request target, all as sent."""
    if not target.startswith("/"):
        # Absolute form, as clients send it to a proxy.
        try:
            url = urlsplit(target)
        except ValueError as exc:
            raise ApiError("PathNotSupported", f"the path {target!r} is not supported") from exc
        return url.path or "/", url.query, url.netloc
    path, _, query = target.partition("?")
    return path, query, ""


def _headers(raw_headers: tuple[tuple[bytes, bytes], ...]) -> dict[str, str]:
    """Return headers by lower-case name; the values of a repeated one are joined with commas."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw_headers:
        name, value = _text(raw_name).lower(), _text(raw_value)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _text(raw: bytes) -> str:
    """Decode a header as the client signed it: UTF-8, or Latin-1 as some libraries send."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _api_reply(reply: CloudReply, id_header: str) -> ApiReply:
    headers, content = reply.headers, b""
    if isinstance(reply.content, bytes):
        content = reply.content
    elif reply.content is not None:
        headers = {"Content-Type": "application/json", **headers}
        content = json.dumps(reply.content).encode()
    invocation = None if reply.outcome is None else Invocation(reply.event, reply.outcome)
    return ApiReply(
        reply.status,
        content,
        headers,
        invocation,
        id_header,
        reply.operation,
        reply.target,
        reply.problem,
    )


def _response(reply: ApiReply) -> web.StreamResponse:
    if isinstance(reply.sent, web.StreamResponse):
        return reply.sent
    headers = dict(reply.headers)
    if isinstance(reply.content, Path):
        return web.FileResponse(reply.content, headers=headers)
    if isinstance(reply.content, dict):
        return _json_response(reply.status, reply.content, headers)
    return web.Response(status=reply.status, body=reply.content, headers=headers)


def _json_response(
    status: int, document: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(
        status=status,
        body=json.dumps(document).encode(),
        headers=headers,
        content_type="application/json",
    )


def error_response(error: ApiError) -> web.Response:
    """Return the Error reply of an ApiError."""
    return _json_response(error.status, error.document)


class _Connection(web.RequestHandler):
    """A connection that answers malformed HTTP with an Error reply, too."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,  # noqa: ARG002 - the signature is aiohttp's
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that cannot be parsed."""
        logger.info("malformed HTTP request from %s: %s", request.remote, shown(message or exc))
        text = "malformed HTTP request"
        if isinstance(exc, LineTooLong):
            text += ": the request line or a header is too long"
        response = error_response(ApiError("InvalidArgument", text))
        response.headers["X-Fc-Request-Id"] = str(uuid.uuid4())
        response.force_close()
        return response


class _ConnectionFactory(web.Server):
    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=asyncio.get_running_loop(), **_CONNECTION_OPTIONS)


class HttpServer:
    """Serves a handler on a listening socket.

    Args:
        handler: Answers each request.
        sock: The listening socket; :meth:`stop` closes it.
    """

    def __init__(self, handler: ApiHandler, sock: socket.socket) -> None:
        self._handler = handler
        self._sock = sock

    async def start(self) -> None:
        """Start to accept connections."""
        self._runner = web.ServerRunner(
            _ConnectionFactory(self._handler), shutdown_timeout=_SHUTDOWN_SECONDS
        )
        await self._runner.setup()
        await web.SockSite(self._runner, self._sock).start()

    async def stop(self) -> None:
        """Close the socket and all connections."""
        await self._runner.cleanup()
