"""The 17 operations of the API (guide: "API specification"), one function each.

Each takes the :class:`Backend` and a request and returns a reply, or raises
ApiError. They know nothing of HTTP connections, signatures or routes.
"""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from fc_client.local.api import validation
from fc_client.local.api.authentication import Keys, presigned
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.api.listing import list_page
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.dispatch.invocations import Invocations, ResourceExhausted
from fc_client.local.dispatch.triggers import Triggers
from fc_client.local.storage.code_storage import (
    CodeStorage,
    CodeTooLargeError,
    InvalidCodeError,
    StoredCode,
)
from fc_client.local.storage.schema import FUNCTION, SERVICE, TRIGGER, FunctionKey, Kind, Record
from fc_client.local.storage.store import Store

__all__ = [
    "CODE_URL_SECONDS",
    "Backend",
    "create_function",
    "create_service",
    "create_trigger",
    "delete_function",
    "delete_service",
    "delete_trigger",
    "download_code",
    "get_function",
    "get_function_code",
    "get_service",
    "get_trigger",
    "invoke_function",
    "list_functions",
    "list_services",
    "list_triggers",
    "update_function",
    "update_service",
    "update_trigger",
]

# How long the URL of GetFunctionCode is good for.
CODE_URL_SECONDS = 600

# A Sync payload may be as large as the body that the route reads.
MAX_ASYNC_PAYLOAD = 128 * 1024
_LOG_TAIL = 4096
MAX_DELAY = 3600


@dataclass(frozen=True)
class Backend:
    """What the operations work on.

    Attributes:
        clock: Seconds since the epoch.
        code_lock: Held while code is stored or removed, so that no removal
            hits a zip whose function is just being made.
    """

    store: Store
    code: CodeStorage
    invocations: Invocations
    triggers: Triggers
    keys: Keys
    clock: Callable[[], float]
    code_lock: asyncio.Lock = field(default_factory=asyncio.Lock)


async def create_service(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST /2016-08-15/services (guide: CreateService)."""
    document = validation.service_document(validation.parse_document(request.body))
    key = (document["serviceName"],)
    _require_absent(backend.store, SERVICE, key)
    return _created(backend, SERVICE, key, {**document, "serviceId": str(uuid.uuid4())})


async def list_services(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/services (guide: ListServices)."""
    return ApiReply(content=list_page(backend.store, SERVICE, (), request.query, "services"))


async def get_service(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/services/{serviceName} (guide: GetService)."""
    return _reply(_service(backend.store, request))


async def update_service(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT /2016-08-15/services/{serviceName} (guide: UpdateService)."""
    record = _service(backend.store, request)
    document = validation.parse_document(request.body)
    changes = validation.service_update(document, record.document)
    _check_if_match(record, request)
    return _updated(backend, SERVICE, record, changes)


async def delete_service(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE /2016-08-15/services/{serviceName} (guide: DeleteService)."""
    record = _service(backend.store, request)
    _check_if_match(record, request)
    _require_empty(backend.store, SERVICE, record.key, FUNCTION)
    backend.store.delete(SERVICE, record.key)
    return ApiReply(204)


async def create_function(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST /2016-08-15/services/{serviceName}/functions (guide: CreateFunction)."""
    service = _service(backend.store, request)
    document = validation.function_document(validation.parse_document(request.body))
    key = (*service.key, document["functionName"])
    _require_absent(backend.store, FUNCTION, key)
    async with _stored_code(backend, document.pop("code"), request) as fields:
        # Storing takes a while, and others may have come first.
        _service(backend.store, request)
        _require_absent(backend.store, FUNCTION, key)
        return _created(
            backend, FUNCTION, key, {**document, **fields, "functionId": str(uuid.uuid4())}
        )


async def list_functions(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/services/{serviceName}/functions (guide: ListFunctions)."""
    service = _service(backend.store, request)
    return ApiReply(
        content=list_page(backend.store, FUNCTION, service.key, request.query, "functions")
    )


async def get_function(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../functions/{functionName} (guide: GetFunction)."""
    return _reply(_function(backend.store, request))


async def update_function(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT .../functions/{functionName} (guide: UpdateFunction)."""
    record = _function(backend.store, request)
    document = validation.parse_document(request.body)
    changes = validation.function_update(document, record.document)
    _check_if_match(record, request)
    code = changes.pop("code", None)
    if code is None:
        return _updated(backend, FUNCTION, record, changes)
    async with _stored_code(backend, code, request) as fields:
        record = _function(backend.store, request)
        _check_if_match(record, request)
        reply = _updated(backend, FUNCTION, record, {**changes, **fields})
        _forget_code(backend, record)
        return reply


async def delete_function(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE .../functions/{functionName} (guide: DeleteFunction)."""
    async with backend.code_lock:
        record = _function(backend.store, request)
        _check_if_match(record, request)
        _require_empty(backend.store, FUNCTION, record.key, TRIGGER)
        with backend.store.transaction():
            backend.store.delete(FUNCTION, record.key)
            backend.store.cancel(_function_key(record))
        backend.invocations.retire(_function_key(record))
        _forget_code(backend, record)
    return ApiReply(204)


async def get_function_code(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../functions/{functionName}/code (guide: GetFunctionCode)."""
    checksum = _function(backend.store, request).document["codeChecksum"]
    expires = int(backend.clock()) + CODE_URL_SECONDS
    path = presigned(backend.keys, f"/code/{checksum}", expires)
    return ApiReply(content={"url": request.base_url + path, "checksum": checksum})


async def download_code(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /code/{checksum}: the zip behind the URL of GetFunctionCode."""
    checksum = request.names["checksum"]
    if checksum not in backend.store.code_checksums():
        raise ApiError("FunctionNotFound", "no function has this code any more")
    return ApiReply(content=backend.code.zip(checksum), headers={"Content-Type": "application/zip"})


async def invoke_function(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST .../functions/{functionName}/invocations (guide: InvokeFunction)."""
    function = _function(backend.store, request)
    invocation_type = _header(request, "X-Fc-Invocation-Type", ("Sync", "Async"))
    log_type = _header(request, "X-Fc-Log-Type", ("None", "Tail"))
    if invocation_type == "Async":
        return _accept(backend, _function_key(function), request)
    return await _invoke(backend, function, request, with_log=log_type == "Tail")


async def create_trigger(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST .../functions/{functionName}/triggers (guide: CreateTrigger)."""
    function = _function(backend.store, request)
    document = validation.trigger_document(validation.parse_document(request.body))
    key = (*function.key, document["triggerName"])
    _require_absent(backend.store, TRIGGER, key)
    reply = _created(backend, TRIGGER, key, document)
    await backend.triggers.refresh()
    return reply


async def list_triggers(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../functions/{functionName}/triggers (guide: ListTriggers)."""
    function = _function(backend.store, request)
    return ApiReply(
        content=list_page(backend.store, TRIGGER, function.key, request.query, "triggers")
    )


async def get_trigger(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../triggers/{triggerName} (guide: GetTrigger)."""
    return _reply(_trigger(backend.store, request))


async def update_trigger(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT .../triggers/{triggerName} (guide: UpdateTrigger)."""
    record = _trigger(backend.store, request)
    document = validation.parse_document(request.body)
    changes = validation.trigger_update(document, record.document)
    _check_if_match(record, request)
    reply = _updated(backend, TRIGGER, record, changes)
    await backend.triggers.refresh()
    return reply


async def delete_trigger(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE .../triggers/{triggerName} (guide: DeleteTrigger)."""
    record = _trigger(backend.store, request)
    _check_if_match(record, request)
    backend.store.delete(TRIGGER, record.key)
    await backend.triggers.refresh()
    return ApiReply(204)


# What a resource of each kind is called in codes and messages.
_TITLES = {SERVICE: "Service", FUNCTION: "Function", TRIGGER: "Trigger"}
_NAMES = ("serviceName", "functionName", "triggerName")


def _service(store: Store, request: ApiRequest) -> Record:
    return _found(store, SERVICE, request)


def _function(store: Store, request: ApiRequest) -> Record:
    # Parents first: the 404 names the outermost thing that is missing.
    _service(store, request)
    return _found(store, FUNCTION, request)


def _trigger(store: Store, request: ApiRequest) -> Record:
    _function(store, request)
    return _found(store, TRIGGER, request)


def _found(store: Store, kind: Kind, request: ApiRequest) -> Record:
    names = _NAMES[: len(kind.keys)]
    key = tuple(request.names[name] for name in names)
    validation.check_name(names[-1], key[-1])
    record = store.get(kind, key)
    if record is None:
        title = _TITLES[kind]
        raise ApiError(f"{title}NotFound", f"{title.lower()} {key[-1]!r} does not exist")
    return record


def _require_absent(store: Store, kind: Kind, key: tuple[str, ...]) -> None:
    if store.get(kind, key) is not None:
        title = _TITLES[kind]
        raise ApiError(f"{title}AlreadyExists", f"{title.lower()} {key[-1]!r} already exists")


def _require_empty(store: Store, kind: Kind, key: tuple[str, ...], children: Kind) -> None:
    if store.has_any(children, key):
        title, child = _TITLES[kind], _TITLES[children].lower()
        raise ApiError(f"{title}NotEmpty", f"{title.lower()} {key[-1]!r} has at least one {child}")


def _check_if_match(record: Record, request: ApiRequest) -> None:
    wanted = request.headers.get("if-match", "").strip()
    # The service writes ETags without quotes, HTTP has them with quotes.
    if wanted and wanted.strip('"') != record.etag:
        raise ApiError("PreconditionFailed", "the resource being modified has been changed")


def _now(backend: Backend) -> str:
    moment = datetime.fromtimestamp(backend.clock(), timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def _created(
    backend: Backend, kind: Kind, key: tuple[str, ...], document: dict[str, Any]
) -> ApiReply:
    now = _now(backend)
    times = {"createdTime": now, "lastModifiedTime": now}
    return _reply(backend.store.put(kind, key, {**document, **times}))


def _updated(backend: Backend, kind: Kind, record: Record, changes: dict[str, Any]) -> ApiReply:
    document = {**record.document, **changes, "lastModifiedTime": _now(backend)}
    return _reply(backend.store.put(kind, record.key, document))


def _reply(record: Record) -> ApiReply:
    return ApiReply(content=record.document, headers={"ETag": record.etag})


def _function_key(function: Record) -> FunctionKey:
    service_name, function_name = function.key
    return service_name, function_name


@asynccontextmanager
async def _stored_code(
    backend: Backend, code: dict[str, Any], request: ApiRequest
) -> AsyncIterator[dict[str, Any]]:
    """Store code, and remove it again if the block makes no function refer to it.

    Yields:
        The fields that tell of it in the function's document.
    """
    expected = request.headers.get("x-fc-code-checksum")
    async with backend.code_lock:
        stored = await _put_code(backend, code, expected)
        try:
            yield {"codeChecksum": stored.checksum, "codeSize": stored.size}
        finally:
            _remove_unused(backend, stored.checksum)


async def _put_code(backend: Backend, code: dict[str, Any], expected: str | None) -> StoredCode:
    try:
        # In a thread: unpacking a large zip must not hold up invocations.
        return await asyncio.to_thread(backend.code.put, code, expected)
    except CodeTooLargeError as exc:
        raise ApiError("EntityTooLarge", f"code: {exc}") from exc
    except InvalidCodeError as exc:
        raise invalid_argument("code", str(exc)) from exc


def _forget_code(backend: Backend, record: Record) -> None:
    """Remove the code of a function's former state, unless it is still in use."""
    _remove_unused(backend, record.document["codeChecksum"])


def _remove_unused(backend: Backend, checksum: str) -> None:
    if checksum not in backend.store.code_checksums():
        backend.code.remove_zip(checksum)


def _header(request: ApiRequest, name: str, values: tuple[str, ...]) -> str:
    """Return a header that takes one of *values*, the first if it is not there."""
    value = request.headers.get(name.lower(), values[0])
    if value not in values:
        raise invalid_argument(name, f"must be one of {', '.join(values)}, not {value!r}")
    return value


def _accept(backend: Backend, function: FunctionKey, request: ApiRequest) -> ApiReply:
    if len(request.body) > MAX_ASYNC_PAYLOAD:
        raise ApiError(
            "EntityTooLarge",
            f"the payload of an Async invocation has more than {MAX_ASYNC_PAYLOAD} bytes",
        )
    text = request.headers.get("x-fc-async-delay", "0")
    delay = validation.integer_between("X-Fc-Async-Delay", text, 0, MAX_DELAY)
    backend.invocations.enqueue(function, request.request_id, request.body, delay)
    return ApiReply(202)


async def _invoke(
    backend: Backend, function: Record, request: ApiRequest, *, with_log: bool
) -> ApiReply:
    try:
        outcome = await backend.invocations.invoke(
            _function_key(function), request.request_id, request.body
        )
    except ResourceExhausted as exc:
        raise ApiError("ResourceExhausted", str(exc)) from exc
    headers = {
        "Content-Type": "application/octet-stream",
        "X-Fc-Invocation-Duration": str(round(outcome.duration_ms)),
        "X-Fc-Max-Memory-Usage": f"{outcome.max_memory_mb:.2f}",
        "X-Fc-Code-Checksum": function.document["codeChecksum"],
        "X-Fc-Instance-Id": outcome.instance_id,
        "X-Fc-Invocation-Service-Version": "LATEST",
    }
    if outcome.error_type is not None:
        headers["X-Fc-Error-Type"] = outcome.error_type
    if with_log:
        headers["X-Fc-Log-Result"] = base64.b64encode(outcome.log[-_LOG_TAIL:]).decode()
    return ApiReply(content=outcome.payload, headers=headers)
