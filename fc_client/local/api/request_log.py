"""Describes requests and their replies for the log of activities."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from fc_client.local.api.errors import ApiError
from fc_client.local.api.messages import ApiReply
from fc_client.local.api.routes import find_route
from fc_client.local.dispatch.activity import Activity, first_bytes, run_of

__all__ = ["describe", "is_logged"]

_NAMES = ("serviceName", "functionName", "triggerName", "versionId", "aliasName")

# Headers whose value may be a secret, by their name.
_SECRET_HEADER = re.compile(
    "auth|cookie|session|token|secret|passw|passphrase|pwd|signature|credential|key", re.IGNORECASE
)


def is_logged(request: web.BaseRequest, answer: ApiReply | ApiError) -> bool:
    """Return whether a request is worth a line."""
    if isinstance(answer, ApiError):
        return True
    try:
        route, _ = find_route(request.method, request.raw_path.partition("?")[0])
    except ApiError:
        # One to a service beside Function Compute.
        return True
    return not route.polled


def describe(
    request: web.BaseRequest,
    answer: ApiReply | ApiError,
    request_id: str,
    seconds: float,
    *,
    with_details: bool,
) -> Activity:
    """Return the activity of a request.

    Args:
        request: The request.
        answer: Its reply, or the error that is the reply.
        request_id: ID of the request.
        seconds: How long it took.
        with_details: Whether to add headers and the first bytes of the event.
    """
    operation, target = _target_of(request, answer)
    return Activity(
        operation,
        target,
        str(answer.status),
        request_id,
        milliseconds=seconds * 1000,
        details=tuple(_details(request, answer)) if with_details else (),
        **_result_of(answer),
    )


def _result_of(answer: ApiReply | ApiError) -> dict[str, Any]:
    """Return the attributes of an Activity that say how a request went."""
    if isinstance(answer, ApiError):
        return {"failed": True, "note": f"{answer.code}: {answer.message}"}
    if answer.problem:
        outcome = answer.invocation.outcome if answer.invocation else None
        run = {} if outcome is None else run_of(outcome)
        return {**run, "failed": True, "note": answer.problem}
    invocation = answer.invocation
    return {} if invocation is None or invocation.outcome is None else run_of(invocation.outcome)


def _target_of(request: web.BaseRequest, answer: ApiReply | ApiError) -> tuple[str, str]:
    """Return the operation of a request, and the names of what it is about."""
    if isinstance(answer, ApiReply) and answer.operation:
        return answer.operation, answer.target
    path = request.raw_path.partition("?")[0]
    try:
        route, names = find_route(request.method, path)
    except ApiError:
        return request.method, unquote(path)
    found = dict(names)
    if isinstance(answer, ApiReply) and isinstance(answer.content, dict):
        # The body of a create has the name, and so has its reply.
        found.update({name: answer.content[name] for name in _NAMES if name in answer.content})
    if found.get("qualifier"):
        found["serviceName"] = f"{found['serviceName']}.{found['qualifier']}"
    return route.title, "/".join(str(found[name]) for name in _NAMES if name in found)


def _details(request: web.BaseRequest, answer: ApiReply | ApiError) -> Iterator[str]:
    for name, value in request.headers.items():
        yield f"{name}: {'***' if _SECRET_HEADER.search(name) else value}"
    if isinstance(answer, ApiReply) and answer.invocation is not None:
        yield first_bytes(answer.invocation.event)
