"""Stores how Async invocations of functions are run; dispatch follows it."""

from __future__ import annotations

from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.resources import (
    find_function,
    function_key,
    now_text,
    read_document,
)
from fc_client.local.api.rules import STRING, Document, Rule, Schema, new_fields, range_rule
from fc_client.local.api.validation import integer_between
from fc_client.local.storage.belongings import (
    ASYNC_CONFIGS,
    get_belonging,
    name_of,
    records_below,
)
from fc_client.local.storage.schema import CLOUD_RESOURCE, LATEST, FunctionKey, Record
from fc_client.local.storage.versions import find_function as find_in_store

__all__ = [
    "delete_function_async_invoke_config",
    "get_function_async_invoke_config",
    "list_function_async_invoke_configs",
    "put_function_async_invoke_config",
]

_MAX_AGE = 2_592_000
_DESTINATIONS = ("onSuccess", "onFailure")

_CONFIG = Schema(
    rules={
        "maxAsyncRetryAttempts": range_rule(0, 8, "retries"),
        "maxAsyncEventAgeInSeconds": range_rule(1, _MAX_AGE, "seconds"),
        "statefulInvocation": Rule(lambda value: isinstance(value, bool), "true or false"),
        "destinationConfig": Rule(lambda value: isinstance(value, dict), "an object"),
    },
    required=(),
    defaults={
        "maxAsyncRetryAttempts": None,
        "maxAsyncEventAgeInSeconds": None,
        "statefulInvocation": False,
        "destinationConfig": {},
    },
    read_only=frozenset(),
)


async def put_function_async_invoke_config(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT .../functions/{functionName}/async-invoke-config (PutFunctionAsyncInvokeConfig).

    It replaces the whole configuration.
    """
    function = function_key(request)
    find_function(backend.store, request)
    fields = new_fields(read_document(request), _CONFIG)
    fields["destinationConfig"] = _destinations(fields["destinationConfig"])
    stored = _get(backend, function)
    now = now_text(backend, CLOUD_RESOURCE)
    document = {
        "service": function.service_name,
        "function": function.function_name,
        "qualifier": function.qualifier or LATEST,
        "createdTime": stored.document["createdTime"] if stored else now,
        "lastModifiedTime": now,
        **{name: fields[name] for name in _CONFIG.rules},
    }
    name = name_of(document["service"], document["function"], document["qualifier"])
    backend.store.put(CLOUD_RESOURCE, (ASYNC_CONFIGS, name), document)
    return ApiReply(content=document)


async def get_function_async_invoke_config(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../functions/{functionName}/async-invoke-config (GetFunctionAsyncInvokeConfig)."""
    return ApiReply(content=_find(backend, request).document)


async def delete_function_async_invoke_config(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE .../functions/{functionName}/async-invoke-config (DeleteFunctionAsyncInvokeConfig)."""
    backend.store.delete(CLOUD_RESOURCE, _find(backend, request).key)
    return ApiReply(204)


async def list_function_async_invoke_configs(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../functions/{functionName}/async-invoke-configs (ListFunctionAsyncInvokeConfigs).

    As in the service, nextToken is the qualifier that comes next, and empty on
    the last page.
    """
    function = function_key(request)
    find_function(backend.store, request)
    limit = integer_between("limit", request.query.get("limit") or "20", 1, 100)
    start = request.query.get("nextToken", "")
    prefix = name_of(function.service_name, function.function_name, "")
    records = records_below(backend.store, ASYNC_CONFIGS, prefix)
    found = [record.document for record in records if record.document["qualifier"] >= start]
    token = found[limit]["qualifier"] if len(found) > limit else ""
    return ApiReply(content={"configs": found[:limit] or None, "nextToken": token})


def _destinations(config: Document) -> Document:
    """Return the destinations that are given."""
    given = {name: config[name] for name in _DESTINATIONS if config.get(name) is not None}
    for name, destination in given.items():
        field = f"destinationConfig.{name}"
        if not isinstance(destination, dict) or not STRING.accepts(destination.get("destination")):
            raise invalid_argument(field, "must be an object with the string destination")
        arn = destination["destination"]
        if arn and not arn.startswith("acs:"):
            raise invalid_argument(f"{field}.destination", f"must be an ARN, got {arn!r}")
    return given


def _find(backend: Backend, request: ApiRequest) -> Record:
    """Return the configuration of the path; its version or alias may have been deleted."""
    function = function_key(request)
    find_in_store(backend.store, function.at(""))
    record = _get(backend, function)
    if record is None:
        raise ApiError("AsyncConfigNotExists", f"{function} has no configuration")
    return record


def _get(backend: Backend, function: FunctionKey) -> Record | None:
    qualifier = function.qualifier or LATEST
    return get_belonging(
        backend.store, ASYNC_CONFIGS, function.service_name, function.function_name, qualifier
    )
