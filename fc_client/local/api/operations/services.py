"""Creates, gets, changes, lists and deletes services."""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial
from typing import Any

from fc_client.local.api import validation
from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError
from fc_client.local.api.listing import list_records
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.resources import (
    check_if_match,
    create,
    find_service,
    read_document,
    reply_of,
    require_absent,
    require_empty,
    update,
)
from fc_client.local.api.operations.tags import accepts_tags
from fc_client.local.api.operations.views import service_view
from fc_client.local.storage.belongings import delete_belongings
from fc_client.local.storage.schema import ALIAS, FUNCTION, SERVICE, VERSION, VERSION_COUNTER

__all__ = ["create_service", "delete_service", "get_service", "list_services", "update_service"]


async def create_service(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST /2016-08-15/services (guide: CreateService)."""
    document = validation.service_document(read_document(request))
    key = (document["serviceName"],)
    require_absent(backend.store, SERVICE, key)
    _check_references(backend, document)
    stored = {**document, "serviceId": str(uuid.uuid4())}
    return create(backend, SERVICE, key, stored, partial(service_view, backend))


async def list_services(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/services (guide: ListServices)."""
    records, token = list_records(
        backend.store, SERVICE, (), request.query, accepts=accepts_tags(backend.store, request)
    )
    services = [service_view(backend, record.document) for record in records]
    return ApiReply(content={"services": services, **token})


async def get_service(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/services/{serviceName} (guide: GetService)."""
    service = find_service(backend.store, request)
    # Only the key of a service in a version has the version.
    version = backend.store.get(VERSION, service.key) if len(service.key) > 1 else None
    if version is not None:
        document = {**service.document, "description": version.document["description"]}
        service = replace(service, document=document)
    return reply_of(service, partial(service_view, backend))


async def update_service(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT /2016-08-15/services/{serviceName} (guide: UpdateService)."""
    record = find_service(backend.store, request)
    document = read_document(request)
    changes = validation.service_update(document, record.document)
    check_if_match(record, request)
    _check_references(backend, changes)
    return update(backend, SERVICE, record, changes, partial(service_view, backend))


def _check_references(backend: Backend, fields: dict[str, Any]) -> None:
    """Raise ApiError if the server is strict and a role or logstore does not exist."""
    problem = backend.cloud.missing_reference(fields)
    if problem is not None:
        raise ApiError("InvalidArgument", problem)


async def delete_service(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE /2016-08-15/services/{serviceName} (guide: DeleteService)."""
    record = find_service(backend.store, request)
    check_if_match(record, request)
    for children in (FUNCTION, VERSION):
        require_empty(backend.store, SERVICE, record.key, children)
    with backend.store.transaction():
        backend.store.delete_children(ALIAS, record.key)
        # A new service of this name counts its versions from 1.
        backend.store.delete(VERSION_COUNTER, record.key)
        backend.store.delete(SERVICE, record.key)
        delete_belongings(backend.store, record.key)
    return ApiReply(204)
