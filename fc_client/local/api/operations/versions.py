"""Publishes, lists and deletes versions of services."""

from __future__ import annotations

from typing import Any

from fc_client.local.api import validation
from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError
from fc_client.local.api.listing import list_numbered
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.code_removal import remove_unused
from fc_client.local.api.operations.resources import (
    check_if_match,
    create,
    find_child,
    find_service,
    read_document,
    reply_of,
)
from fc_client.local.storage.schema import (
    FUNCTION,
    FUNCTION_SNAPSHOT,
    SERVICE_SNAPSHOT,
    VERSION,
    VERSION_COUNTER,
    FunctionKey,
    FunctionVersion,
    Record,
)
from fc_client.local.storage.store import Store

__all__ = ["delete_service_version", "list_service_versions", "publish_service_version"]

# What an update changes even if all settings remain.
_TIMES = frozenset({"createdTime", "lastModifiedTime"})


async def publish_service_version(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST /2016-08-15/services/{serviceName}/versions (PublishServiceVersion)."""
    service = find_service(backend.store, request)
    # Some SDKs send no body without a description.
    document = validation.version_document(read_document(request) if request.body else {})
    check_if_match(service, request)
    functions = backend.store.page(FUNCTION, service.key, limit=-1)
    last = _last_version(backend.store, service)
    published = backend.store.get(VERSION, (*service.key, str(last)))
    if published is not None and _is_same(backend.store, published, service, functions):
        if request.headers.get("x-fc-ignore-version-publish-error", "").lower() == "true":
            return reply_of(published)
        raise ApiError(
            "VersionPublishError",
            f"service {service.key[0]!r} has not changed since version {last}: "
            "change it or one of its functions first",
        )
    with backend.store.transaction():
        return _publish(backend, service, functions, last + 1, document)


def _last_version(store: Store, service: Record) -> int:
    """Return the last ID that was used, also if that version has been deleted; 0 for none."""
    counter = store.get(VERSION_COUNTER, service.key)
    return 0 if counter is None else int(counter.document["last"])


def _is_same(store: Store, version: Record, service: Record, functions: list[Record]) -> bool:
    """Return whether a version has the settings and functions of a service."""
    snapshot = store.get(SERVICE_SNAPSHOT, version.key)
    copies = store.page(FUNCTION_SNAPSHOT, version.key, limit=-1)
    then = [snapshot.document if snapshot else {}, *(copy.document for copy in copies)]
    now = [service.document, *(function.document for function in functions)]
    return list(map(_settings, then)) == list(map(_settings, now))


def _settings(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in _TIMES}


def _publish(
    backend: Backend,
    service: Record,
    functions: list[Record],
    number: int,
    document: dict[str, Any],
) -> ApiReply:
    """Store a version with copies of the service and its functions, and return the reply."""
    version_id = str(number)
    key = (*service.key, version_id)
    backend.store.put(VERSION_COUNTER, service.key, {"last": number})
    backend.store.put(SERVICE_SNAPSHOT, key, service.document)
    for function in functions:
        backend.store.put(FUNCTION_SNAPSHOT, (*key, function.key[-1]), function.document)
    return create(backend, VERSION, key, {"versionId": version_id, **document})


async def list_service_versions(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/services/{serviceName}/versions (ListServiceVersions)."""
    service = find_service(backend.store, request)
    return ApiReply(
        content=list_numbered(backend.store, VERSION, service.key, request.query, "versions")
    )


async def delete_service_version(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE /2016-08-15/services/{serviceName}/versions/{versionId} (DeleteServiceVersion).

    Aliases may still name the version: their invocations then fail.
    """
    store = backend.store
    async with backend.code_lock:
        version = find_child(store, VERSION, find_service(store, request), "versionId", request)
        functions = store.page(FUNCTION_SNAPSHOT, version.key, limit=-1)
        service_name, version_id = version.key
        with store.transaction():
            store.delete_children(FUNCTION_SNAPSHOT, version.key)
            store.delete(SERVICE_SNAPSHOT, version.key)
            store.delete(VERSION, version.key)
            for function in functions:
                store.cancel(FunctionKey(service_name, function.key[-1], version_id))
        for function in functions:
            backend.invocations.retire(FunctionVersion(service_name, function.key[-1], version_id))
            remove_unused(backend, function.document["codeChecksum"])
    return ApiReply(204)
