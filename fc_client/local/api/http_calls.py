"""Runs HTTP functions: passes requests to them, and their responses to the client."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from aiohttp import web
from multidict import CIMultiDict

from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.api.http_signatures import check_call, check_limits, queries_of
from fc_client.local.api.http_targets import HttpTarget
from fc_client.local.api.messages import ApiReply, ApiRequest, Invocation
from fc_client.local.api.operations.invocations import (
    check_outcome,
    chosen_header,
    enqueue,
    run_headers,
)
from fc_client.local.api.operations.resources import function_key
from fc_client.local.api.request_bodies import allow_body
from fc_client.local.dispatch.invocations import FunctionSpec, Outcome, ResourceExhausted
from fc_client.local.dispatch.pools import HttpExchange, HttpHead, HttpRequest
from fc_client.local.dispatch.queue_records import MAX_ASYNC_EVENT
from fc_client.local.storage.schema import LATEST, TRIGGER, FunctionKey
from fc_client.local.storage.versions import plain_qualifier

__all__ = ["HttpCalls"]

_MAX_BODY = 32 * 1024 * 1024
# A body of this size is read before the function gets the request.
_SMALL_BODY = 64 * 1024
# More triggers than a function can have.
_ALL = 1000
# Of the connection, not of the message.
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "content-length",
        "keep-alive",
        "proxy-connection",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# More digits than any body has, and few enough for int().
_LENGTH = re.compile(r"[0-9]{1,18}")
_OPERATION = "HTTPInvokeFunction"
_BODYLESS = (204, 304)


@dataclass(frozen=True)
class _Call:
    """A call that has been accepted."""

    request: web.BaseRequest
    request_id: str
    function: FunctionKey
    spec: FunctionSpec
    headers: Mapping[str, str]
    exchange: HttpExchange


class HttpCalls:
    """Answers the calls of HTTP functions.

    Args:
        backend: What the calls work on.
        auth: Whether calls must be signed, if the trigger demands it.
    """

    def __init__(self, backend: Backend, *, auth: bool) -> None:
        self._backend = backend
        self._auth = auth

    async def answer(
        self,
        request: web.BaseRequest,
        target: HttpTarget,
        path: str,
        query: str,
        headers: Mapping[str, str],
        request_id: str,
    ) -> ApiReply:
        """Run the function of *target*.

        Args:
            request: The request.
            target: The function, and the path that it sees.
            path: The path as sent, which is signed.
            query: The query as sent.
            headers: All headers, names in lower case.
            request_id: ID of the request.

        Raises:
            ApiError: the function cannot be called. Errors of the function itself
                are replies.
        """
        function = function_key(ApiRequest(target.names))
        spec = self._backend.invocations.spec(function, headers)
        config = self._trigger_config(function)
        keys, now, is_frozen = self._backend.keys, self._backend.clock(), self._backend.is_frozen
        if self._auth and config["authType"] != "anonymous":
            check_call(keys, request.method, path, query, headers, now, is_frozen)
        if request.method not in config["methods"]:
            raise ApiError(
                "MethodNotAllowed",
                f"the HTTP trigger allows {', '.join(config['methods'])}, not {request.method}",
            )
        check_limits(request.raw_path, headers)
        is_async = chosen_header(headers, "X-Fc-Invocation-Type", ("Sync", "Async")) == "Async"
        with_log = chosen_header(headers, "X-Fc-Log-Type", ("None", "Tail")) == "Tail"
        if is_async and with_log:
            raise invalid_argument("X-Fc-Log-Type", "Tail is for Sync invocations")
        exchange = HttpExchange(_request_of(request, target, query))
        call = _Call(request, request_id, function, spec, headers, exchange)
        return await (self._accept(call) if is_async else self._run(call, with_log=with_log))

    def _trigger_config(self, function: FunctionKey) -> Mapping[str, Any]:
        for trigger in self._backend.store.page(TRIGGER, function[:2], limit=_ALL):
            fields = trigger.document
            qualifier = plain_qualifier(fields.get("qualifier") or "")
            if fields["triggerType"] == "http" and qualifier == function.qualifier:
                config: Mapping[str, Any] = fields["triggerConfig"]
                return config
        raise ApiError("TriggerNotFound", f"{function} has no HTTP trigger")

    async def _accept(self, call: _Call) -> ApiReply:
        """Queue an Async call."""
        await _read(call, MAX_ASYNC_EVENT)
        event = call.exchange.queued()
        request = ApiRequest(headers=call.headers, request_id=call.request_id)
        return ApiReply(
            202,
            headers=enqueue(self._backend, call.function, request, event),
            invocation=Invocation(_shown(call)),
            operation=_OPERATION,
            target=str(call.function),
        )

    async def _run(self, call: _Call, *, with_log: bool) -> ApiReply:
        length = call.request.content_length
        is_small = not call.request.body_exists or (length is not None and length <= _SMALL_BODY)
        _check_length(call.request, _MAX_BODY)
        if is_small:
            await _read(call, _MAX_BODY)
        run = asyncio.create_task(
            self._backend.invocations.run(call.spec, call.request_id, call.exchange)
        )
        run.add_done_callback(lambda _: call.exchange.close())
        pump = None if is_small else asyncio.create_task(_read(call, _MAX_BODY))
        try:
            return await _relay(call, run, pump, with_log=with_log)
        except ResourceExhausted as exc:
            raise ApiError("ResourceExhausted", str(exc)) from exc
        finally:
            await _cancel(run, pump)


async def _relay(
    call: _Call,
    run: asyncio.Task[Outcome],
    pump: asyncio.Task[None] | None,
    *,
    with_log: bool,
) -> ApiReply:
    """Return the reply of a call, which has been sent already if it came in parts."""
    head = await call.exchange.head()
    if head is not None and not head.is_whole:
        return await _stream(call, head, run)
    outcome = await run
    check_outcome(outcome)
    headers = run_headers(outcome, call.spec, with_log=with_log)
    if outcome.error_type is None and head is not None:
        response = _whole_response(call, head, headers)
        return _reply(call, outcome, head.status, response)
    if pump is not None and pump.done() and (problem := pump.exception()) is not None:
        # The function has failed because the rest of the body was refused.
        raise problem
    response = web.Response(status=502, body=outcome.payload, headers=headers)
    response.content_type = "application/json"
    return _reply(call, outcome, 502, response)


def _reply(call: _Call, outcome: Outcome, status: int, response: web.StreamResponse) -> ApiReply:
    return ApiReply(
        status,
        invocation=Invocation(_shown(call), outcome),
        operation=_OPERATION,
        target=str(call.function),
        sent=response,
    )


def _shown(call: _Call) -> bytes:
    """Return what the log shows of a call; its query may have a signature."""
    return f"{call.request.method} {call.request.raw_path.partition('?')[0]}".encode()


def _whole_response(call: _Call, head: HttpHead, headers: Mapping[str, str]) -> web.StreamResponse:
    all_headers = _headers_of(head)
    all_headers.update(headers)
    body = call.exchange.whole_body()
    if _is_bodyless(call, head):
        if head.status not in _BODYLESS:
            all_headers["Content-Length"] = _length_of(head) or str(len(body))
        return web.StreamResponse(status=head.status, headers=all_headers)
    return web.Response(status=head.status, headers=all_headers, body=body)


async def _stream(call: _Call, head: HttpHead, run: asyncio.Task[Outcome]) -> ApiReply:
    """Send a response while the function makes it."""
    headers = _headers_of(head)
    headers["X-Fc-Request-Id"] = call.request_id
    headers["X-Fc-Invocation-Service-Version"] = call.spec.service_version or LATEST
    length = _length_of(head)
    if length is not None and head.status not in _BODYLESS:
        headers["Content-Length"] = length
    response = web.StreamResponse(status=head.status, headers=headers)
    try:
        await _send(call, head, response, run)
        outcome = await run
        if outcome.error_type is not None:
            _abort(call)
    except ConnectionError:
        # The client has disconnected. The function runs to its end, as in the cloud.
        call.exchange.discard()
        outcome = await run
    except BaseException:
        _abort(call)
        raise
    return _reply(call, outcome, head.status, response)


async def _send(
    call: _Call, head: HttpHead, response: web.StreamResponse, run: asyncio.Task[Outcome]
) -> None:
    """Send the parts of a response, and its end if the function has not failed."""
    await response.prepare(call.request)
    is_bodyless, sent = _is_bodyless(call, head), 0
    async for data in call.exchange.parts():
        if not is_bodyless:
            sent += len(data)
            await response.write(data)
    if (await run).error_type is not None:
        return
    announced = _length_of(head)
    if announced is not None and not is_bodyless and sent < int(announced):
        # A client that waits for the rest must not take the next response for it.
        _abort(call)
    else:
        await response.write_eof()


def _abort(call: _Call) -> None:
    """Close the connection, so that the client sees that the response is not complete."""
    if call.request.transport is not None:
        call.request.transport.abort()


def _is_bodyless(call: _Call, head: HttpHead) -> bool:
    return call.request.method == "HEAD" or head.status in _BODYLESS


def _headers_of(head: HttpHead) -> CIMultiDict[str]:
    return CIMultiDict(
        (name, value)
        for name, value in head.headers
        if name.lower() not in _HOP_BY_HOP and not name.lower().startswith("x-fc-")
    )


def _length_of(head: HttpHead) -> str | None:
    """Return the Content-Length that the function has set, if it is valid."""
    for name, value in head.headers:
        if name.lower() == "content-length" and _LENGTH.fullmatch(value):
            return value
    return None


def _request_of(request: web.BaseRequest, target: HttpTarget, query: str) -> HttpRequest:
    return HttpRequest(
        method=request.method,
        target=request.raw_path,
        path=unquote(target.path),
        raw_path=target.path,
        path_info=unquote_to_bytes(os.fsencode(target.path)).decode("latin-1"),
        query=query,
        queries={
            name: values[0] if len(values) == 1 else values or ""
            for name, values in queries_of(query).items()
        },
        headers={**_function_headers(request), "x-fc-base-path": target.base_path},
        base_path=target.base_path,
        client_ip=request.remote or "",
        scheme=request.scheme,
    )


def _function_headers(request: web.BaseRequest) -> dict[str, str]:
    """Return the headers that a function sees, with each byte as a character."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in request.raw_headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        # CGI, and programs like it, do not distinguish X_Fc_Name and X-Fc-Name.
        is_reserved = name.replace("_", "-").startswith("x-fc-")
        if name in ("connection", "keep-alive", "expect") or is_reserved:
            continue
        separator = "; " if name == "cookie" else ", "
        headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
    return headers


async def _read(call: _Call, limit: int) -> None:
    """Pass the body of the request on to the function.

    Raises:
        ApiError: InvalidArgument, for a body that is too large.
    """
    size = 0
    try:
        _check_length(call.request, limit)
        await allow_body(call.request, call.headers)
        async for data in call.request.content.iter_any():
            size += len(data)
            _check_size(size, limit)
            call.exchange.feed(data)
    except web.RequestPayloadError as exc:
        call.exchange.break_off()
        raise invalid_argument("body", f"cannot be read: {exc}") from exc
    except BaseException:
        call.exchange.break_off()
        raise
    call.exchange.end_request()


def _check_length(request: web.BaseRequest, limit: int) -> None:
    _check_size(request.content_length or 0, limit)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise invalid_argument("body", f"must have at most {limit} bytes")


async def _cancel(run: asyncio.Task[Outcome], pump: asyncio.Task[None] | None) -> None:
    """End what a call has started, when it is over."""
    for task in (run, pump):
        if task is not None:
            task.cancel()
            with suppress(BaseException):
                await task
