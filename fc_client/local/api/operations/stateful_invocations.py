"""Gets, lists and stops stateful Async invocations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.api.listing import decode_token, encode_token, list_records
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.resources import find_function, function_key
from fc_client.local.api.validation import integer_between
from fc_client.local.dispatch.attempts import Status
from fc_client.local.dispatch.stateful import ENDED
from fc_client.local.storage.belongings import ASYNC_CONFIGS
from fc_client.local.storage.schema import CLOUD_RESOURCE, FunctionKey, Record

__all__ = [
    "STATEFUL_ID",
    "get_stateful_async_invocation",
    "list_stateful_async_invocation_functions",
    "list_stateful_async_invocations",
    "new_invocation_id",
    "stop_stateful_async_invocation",
]

STATEFUL_ID = "X-Fc-Stateful-Async-Invocation-Id"
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")
_STATES = (
    *("Enqueued", "Dequeued", "Running", "Succeeded", "Failed", "Stopping", "Stopped"),
    *("Expired", "Invalid", "Retrying"),
)
_MILLISECONDS = re.compile(r"[0-9]{1,15}")


def new_invocation_id(backend: Backend, function: FunctionKey, request: ApiRequest) -> str:
    """Return the ID that a request gives to an Async invocation; "" if it gives none.

    Raises:
        ApiError: InvalidArgument, for an ID that is not valid or in use.
    """
    given = request.headers.get(STATEFUL_ID.lower(), "")
    if not given:
        return ""
    if _ID.fullmatch(given) is None:
        problem = "must be 1 to 128 letters, digits, '_' and '-', not starting with a digit or '-'"
        raise invalid_argument(STATEFUL_ID, f"{problem}, got {given!r}")
    if backend.invocations.stateful.find(function, given) is not None:
        raise invalid_argument(STATEFUL_ID, f"{given!r} is in use: choose another ID")
    return given


async def get_stateful_async_invocation(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../stateful-async-invocations/{invocationId} (GetStatefulAsyncInvocation)."""
    return ApiReply(content=_find(backend, request).document)


async def list_stateful_async_invocations(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../stateful-async-invocations (ListStatefulAsyncInvocations).

    They are sorted by the time of their start, the newest first unless
    sortOrderByTime is asc.
    """
    function = function_key(request)
    find_function(backend.store, request)
    limit = integer_between("limit", request.query.get("limit") or "50", 1, 100)
    order = request.query.get("sortOrderByTime") or "desc"
    if order not in ("asc", "desc"):
        raise invalid_argument("sortOrderByTime", f"must be asc or desc, got {order!r}")
    accepts = _Filter.of(request).accepts
    prefix = request.query.get("invocationIdPrefix", "")
    records = backend.invocations.stateful.page(function, prefix)
    found = sorted(
        (record.document for record in records if accepts(record.document)),
        key=_place,
        reverse=order == "desc",
    )
    page, token = _page(found, limit, decode_token(request.query.get("nextToken", "")), order)
    if (request.query.get("includePayload") or "false").lower() != "true":
        page = [{**each, "invocationPayload": ""} for each in page]
    return ApiReply(content={"invocations": page or None, **token})


async def stop_stateful_async_invocation(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT .../stateful-async-invocations/{invocationId} (StopStatefulAsyncInvocation)."""
    record = _find(backend, request)
    status = record.document["status"]
    if status in (Status.STOPPING, Status.STOPPED):
        raise ApiError("AsyncInvocationStopped", "the invocation has been stopped before")
    if status in ENDED or not await backend.invocations.stop(function_key(request), record):
        raise invalid_argument("invocationId", "the invocation has already ended")
    return ApiReply()


async def list_stateful_async_invocation_functions(
    backend: Backend, request: ApiRequest
) -> ApiReply:
    """GET .../stateful-async-invocation-functions (ListStatefulAsyncInvocationFunctions)."""
    query = {name: request.query.get(name, "") for name in ("limit", "nextToken")}
    records, token = list_records(
        backend.store,
        CLOUD_RESOURCE,
        (ASYNC_CONFIGS,),
        query,
        accepts=lambda config: bool(config.document["statefulInvocation"]),
    )
    functions = [
        {
            "serviceName": record.document["service"],
            "functionName": record.document["function"],
            "qualifier": record.document["qualifier"],
        }
        for record in records
    ]
    return ApiReply(content={"data": functions, **token})


def _find(backend: Backend, request: ApiRequest) -> Record:
    find_function(backend.store, request)
    name = request.names["invocationId"]
    record = backend.invocations.stateful.find(function_key(request), name)
    if record is None:
        problem = f"invocation {name!r} does not exist"
        raise ApiError("StatefulAsyncInvocationNotFound", problem)
    return record


@dataclass(frozen=True)
class _Filter:
    """Which invocations a list has: by state, and by the time of their start."""

    status: str
    begin: int
    end: int | None

    @classmethod
    def of(cls, request: ApiRequest) -> _Filter:
        status = request.query.get("status", "")
        if status and status not in _STATES:
            raise invalid_argument("status", f"must be one of {', '.join(_STATES)}, got {status!r}")
        begin = _milliseconds(request, "startedTimeBegin")
        return cls(status, begin or 0, _milliseconds(request, "startedTimeEnd"))

    def accepts(self, document: dict[str, Any]) -> bool:
        started = document["startedTime"]
        return (
            self.status in ("", document["status"])
            and started >= self.begin
            and (self.end is None or started <= self.end)
        )


def _milliseconds(request: ApiRequest, name: str) -> int | None:
    text = request.query.get(name, "")
    if not text:
        return None
    if _MILLISECONDS.fullmatch(text) is None:
        raise invalid_argument(name, f"must be milliseconds since 1970, got {text!r}")
    return int(text)


def _place(document: dict[str, Any]) -> tuple[int, str]:
    return document["startedTime"], document["invocationId"]


def _page(
    found: list[dict[str, Any]], limit: int, after: str, order: str
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return a page of sorted invocations, and its token if another one follows."""
    if after:
        started, _, name = after.partition("/")
        if not started.isdigit():
            raise invalid_argument("nextToken", "is not a token of this list")
        last = int(started), name
        is_ascending = order == "asc"
        found = [
            each for each in found if _place(each) != last and (_place(each) > last) == is_ascending
        ]
    page = found[:limit]
    if len(found) <= limit:
        return page, {}
    started, name = map(str, _place(page[-1]))
    return page, {"nextToken": encode_token(f"{started}/{name}")}
