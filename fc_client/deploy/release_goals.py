"""What a version and an alias should be, compared with what is stored. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fc_client._arguments import required_text, text
from fc_client._messages import without_none
from fc_client._operations.aliases import alias_fields, parse_alias
from fc_client.deploy.goals import Goal, fields_of_settings, same
from fc_client.deploy.results import Change, Deployment
from fc_client.exceptions import AliasAlreadyExistsError, AliasNotFoundError, ServiceNotFoundError
from fc_client.models import Alias, Function, Service, ServiceVersion

# In a dry run: the ID of a version that would be published; the service chooses it.
NEW_VERSION = "new"

# What is not a setting, follows from one, or is not part of a version: its description is its own.
_NOT_COMPARED = {
    "layersArnV2",
    "serviceName",
    "serviceId",
    "description",
    "tags",
    "functionName",
    "functionId",
    "createdTime",
    "lastModifiedTime",
}


@dataclass(frozen=True)
class Snapshot:
    """A version of a service with its functions.

    Attributes:
        service: The service, or None if there is no version.
        functions: The functions by name.
    """

    service: Service | None = None
    functions: Mapping[str, Function] = field(default_factory=dict)

    def changes_to(self, latest: Snapshot) -> tuple[Change, ...]:
        """Return what *latest* changes; the settings of functions are one change."""
        before, after = (_settings(each.service) for each in (self, latest))
        changes = [Change(_argument(name), *pair) for name, pair in _pairs(before, after).items()]
        names = sorted({*self.functions, *latest.functions})
        functions = {name: self._function_changes(latest, name) for name in names}
        old, new = (
            {name: sides[side] for name, sides in functions.items() if sides[side]}
            for side in (0, 1)
        )
        return (*changes, Change("functions", old, new)) if old or new else tuple(changes)

    def _function_changes(
        self, latest: Snapshot, name: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the settings of a function that differ, before and after."""
        before, after = (_settings(each.functions.get(name)) for each in (self, latest))
        pairs = _pairs(before, after)
        return (
            {each: old for each, (old, _) in pairs.items() if each in before},
            {each: new for each, (_, new) in pairs.items() if each in after},
        )


def _settings(resource: Service | Function | None) -> dict[str, Any]:
    raw = {} if resource is None else resource.raw
    return {name: value for name, value in raw.items() if name not in _NOT_COMPARED}


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the values that differ, before and after, by name."""
    pairs = {name: (before.get(name), after.get(name)) for name in {**before, **after}}
    return {name: pair for name, pair in pairs.items() if not same(name, *pair)}


def _argument(name: str) -> str:
    """Return the name of the argument for a field of a service."""
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower()


@dataclass(frozen=True)
class VersionGoal:
    """A version that may have to be published, and the results of that.

    Attributes:
        service_name: Name of the service.
        description: Of the version.
    """

    service_name: str
    description: str | None

    def created(
        self, version: ServiceVersion, changes: tuple[Change, ...]
    ) -> Deployment[ServiceVersion]:
        """Return the result of publishing *version*."""
        return Deployment("created", changes, version, self._target(version))

    def unchanged(self, version: ServiceVersion, *, dry_run: bool) -> Deployment[ServiceVersion]:
        """Return the result if *version* is the newest one, and has all that the service has."""
        return Deployment("unchanged", (), version, self._target(version), dry_run)

    def planned(
        self, changes: tuple[Change, ...], *, has_service: bool
    ) -> Deployment[ServiceVersion]:
        """Return the result of a dry run that would publish a version."""
        version = ServiceVersion(NEW_VERSION, description=self.description)
        return Deployment(
            "created",
            changes,
            version,
            self._target(version),
            dry_run=True,
            requires=None if has_service else f"service {self.service_name}",
        )

    def _target(self, version: ServiceVersion) -> str:
        return f"version {self.service_name}/{version.version_id}"


@dataclass(frozen=True)
class AliasGoal(Goal[Alias]):
    """What an alias should be; it depends on the version that it names.

    Attributes:
        version_id: The version that it should move to.
        canary: The share of invocations that the version runs, or None for all.
    """

    version_id: str = ""
    canary: float | None = None

    def given(self, stored: Alias | None) -> AliasGoal:
        """Return the goal for an alias as it is stored, None if there is none."""
        if stored is None:
            move: dict[str, Any] = {"version_id": self.version_id}
        elif self.canary is None or stored.version_id == self.version_id:
            move = {"version_id": self.version_id, "additional_version_weight": {}}
        else:
            move = {"additional_version_weight": {self.version_id: self.canary}}
        settings = {**move, **self.settings}
        return replace(self, settings=settings, fields=fields_of_settings(alias_fields, settings))


def alias_goal(
    service_name: str,
    alias_name: str,
    version_id: str,
    canary: float | None,
    description: str | None,
) -> AliasGoal:
    """Return the goal of :func:`deploy_alias`, which has its arguments."""
    return AliasGoal(
        target=f"alias {service_name}/{alias_name}",
        identity={"aliasName": alias_name},
        settings=without_none({"description": text("description", description)}),
        fields={},
        parse=parse_alias,
        missing=AliasNotFoundError,
        exists=AliasAlreadyExistsError,
        parents={ServiceNotFoundError: f"service {service_name}"},
        version_id=required_text("version_id", version_id),
        canary=_share(canary),
    )


def _share(canary: float | None) -> float | None:
    if canary is None:
        return None
    if isinstance(canary, bool) or not isinstance(canary, int | float):
        raise TypeError(f"canary: expected a number, got {type(canary).__name__}")
    if not 0 < canary < 1:
        raise ValueError(f"canary: must be more than 0 and less than 1, got {canary}")
    return canary
