"""Creates, gets, changes, lists and deletes functions, and serves their code."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fc_client.local.api import validation
from fc_client.local.api.authentication import presign
from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError
from fc_client.local.api.listing import list_records
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.code_removal import remove_unused
from fc_client.local.api.operations.layers import check_layers
from fc_client.local.api.operations.resources import (
    check_if_match,
    create,
    find_function,
    find_service,
    latest,
    read_document,
    reply_of,
    require_absent,
    update,
)
from fc_client.local.api.operations.stored_code import store_code, take_code
from fc_client.local.api.operations.triggers import require_no_triggers
from fc_client.local.api.operations.views import function_view
from fc_client.local.storage.belongings import delete_belongings
from fc_client.local.storage.schema import FUNCTION, FUNCTION_SNAPSHOT, FunctionKey, Record

__all__ = [
    "create_function",
    "delete_function",
    "download_code",
    "get_function",
    "get_function_code",
    "list_functions",
    "update_function",
]

# How long the URL of GetFunctionCode is valid.
_CODE_URL_SECONDS = 600


async def create_function(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST /2016-08-15/services/{serviceName}/functions (guide: CreateFunction)."""
    service = find_service(backend.store, request)
    document = validation.function_document(read_document(request))
    code = take_code(document)
    key = (*service.key, document["functionName"])
    require_absent(backend.store, FUNCTION, key)
    check_layers(backend, document.get("layers"))
    async with _stored_code(backend, code, request) as fields:
        # Checked again: storing takes a while, and other requests run in that time.
        find_service(backend.store, request)
        require_absent(backend.store, FUNCTION, key)
        stored = {**document, **fields, "functionId": str(uuid.uuid4())}
        return create(backend, FUNCTION, key, stored, partial(function_view, backend))


async def list_functions(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/services/{serviceName}/functions (guide: ListFunctions)."""
    service = find_service(backend.store, request)
    # The key of a service in a version has the version.
    kind = FUNCTION if len(service.key) == 1 else FUNCTION_SNAPSHOT
    records, token = list_records(backend.store, kind, service.key, request.query)
    functions = [function_view(backend, record.document) for record in records]
    return ApiReply(content={"functions": functions, **token})


async def get_function(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../functions/{functionName} (guide: GetFunction)."""
    return reply_of(find_function(backend.store, request), partial(function_view, backend))


async def update_function(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT .../functions/{functionName} (guide: UpdateFunction)."""
    record = find_function(backend.store, request)
    document = read_document(request)
    changes = validation.function_update(document, record.document)
    check_if_match(record, request)
    check_layers(backend, changes.get("layers"))
    code = changes.pop("code", None)
    if code is None:
        return update(backend, FUNCTION, record, changes, partial(function_view, backend))
    async with _stored_code(backend, code, request) as fields:
        record = find_function(backend.store, request)
        check_if_match(record, request)
        changed = {**changes, **fields}
        reply = update(backend, FUNCTION, record, changed, partial(function_view, backend))
        # Idle ones would keep the old code until the next call.
        backend.invocations.end_instances(latest(record))
        _forget_code(backend, record)
        return reply


async def delete_function(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE .../functions/{functionName} (guide: DeleteFunction)."""
    async with backend.code_lock:
        record = find_function(backend.store, request)
        check_if_match(record, request)
        require_no_triggers(backend.store, record, request)
        with backend.store.transaction():
            backend.store.delete(FUNCTION, record.key)
            backend.store.cancel(FunctionKey(*record.key))
            delete_belongings(backend.store, record.key)
        backend.invocations.retire(latest(record))
        _forget_code(backend, record)
    return ApiReply(204)


async def get_function_code(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../functions/{functionName}/code (guide: GetFunctionCode)."""
    checksum = find_function(backend.store, request).document["codeChecksum"]
    expires = int(backend.clock()) + _CODE_URL_SECONDS
    path = presign(backend.keys, f"/code/{checksum}", expires)
    return ApiReply(content={"url": request.base_url + path, "checksum": checksum})


async def download_code(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /code/{checksum}: the zip behind the URL of GetFunctionCode."""
    checksum = request.names["checksum"]
    if checksum not in backend.store.code_checksums():
        raise ApiError("FunctionNotFound", f"no function has the code {checksum!r} any more")
    return ApiReply(content=backend.code.zip(checksum), headers={"Content-Type": "application/zip"})


@asynccontextmanager
async def _stored_code(
    backend: Backend, code: dict[str, Any], request: ApiRequest
) -> AsyncIterator[dict[str, Any]]:
    """Store code, and remove it again if no function refers to it after the block.

    Yields:
        The fields of the function's document that describe the code.
    """
    expected = request.headers.get("x-fc-code-checksum")
    async with backend.code_lock:
        stored = await store_code(backend.code.put, code, expected)
        try:
            yield {"codeChecksum": stored.checksum, "codeSize": stored.size}
        finally:
            remove_unused(backend, stored.checksum)


def _forget_code(backend: Backend, record: Record) -> None:
    """Remove the code that a function had before, unless it is still in use."""
    remove_unused(backend, record.document["codeChecksum"])
