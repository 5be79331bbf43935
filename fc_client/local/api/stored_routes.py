"""Lists the operations that came after the guide, on resources that are stored by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fc_client.local.api.backend import Backend
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations import (
    account,
    async_configs,
    concurrency,
    instances,
    layers,
    stateful_invocations,
    tags,
    vpc_bindings,
)

__all__ = ["QUALIFIER", "STORED"]

# Marks paths that are about the version that a qualifier stands for.
QUALIFIER = "[.{qualifier}]"

Operation = Callable[[Backend, ApiRequest], Awaitable[ApiReply]]

_SERVICE = "/services/{serviceName}"
_FUNCTION = f"{_SERVICE}{QUALIFIER}/functions/{{functionName}}"
_STATEFUL = f"{_FUNCTION}/stateful-async-invocations"
_LAYER_VERSIONS = "/layers/{layerName}/versions"

# Method, path below the version of the API, operation.
STORED: tuple[tuple[str, str, Operation], ...] = (
    ("POST", "/tag", tags.tag_resource),
    ("DELETE", "/tag", tags.untag_resource),
    ("GET", "/tag", tags.get_resource_tags),
    ("GET", "/tags", tags.list_tagged_resources),
    ("GET", "/account-settings", account.get_account_settings),
    ("GET", "/accountConfigs", account.get_account_configs),
    ("GET", "/reservedCapacities", account.list_reserved_capacities),
    ("GET", "/tempBucketToken", account.get_temp_bucket_token),
    ("GET", f"{_SERVICE}/tempCodeBucketToken", account.get_temp_code_bucket_token),
    ("POST", f"{_SERVICE}/binding", vpc_bindings.create_vpc_binding),
    ("DELETE", f"{_SERVICE}/binding", vpc_bindings.delete_vpc_binding),
    ("GET", f"{_SERVICE}/bindings", vpc_bindings.list_vpc_bindings),
    ("PUT", f"{_FUNCTION}/async-invoke-config", async_configs.put_function_async_invoke_config),
    ("GET", f"{_FUNCTION}/async-invoke-config", async_configs.get_function_async_invoke_config),
    (
        "DELETE",
        f"{_FUNCTION}/async-invoke-config",
        async_configs.delete_function_async_invoke_config,
    ),
    (
        "GET",
        f"{_SERVICE}/functions/{{functionName}}/async-invoke-configs",
        async_configs.list_function_async_invoke_configs,
    ),
    ("GET", _STATEFUL, stateful_invocations.list_stateful_async_invocations),
    ("GET", f"{_STATEFUL}/{{invocationId}}", stateful_invocations.get_stateful_async_invocation),
    ("PUT", f"{_STATEFUL}/{{invocationId}}", stateful_invocations.stop_stateful_async_invocation),
    (
        "GET",
        "/stateful-async-invocation-functions",
        stateful_invocations.list_stateful_async_invocation_functions,
    ),
    ("PUT", f"{_FUNCTION}/provision-config", concurrency.put_provision_config),
    ("GET", f"{_FUNCTION}/provision-config", concurrency.get_provision_config),
    ("GET", "/provision-configs", concurrency.list_provision_configs),
    ("PUT", f"{_FUNCTION}/on-demand-config", concurrency.put_on_demand_config),
    ("GET", f"{_FUNCTION}/on-demand-config", concurrency.get_on_demand_config),
    ("DELETE", f"{_FUNCTION}/on-demand-config", concurrency.delete_on_demand_config),
    ("GET", "/on-demand-configs", concurrency.list_on_demand_configs),
    ("GET", f"{_FUNCTION}/instances", instances.list_instances),
    ("GET", f"{_FUNCTION}/instances/{{instanceId}}/exec", instances.instance_exec),
    ("GET", "/layers", layers.list_layers),
    ("POST", _LAYER_VERSIONS, layers.publish_layer_version),
    ("GET", _LAYER_VERSIONS, layers.list_layer_versions),
    ("GET", f"{_LAYER_VERSIONS}/{{version}}", layers.get_layer_version),
    ("POST", f"{_LAYER_VERSIONS}/{{version}}", layers.publish_public_layer_version),
    ("DELETE", f"{_LAYER_VERSIONS}/{{version}}", layers.delete_layer_version),
    ("PUT", "/layers/{layerName}/acl", layers.put_layer_acl),
    ("GET", "/layerarn/{arn}", layers.get_layer_version_by_arn),
    (
        "POST",
        "/adminlayers/{layerOwnerUserId}/{layerName}/versions/{version}",
        layers.permanent_delete_layer_version,
    ),
)
