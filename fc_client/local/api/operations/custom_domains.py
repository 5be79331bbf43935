"""Creates, gets, changes, lists and deletes custom domains.

The service demands a CNAME record that points a domain at it. Here any name is
accepted: a request reaches the domain by its Host header.
"""

from __future__ import annotations

from typing import Any

from fc_client.local.api import domain_fields
from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError
from fc_client.local.api.http_targets import DOMAIN_KIND
from fc_client.local.api.listing import list_page
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.resources import create, read_document, update
from fc_client.local.storage.schema import CLOUD_RESOURCE, Record

__all__ = [
    "create_custom_domain",
    "delete_custom_domain",
    "get_custom_domain",
    "list_custom_domains",
    "update_custom_domain",
]

_API_VERSION = "2016-08-15"


async def create_custom_domain(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST /2016-08-15/custom-domains."""
    document = domain_fields.new_domain(read_document(request))
    key = (DOMAIN_KIND, document["domainName"])
    if backend.store.get(CLOUD_RESOURCE, key) is not None:
        raise ApiError("DomainNameAlreadyExists", f"domain {key[-1]!r} already exists")
    own = {"accountId": backend.account_id, "apiVersion": _API_VERSION}
    return create(backend, CLOUD_RESOURCE, key, {**document, **own})


async def get_custom_domain(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/custom-domains/{domainName}."""
    record = _find(backend, request)
    return ApiReply(content=record.document, headers={"ETag": record.etag})


async def update_custom_domain(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT /2016-08-15/custom-domains/{domainName}."""
    record = _find(backend, request)
    changes = domain_fields.domain_changes(read_document(request), record.document)
    return update(backend, CLOUD_RESOURCE, record, changes)


async def delete_custom_domain(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE /2016-08-15/custom-domains/{domainName}."""
    backend.store.delete(CLOUD_RESOURCE, _find(backend, request).key)
    return ApiReply(204)


async def list_custom_domains(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/custom-domains."""
    page: dict[str, Any] = list_page(
        backend.store, CLOUD_RESOURCE, (DOMAIN_KIND,), request.query, "customDomains"
    )
    return ApiReply(content=page)


def _find(backend: Backend, request: ApiRequest) -> Record:
    name = domain_fields.checked_name(request.names["domainName"])
    record = backend.store.get(CLOUD_RESOURCE, (DOMAIN_KIND, name))
    if record is None:
        raise ApiError("DomainNameNotFound", f"domain {name!r} does not exist")
    return record
