"""Lists the operations that came after the guide, on resources that are stored by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fc_client.local.api.backend import Backend
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations import account, layers, tags, vpc_bindings

__all__ = ["STORED"]

Operation = Callable[[Backend, ApiRequest], Awaitable[ApiReply]]

_SERVICE = "/services/{serviceName}"
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
