"""Lists the operations that came after the guide, on resources that are stored by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fc_client.local.api.backend import Backend
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations import account, tags, vpc_bindings

__all__ = ["STORED"]

Operation = Callable[[Backend, ApiRequest], Awaitable[ApiReply]]

_SERVICE = "/services/{serviceName}"

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
)
