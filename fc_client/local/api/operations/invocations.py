"""Invokes functions, Sync and Async."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from fc_client.local.api import validation
from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.api.messages import ApiReply, ApiRequest, Invocation
from fc_client.local.api.operations.resources import find_function, function_key
from fc_client.local.api.operations.stateful_invocations import STATEFUL_ID, new_invocation_id
from fc_client.local.dispatch.invocations import (
    LONGEST_DELAY,
    FunctionSpec,
    Outcome,
    ResourceExhausted,
)
from fc_client.local.dispatch.queue_records import MAX_ASYNC_EVENT
from fc_client.local.storage.schema import LATEST, FunctionKey

__all__ = ["check_outcome", "chosen_header", "enqueue", "invoke_function", "run_headers"]

# The route limits the payload of Sync invocations.
_LOG_TAIL = 4096


async def invoke_function(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST .../functions/{functionName}/invocations (guide: InvokeFunction)."""
    function = function_key(request)
    invocation_type = chosen_header(request.headers, "X-Fc-Invocation-Type", ("Sync", "Async"))
    log_type = chosen_header(request.headers, "X-Fc-Log-Type", ("None", "Tail"))
    if invocation_type == "Async":
        if log_type == "Tail":
            raise invalid_argument("X-Fc-Log-Type", "Tail is for Sync invocations")
        # Of the version that an alias stands for now: it may be another one when it runs.
        find_function(backend.store, request)
        return _accept(backend, function, request)
    return await _invoke(backend, function, request, with_log=log_type == "Tail")


def chosen_header(headers: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    """Return a header whose value must be one of *values*; the first is the default.

    Raises:
        ApiError: InvalidArgument, for another value.
    """
    value = headers.get(name.lower(), values[0])
    if value not in values:
        raise invalid_argument(name, f"must be one of {', '.join(values)}, got {value!r}")
    return value


def _accept(backend: Backend, function: FunctionKey, request: ApiRequest) -> ApiReply:
    if len(request.body) > MAX_ASYNC_EVENT:
        raise ApiError(
            "EntityTooLarge",
            f"the payload of an Async invocation must have at most {MAX_ASYNC_EVENT} bytes, "
            f"got {len(request.body)}",
        )
    headers = enqueue(backend, function, request, request.body)
    return ApiReply(202, headers=headers, invocation=Invocation(request.body))


def enqueue(
    backend: Backend, function: FunctionKey, request: ApiRequest, event: bytes
) -> dict[str, str]:
    """Queue an event as the headers of a request say; return the headers of the reply."""
    text = request.headers.get("x-fc-async-delay", "0")
    delay = validation.integer_between("X-Fc-Async-Delay", text, 0, LONGEST_DELAY)
    given = new_invocation_id(backend, function, request)
    stateful_id = backend.invocations.enqueue(function, request.request_id, event, delay, given)
    return {STATEFUL_ID: stateful_id} if stateful_id else {}


async def _invoke(
    backend: Backend, function: FunctionKey, request: ApiRequest, *, with_log: bool
) -> ApiReply:
    spec = backend.invocations.spec(function, request.headers)
    try:
        outcome = await backend.invocations.run(spec, request.request_id, request.body)
    except ResourceExhausted as exc:
        raise ApiError("ResourceExhausted", str(exc)) from exc
    check_outcome(outcome)
    headers = {
        "Content-Type": _content_type(outcome),
        **run_headers(outcome, spec, with_log=with_log),
    }
    invocation = Invocation(request.body, outcome)
    return ApiReply(content=outcome.payload, headers=headers, invocation=invocation)


def check_outcome(outcome: Outcome) -> None:
    """Raise ApiError if the program of a custom runtime has failed, and not the function in it."""
    if outcome.code:
        message = json.loads(outcome.payload).get("errorMessage", "")
        raise ApiError(outcome.code, message)


def run_headers(outcome: Outcome, spec: FunctionSpec, *, with_log: bool) -> dict[str, str]:
    """Return the headers that describe the run of a function.

    Args:
        outcome: The run.
        spec: The function as it has run.
        with_log: Whether to add the end of the log.
    """
    headers = {
        "X-Fc-Invocation-Duration": str(round(outcome.duration_ms)),
        "X-Fc-Max-Memory-Usage": f"{outcome.max_memory_mb:.2f}",
        "X-Fc-Code-Checksum": spec.code_checksum,
        "X-Fc-Instance-Id": outcome.instance_id,
        "X-Fc-Invocation-Service-Version": spec.service_version or LATEST,
    }
    if outcome.error_type is not None:
        headers["X-Fc-Error-Type"] = outcome.error_type
    if with_log:
        headers["X-Fc-Log-Result"] = base64.b64encode(outcome.log[-_LOG_TAIL:]).decode()
    return headers


def _content_type(outcome: Outcome) -> str:
    """Return the type of the payload: an error is a JSON document, a result any bytes."""
    return "application/octet-stream" if outcome.error_type is None else "application/json"
