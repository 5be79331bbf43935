"""Creates, gets, changes, lists and deletes aliases of versions."""

from __future__ import annotations

from typing import Any

from fc_client.local.api import validation
from fc_client.local.api.backend import Backend
from fc_client.local.api.listing import list_page
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.resources import (
    check_if_match,
    create,
    find_child,
    find_service,
    read_document,
    reply_of,
    require_absent,
    update,
)
from fc_client.local.storage.schema import ALIAS, Record
from fc_client.local.storage.versions import MissingResourceError, has_version, plain_qualifier

__all__ = ["create_alias", "delete_alias", "get_alias", "list_aliases", "update_alias"]


async def create_alias(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST /2016-08-15/services/{serviceName}/aliases (CreateAlias)."""
    service = find_service(backend.store, request)
    document = validation.alias_document(read_document(request))
    key = (*service.key, document["aliasName"])
    require_absent(backend.store, ALIAS, key)
    _check_versions(backend, service, document)
    return create(backend, ALIAS, key, document)


async def list_aliases(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/services/{serviceName}/aliases (ListAliases)."""
    service = find_service(backend.store, request)
    return ApiReply(content=list_page(backend.store, ALIAS, service.key, request.query, "aliases"))


async def get_alias(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/services/{serviceName}/aliases/{aliasName} (GetAlias)."""
    return reply_of(_find_alias(backend, request))


async def update_alias(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT /2016-08-15/services/{serviceName}/aliases/{aliasName} (UpdateAlias)."""
    service = find_service(backend.store, request)
    alias = _find_alias(backend, request)
    changes = validation.alias_update(read_document(request), alias.document)
    check_if_match(alias, request)
    if changes.keys() & {"versionId", "additionalVersionWeight"}:
        _check_versions(backend, service, {**alias.document, **changes})
    return update(backend, ALIAS, alias, changes)


async def delete_alias(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE /2016-08-15/services/{serviceName}/aliases/{aliasName} (DeleteAlias)."""
    alias = _find_alias(backend, request)
    check_if_match(alias, request)
    backend.store.delete(ALIAS, alias.key)
    return ApiReply(204)


def _find_alias(backend: Backend, request: ApiRequest) -> Record:
    service = find_service(backend.store, request)
    return find_child(backend.store, ALIAS, service, "aliasName", request)


def _check_versions(backend: Backend, service: Record, document: dict[str, Any]) -> None:
    """Check the versions that an alias names.

    The main version may have a weight, which changes nothing: the documentation
    of the service refuses it, and its SDKs are tested with it.

    Raises:
        MissingResourceError: a version does not exist.
    """
    main, others = document["versionId"], document["additionalVersionWeight"]
    for version in (main, *others):
        if plain_qualifier(version) and not has_version(backend.store, service.key[0], version):
            raise MissingResourceError("Version", version)
