"""Stores how many instances a function may have on demand, and how many are kept warm."""

from __future__ import annotations

from typing import Any

from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.api.listing import list_records
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.resources import (
    check_if_match,
    find_function,
    function_key,
    read_document,
    reply_of,
)
from fc_client.local.api.provision_rules import PROVISION, check_provision
from fc_client.local.api.rules import Schema, new_fields, range_rule
from fc_client.local.storage.belongings import ON_DEMAND_CONFIGS, PROVISION_CONFIGS, name_of
from fc_client.local.storage.schema import CLOUD_RESOURCE, LATEST, FunctionKey, Record
from fc_client.local.storage.versions import find_function as find_in_store

__all__ = [
    "delete_on_demand_config",
    "get_on_demand_config",
    "get_provision_config",
    "list_on_demand_configs",
    "list_provision_configs",
    "put_on_demand_config",
    "put_provision_config",
]

_MAX_INSTANCES = 10_000

_ON_DEMAND = Schema(
    rules={"maximumInstanceCount": range_rule(0, _MAX_INSTANCES, "instances")},
    required=("maximumInstanceCount",),
    defaults={},
    read_only=frozenset({"resource"}),
)
_RESOURCE = "services/"


async def put_on_demand_config(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT .../functions/{functionName}/on-demand-config (PutOnDemandConfig).

    The qualifier need not exist.
    """
    function = _function(backend, request)
    fields = new_fields(read_document(request), _ON_DEMAND)
    stored = backend.store.get(CLOUD_RESOURCE, (ON_DEMAND_CONFIGS, _name(function)))
    _check_if_match(stored, request)
    document = {
        "resource": _on_demand_resource(function),
        "maximumInstanceCount": fields["maximumInstanceCount"],
    }
    record = backend.store.put(CLOUD_RESOURCE, (ON_DEMAND_CONFIGS, _name(function)), document)
    backend.invocations.limits.refresh()
    return reply_of(record)


async def get_on_demand_config(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../functions/{functionName}/on-demand-config (GetOnDemandConfig)."""
    return reply_of(_find_on_demand(backend, request))


async def delete_on_demand_config(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE .../functions/{functionName}/on-demand-config (DeleteOnDemandConfig)."""
    record = _find_on_demand(backend, request)
    check_if_match(record, request)
    backend.store.delete(CLOUD_RESOURCE, record.key)
    backend.invocations.limits.refresh()
    return ApiReply(204)


async def list_on_demand_configs(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/on-demand-configs (ListOnDemandConfigs), of all functions.

    prefix and startKey are about the resource: ``services/S.Q/functions/F``.
    """
    prefix, start = (request.query.get(name, "") for name in ("prefix", "startKey"))

    def accepts(record: Record) -> bool:
        resource: str = record.document["resource"]
        return resource.startswith(prefix) and resource >= start

    query = {name: request.query.get(name, "") for name in ("limit", "nextToken")}
    records, token = list_records(
        backend.store, CLOUD_RESOURCE, (ON_DEMAND_CONFIGS,), query, accepts=accepts
    )
    return ApiReply(content={"configs": [record.document for record in records] or None, **token})


async def put_provision_config(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT .../functions/{functionName}/provision-config (PutProvisionConfig)."""
    function = function_key(request)
    find_function(backend.store, request)
    fields = new_fields(read_document(request), PROVISION)
    key = (PROVISION_CONFIGS, _name(function))
    stored = backend.store.get(CLOUD_RESOURCE, key)
    _check_if_match(stored, request)
    # Lists that are left out stay.
    kept = stored.document if stored else _new_provision(backend, function)
    document = {**kept, **{name: fields[name] for name in PROVISION.rules if name in fields}}
    check_provision(document)
    record = backend.store.put(CLOUD_RESOURCE, key, document)
    if not (document["target"] or document["scheduledActions"]):
        backend.store.delete(CLOUD_RESOURCE, key)
    backend.provisioning.refresh()
    return ApiReply(content=_shown(backend, record), headers={"ETag": record.etag})


async def get_provision_config(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../functions/{functionName}/provision-config (GetProvisionConfig).

    Without a configuration the target is 0.
    """
    function = function_key(request)
    find_function(backend.store, request)
    key = (PROVISION_CONFIGS, _name(function))
    record = backend.store.get(CLOUD_RESOURCE, key)
    if record is None:
        record = Record(key, "0", _new_provision(backend, function))
    return ApiReply(content=_shown(backend, record), headers={"ETag": record.etag})


async def list_provision_configs(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/provision-configs (ListProvisionConfigs)."""
    service, qualifier = (request.query.get(name, "") for name in ("serviceName", "qualifier"))
    if qualifier and not service:
        raise invalid_argument("qualifier", "needs serviceName as well")

    def accepts(record: Record) -> bool:
        return not qualifier or record.key[-1].rpartition("/")[2] == qualifier

    query = {name: request.query.get(name, "") for name in ("limit", "nextToken")}
    within = f"{service}/" if service else ""
    records, token = list_records(
        backend.store, CLOUD_RESOURCE, (PROVISION_CONFIGS,), query, within=within, accepts=accepts
    )
    configs = [_shown(backend, record) for record in records]
    return ApiReply(content={"provisionConfigs": configs, **token})


def _function(backend: Backend, request: ApiRequest) -> FunctionKey:
    """Return the function of the path, which must exist; its qualifier need not."""
    function = function_key(request)
    find_in_store(backend.store, function.at(""))
    return function


def _name(function: FunctionKey) -> str:
    return name_of(function.service_name, function.function_name, function.qualifier or LATEST)


def _on_demand_resource(function: FunctionKey) -> str:
    qualifier = function.qualifier or LATEST
    return f"{_RESOURCE}{function.service_name}.{qualifier}/functions/{function.function_name}"


def _check_if_match(stored: Record | None, request: ApiRequest) -> None:
    if stored is not None:
        check_if_match(stored, request)
    elif request.headers.get("if-match"):
        raise ApiError("PreconditionFailed", "the resource does not exist")


def _find_on_demand(backend: Backend, request: ApiRequest) -> Record:
    function = function_key(request)
    record = backend.store.get(CLOUD_RESOURCE, (ON_DEMAND_CONFIGS, _name(function)))
    if record is None:
        raise ApiError("OnDemandConfigNotFound", f"{function} has no on-demand configuration")
    return record


def _new_provision(backend: Backend, function: FunctionKey) -> dict[str, Any]:
    qualifier = function.qualifier or LATEST
    names = (backend.account_id, function.service_name, qualifier, function.function_name)
    return {
        "resource": "#".join(names),
        "target": 0,
        "scheduledActions": None,
        "targetTrackingPolicies": None,
        "alwaysAllocateCPU": True,
    }


def _shown(backend: Backend, record: Record) -> dict[str, Any]:
    """Return a configuration with the number of its instances."""
    found = backend.provisioning.of(record.key[-1])
    return {**record.document, "current": found.current, "currentError": found.error}
