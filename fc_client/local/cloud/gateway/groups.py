"""Keeps the groups of APIs, and where they can be called."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from fc_client.local.cloud.gateway import values
from fc_client.local.cloud.gateway.listing import page
from fc_client.local.cloud.messages import ServiceError
from fc_client.local.cloud.rpc import RpcParameters
from fc_client.local.cloud.rpc_signatures import required
from fc_client.local.cloud.state import Collection
from fc_client.local.storage.store import Store

__all__ = ["STAGES", "Groups", "new_id", "time_of"]

STAGES = ("RELEASE", "PRE", "TEST")

# Hosts of the cloud, which lead to this server only for those who configure them so.
_CLOUD_HOSTS = (".aliyuncs.com", ".alicloudapi.com")


class Groups:
    """The groups of the server's account.

    Args:
        store: Where they are stored.
        authority: Host and port of this server.
        region: The region of the account.
        clock: Returns seconds since the epoch.
    """

    def __init__(
        self, store: Store, authority: str, region: str, clock: Callable[[], float]
    ) -> None:
        self._groups = Collection(store, "gateway.group")
        self._apis = Collection(store, "gateway.api")
        self._authority = authority
        self._region = region
        self._clock = clock

    def exists(self, group_id: str) -> bool:
        """Return whether there is a group of this ID."""
        return self._groups.get(group_id) is not None

    def find(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Return the group that GroupId names.

        Raises:
            ServiceError: MissingParameter or NotFoundApiGroup.
        """
        group_id = required(parameters, "GroupId")
        group = self._groups.get(group_id)
        if group is None:
            raise ServiceError(404, "NotFoundApiGroup", f"Cannot find the API group {group_id!r}.")
        return group

    def create_api_group(self, parameters: RpcParameters) -> dict[str, Any]:
        """CreateApiGroup: GroupName, Description."""
        now = self._clock()
        group_id = new_id()
        group = {
            "GroupId": group_id,
            "GroupName": values.name(parameters, "GroupName"),
            "Description": parameters.get("Description", ""),
            "Created": now,
            "Modified": now,
        }
        self._groups.put(group_id, group)
        return self._named(group, parameters)

    def describe_api_groups(self, parameters: RpcParameters) -> dict[str, Any]:
        """DescribeApiGroups: GroupId, GroupName (a part of it), PageNumber, PageSize."""
        group_id, part = parameters.get("GroupId", ""), parameters.get("GroupName", "")
        found = [
            self._shown(group, parameters)
            for group in sorted(self._groups.list(group_id), key=lambda each: each["Created"])
            if part in group["GroupName"] and group_id in ("", group["GroupId"])
        ]
        return page(parameters, "ApiGroupAttributes", "ApiGroupAttribute", found)

    def describe_api_group(self, parameters: RpcParameters) -> dict[str, Any]:
        """DescribeApiGroup: GroupId."""
        group = self.find(parameters)
        stages = [
            # The stages of a group have IDs of their own, which nothing here refers to.
            {"StageId": f"{group['GroupId'][:-1]}{number}", "StageName": name, "Description": ""}
            for number, name in enumerate(STAGES)
        ]
        return {
            **self._shown(group, parameters),
            "Status": "NORMAL",
            "CustomDomains": {"DomainItem": []},
            "StageItems": {"StageInfo": stages},
        }

    def modify_api_group(self, parameters: RpcParameters) -> dict[str, Any]:
        """ModifyApiGroup: GroupId, and GroupName or Description."""
        group = self.find(parameters)
        changes: dict[str, Any] = {"Modified": self._clock()}
        if parameters.get("GroupName"):
            changes["GroupName"] = values.name(parameters, "GroupName")
        if "Description" in parameters:
            changes["Description"] = parameters["Description"]
        return self._named(self._groups.put(group["GroupId"], {**group, **changes}), parameters)

    def delete_api_group(self, parameters: RpcParameters) -> dict[str, Any]:
        """DeleteApiGroup: GroupId, of a group without APIs."""
        group = self.find(parameters)
        if self._apis.list(f"{group['GroupId']}/"):
            raise ServiceError(
                400,
                "GroupNotEmpty",
                f"The group {group['GroupName']} has APIs: delete them first.",
            )
        self._groups.delete(group["GroupId"])
        return {}

    def _named(self, group: Mapping[str, Any], parameters: RpcParameters) -> dict[str, Any]:
        shown = self._shown(group, parameters)
        return {name: shown[name] for name in ("GroupId", "GroupName", "SubDomain", "Description")}

    def _shown(self, group: Mapping[str, Any], parameters: RpcParameters) -> dict[str, Any]:
        return {
            **{name: group[name] for name in ("GroupId", "GroupName", "Description")},
            "SubDomain": self._domain(group["GroupId"], parameters.host),
            "RegionId": self._region,
            "CreatedTime": time_of(group["Created"]),
            "ModifiedTime": time_of(group["Modified"]),
            "TrafficLimit": 500,
            "BillingStatus": "NORMAL",
            "IllegalStatus": "NORMAL",
        }

    def _domain(self, group_id: str, host: str) -> str:
        """Return what follows ``http://`` in the URLs of a group.

        The name of the group is part of the path, since not every resolver
        knows names below localhost. The host is the one that the client has
        reached this server by.
        """
        name = host.rpartition(":")[0] or host
        is_own = host and not name.lower().endswith(_CLOUD_HOSTS)
        return f"{host if is_own else self._authority}/{group_id}"


def new_id() -> str:
    """Return the ID of a new group or API."""
    return secrets.token_hex(16)


def time_of(seconds: float) -> str:
    """Return a time as API Gateway writes it."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
