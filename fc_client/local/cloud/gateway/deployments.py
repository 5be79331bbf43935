"""Keeps what is in force in the stages: copies of definitions, made when they are deployed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from fc_client.local.cloud import rpc_signatures
from fc_client.local.cloud.gateway.groups import STAGES
from fc_client.local.cloud.messages import ServiceError
from fc_client.local.cloud.state import Collection
from fc_client.local.storage.store import Store

__all__ = ["Deployments"]

Parameters = Mapping[str, str]
Document = dict[str, Any]


class Deployments:
    """The deployed definitions of all groups.

    Args:
        store: Where they are stored.
        clock: Returns seconds since the epoch.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        # The name is that of the group, of the stage and of the API: "group/TEST/api".
        self._deployed = Collection(store, "gateway.deployment")
        self._clock = clock

    def of_stage(self, group_id: str, stage: str) -> list[Document]:
        """Return what is deployed to a stage of a group."""
        return self._deployed.list(f"{group_id}/{stage}/")

    def find(self, api: Mapping[str, Any], stage: str) -> Document | None:
        """Return what is deployed of an API to a stage, or None."""
        return self._deployed.get(_name(api, stage))

    def required(self, api: Mapping[str, Any], parameters: Parameters) -> Document:
        """Return what is deployed of an API to the stage that StageName names.

        Raises:
            ServiceError: MissingParameter, NotFoundStage or NotFoundApi.
        """
        stage = _stage(parameters)
        found = self.find(api, stage)
        if found is None:
            raise ServiceError(
                404, "NotFoundApi", f"The API {api['ApiName']} is not deployed to {stage}."
            )
        return found

    def deploy(self, api: Mapping[str, Any], parameters: Parameters) -> None:
        """Put the present definition of an API into force."""
        stage, now = _stage(parameters), self._clock()
        deployment = {
            **api,
            "StageName": stage,
            "Deployed": now,
            "EffectiveVersion": _version(now),
        }
        self._deployed.put(_name(api, stage), deployment)

    def abolish(self, api: Mapping[str, Any], parameters: Parameters) -> None:
        """Take an API out of a stage."""
        self.required(api, parameters)
        self._deployed.delete(_name(api, _stage(parameters)))

    def infos(self, api: Mapping[str, Any]) -> list[Document]:
        """Return in which stages an API is, as replies have it."""
        found = []
        for stage in STAGES:
            deployment = self.find(api, stage)
            found.append(
                {
                    "StageName": stage,
                    "DeployedStatus": "NONDEPLOYED" if deployment is None else "DEPLOYED",
                    "EffectiveVersion": (deployment or {}).get("EffectiveVersion", ""),
                }
            )
        return found


def _name(api: Mapping[str, Any], stage: str) -> str:
    return f"{api['GroupId']}/{stage}/{api['ApiId']}"


def _stage(parameters: Parameters) -> str:
    stage = rpc_signatures.required(parameters, "StageName")
    if stage not in STAGES:
        raise ServiceError(
            404, "NotFoundStage", f"StageName must be one of {', '.join(STAGES)}, got {stage!r}."
        )
    return stage


def _version(seconds: float) -> str:
    """Return the version of a deployment: its time with milliseconds, as digits."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.strftime("%Y%m%d%H%M%S") + f"{moment.microsecond // 1000:03}"
