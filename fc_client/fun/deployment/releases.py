"""The steps for versions of services and their aliases."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from fc_client.client import Client
from fc_client.deploy import Deployment, deploy_alias, deploy_version
from fc_client.deploy.release_goals import NEW_VERSION
from fc_client.exceptions import ServiceNotFoundError, VersionNotFoundError
from fc_client.fun.deployment.steps import Outcome, Step
from fc_client.fun.errors import FunError
from fc_client.fun.project.release_schema import NEWEST, AliasSettings, Publication
from fc_client.fun.project.schema import Service
from fc_client.models import Alias

__all__ = ["alias_text", "release_steps"]

# What is not part of a version, which has a description of its own.
_NOT_PUBLISHED = {"description"}


def release_steps(
    client: Client, service: Service, heading: str, region: str, needs: tuple[Step, ...]
) -> list[Step]:
    """Return the steps that publish a version of a service and move its aliases.

    Args:
        client: The client of the region.
        service: The service.
        heading: What the steps are printed under.
        region: The region.
        needs: The steps of the service and its functions.
    """
    steps: list[Step] = []
    if service.publish is not None:
        step = Step(
            heading,
            f"version of {service.name}",
            _version(client, service.name, service.publish, needs),
            needs=needs,
            full_title=f"version of {region}/{service.name}",
        )
        steps.append(step)
    published = steps[0] if steps else None
    steps += [
        Step(
            heading,
            f"alias {service.name}/{name}",
            _alias(client, service.name, name, settings, published),
            needs=(*needs, *steps[:1]),
            full_title=f"alias {region}/{service.name}/{name}",
        )
        for name, settings in service.aliases.items()
    ]
    return steps


def _version(
    client: Client, service: str, settings: Publication, needs: tuple[Step, ...]
) -> Callable[[bool], Outcome]:
    def act(dry_run: bool) -> Outcome:
        deployment = deploy_version(
            client, service, description=settings.description, dry_run=dry_run
        )
        # What this deployment would change is not stored yet.
        if dry_run and (deployment.action == "created" or any(map(_will_differ, needs))):
            title = f"new version of {service}"
            return Outcome("created", _lines(deployment), value=NEW_VERSION, title=title)
        version_id = deployment.resource.version_id
        title = f"version {version_id} of {service}"
        return Outcome(deployment.action, value=version_id, title=title)

    return act


def _will_differ(step: Step) -> bool:
    """Return whether a step changes what is part of a version."""
    return step.outcome is not None and bool(set(step.outcome.value) - _NOT_PUBLISHED)


def _alias(
    client: Client, service: str, name: str, settings: AliasSettings, published: Step | None
) -> Callable[[bool], Outcome]:
    def act(dry_run: bool) -> Outcome:
        will_publish = published is not None and _value(published) == NEW_VERSION
        version_id = settings.version
        try:
            if version_id == NEWEST:
                version_id = _newest(client, service, published)
            elif dry_run and not will_publish:
                client.get_service(service, qualifier=version_id)
            deployment = deploy_alias(
                client,
                service,
                name,
                version_id=version_id,
                canary=settings.weight,
                description=settings.description,
                dry_run=dry_run,
            )
        except (ServiceNotFoundError, VersionNotFoundError):
            # Not the cause: its hint is to deploy.
            raise FunError(f"service {service} has no version {version_id}") from None
        lines = () if dry_run else (f"=> {alias_text(deployment.resource)}",)
        return Outcome(deployment.action, _lines(deployment), lines)

    return act


def _value(step: Step) -> Any:
    return None if step.outcome is None else step.outcome.value


def _newest(client: Client, service: str, published: Step | None) -> str:
    """Return the ID of the version that was published last.

    Raises:
        FunError: there is none.
    """
    if published is not None:
        return str(_value(published))
    with suppress(ServiceNotFoundError):
        for version in client.list_service_versions(service, limit=1).items:
            return version.version_id
    raise FunError(f"service {service} has no version; 'publish: true' publishes one")


def _lines(deployment: Deployment[Any]) -> tuple[str, ...]:
    return tuple(line for change in deployment.changes for line in str(change).splitlines())


def alias_text(alias: Alias) -> str:
    """Return what an alias names: ``version 1, version 2 for 10 % of the invocations``."""
    others = [
        f"version {version_id} for {round(weight * 100, 2):g} % of the invocations"
        for version_id, weight in (alias.additional_version_weight or {}).items()
    ]
    return ", ".join([f"version {alias.version_id}", *others])
