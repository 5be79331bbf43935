"""Keeps the definitions of APIs: what is changed here takes effect with a deployment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fc_client.local.cloud.gateway.definitions import LISTS, definition, path_shape
from fc_client.local.cloud.gateway.deployments import Deployments
from fc_client.local.cloud.gateway.groups import STAGES, Groups, new_id, time_of
from fc_client.local.cloud.gateway.listing import page
from fc_client.local.cloud.messages import ServiceError
from fc_client.local.cloud.rpc_signatures import required
from fc_client.local.cloud.state import Collection
from fc_client.local.storage.store import Store

__all__ = ["Apis"]

Parameters = Mapping[str, str]
Document = dict[str, Any]


class Apis:
    """The APIs of all groups.

    Args:
        store: Where they are stored.
        groups: Their groups.
        deployments: What is in force in the stages.
        region: The region of the account.
        clock: Returns seconds since the epoch.
    """

    def __init__(
        self,
        store: Store,
        groups: Groups,
        deployments: Deployments,
        region: str,
        clock: Callable[[], float],
    ) -> None:
        # The name is that of the group and of the API: "group/api".
        self._apis = Collection(store, "gateway.api")
        self._groups = groups
        self._deployments = deployments
        self._region = region
        self._clock = clock

    def create_api(self, parameters: Parameters) -> Document:
        """CreateApi: GroupId and the definition."""
        group = self._groups.find(parameters)
        now = self._clock()
        api = {
            "GroupId": group["GroupId"],
            "ApiId": new_id(),
            "Created": now,
            "Modified": now,
            **definition(parameters),
        }
        self._check_unique(api)
        self._put(api)
        return {"ApiId": api["ApiId"]}

    def modify_api(self, parameters: Parameters) -> Document:
        """ModifyApi: GroupId, ApiId and the whole definition."""
        api = {**self.find(parameters), **definition(parameters), "Modified": self._clock()}
        self._check_unique(api)
        self._put(api)
        return {}

    def delete_api(self, parameters: Parameters) -> Document:
        """DeleteApi: GroupId, ApiId, of an API that is in no stage."""
        api = self.find(parameters)
        stages = [stage for stage in STAGES if self._deployments.find(api, stage) is not None]
        if stages:
            raise ServiceError(
                400,
                "ApiDeployed",
                f"The API {api['ApiName']} is deployed to {', '.join(stages)}: abolish it first.",
            )
        self._apis.delete(f"{api['GroupId']}/{api['ApiId']}")
        return {}

    def describe_apis(self, parameters: Parameters) -> Document:
        """DescribeApis: GroupId, ApiId, ApiName (a part of it), PageNumber, PageSize."""
        if parameters.get("GroupId"):
            self._groups.find(parameters)
        found = [
            self._summary(api)
            for api in self._of_group(parameters.get("GroupId", ""))
            if parameters.get("ApiName", "") in api["ApiName"]
            and parameters.get("ApiId", "") in ("", api["ApiId"])
        ]
        return page(parameters, "ApiSummarys", "ApiSummary", found)

    def describe_api(self, parameters: Parameters) -> Document:
        """DescribeApi: GroupId, ApiId."""
        api = self.find(parameters)
        infos = {"DeployedInfo": self._deployments.infos(api)}
        return {**self.shown(api), "DeployedInfos": infos}

    def describe_deployed_api(self, parameters: Parameters) -> Document:
        """DescribeDeployedApi: GroupId, ApiId, StageName; the definition in force there."""
        deployment = self._deployments.required(self.find(parameters), parameters)
        return {
            **self.shown(deployment),
            "StageName": deployment["StageName"],
            "DeployedTime": time_of(deployment["Deployed"]),
        }

    def deploy_api(self, parameters: Parameters) -> Document:
        """DeployApi: GroupId, ApiId, StageName, Description."""
        self._deployments.deploy(self.find(parameters), parameters)
        return {}

    def abolish_api(self, parameters: Parameters) -> Document:
        """AbolishApi: GroupId, ApiId, StageName."""
        self._deployments.abolish(self.find(parameters), parameters)
        return {}

    def find(self, parameters: Parameters) -> Document:
        """Return the API that ApiId, and GroupId if it is given, name.

        Raises:
            ServiceError: MissingParameter, NotFoundApiGroup or NotFoundApi.
        """
        api_id = required(parameters, "ApiId")
        if parameters.get("GroupId"):
            self._groups.find(parameters)
        for api in self._of_group(parameters.get("GroupId", "")):
            if api["ApiId"] == api_id:
                return api
        raise ServiceError(404, "NotFoundApi", f"Cannot find the API {api_id!r}.")

    def shown(self, api: Mapping[str, Any]) -> Document:
        """Return an API, or what is deployed of one, as replies have it."""
        lists = {plural: {name: api[plural]} for plural, name in LISTS.items()}
        hidden = ("Created", "Modified", "Deployed", "EffectiveVersion")
        return {
            **{name: value for name, value in api.items() if name not in hidden},
            **lists,
            **self._times(api),
        }

    def _times(self, api: Mapping[str, Any]) -> Document:
        group = self._groups.find({"GroupId": api["GroupId"]})
        return {
            "GroupName": group["GroupName"],
            "RegionId": self._region,
            "CreatedTime": time_of(api["Created"]),
            "ModifiedTime": time_of(api["Modified"]),
        }

    def _summary(self, api: Mapping[str, Any]) -> Document:
        names = ("GroupId", "ApiId", "ApiName", "Description", "Visibility")
        return {
            **{name: api[name] for name in names},
            "ApiPath": api["RequestConfig"]["RequestPath"],
            "ApiMethod": api["RequestConfig"]["RequestHttpMethod"],
            "DeployedInfos": {"DeployedInfo": self._deployments.infos(api)},
            **self._times(api),
        }

    def _of_group(self, group_id: str) -> list[Document]:
        """Return the APIs of a group, or of all, oldest first."""
        found = self._apis.list(f"{group_id}/" if group_id else "")
        return sorted(found, key=lambda api: (api["Created"], api["ApiId"]))

    def _put(self, api: Document) -> None:
        self._apis.put(f"{api['GroupId']}/{api['ApiId']}", api)

    def _check_unique(self, api: Mapping[str, Any]) -> None:
        """Refuse a name, or a method and a path, that another API of the group has."""
        for other in self._of_group(api["GroupId"]):
            if other["ApiId"] == api["ApiId"]:
                continue
            if other["ApiName"] == api["ApiName"]:
                raise ServiceError(
                    400, "DuplicateApiName", f"The group has an API {api['ApiName']!r} already."
                )
            if _request(other) == _request(api):
                raise ServiceError(
                    400,
                    "DuplicateApiPath",
                    f"The API {other['ApiName']!r} of the group has the same method and path: "
                    f"{' '.join(_request(api))}.",
                )


def _request(api: Mapping[str, Any]) -> tuple[str, str]:
    config = api["RequestConfig"]
    return config["RequestHttpMethod"], path_shape(config["RequestPath"])
