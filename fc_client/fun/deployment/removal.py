"""Deletes what a project has: apis before functions, functions before services."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from fc_client.client import Client
from fc_client.cloud import GatewayClient, Steps
from fc_client.exceptions import FCError, NotFoundError
from fc_client.fun.deployment.report import Report
from fc_client.fun.deployment.steps import Outcome, Step, run_steps
from fc_client.fun.project.regions import region_of
from fc_client.fun.project.schema import (
    ApiGateway,
    Function,
    FunctionCompute,
    ProjectFile,
    Service,
)
from fc_client.fun.session import Session

__all__ = ["Removal", "delete_api", "find_removals", "remove", "remove_outdated"]

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Removal:
    """One thing to delete.

    Attributes:
        title: What it is: ``function svc/greeting``.
        act: Deletes it, and returns why it was left, or None.
        remark: What else is deleted that the file does not have.
    """

    title: str
    act: Callable[[], str | None]
    remark: str = ""


def find_removals(session: Session, content: ProjectFile) -> list[Removal]:
    """Return what of a file exists, in the order in which it can be deleted."""
    found: list[Removal] = []
    if content.api_gateway is not None:
        found += _apis(session, content.api_gateway)
    if content.function_compute is not None:
        found += _domains(session, content.function_compute)
        found += _functions(session, content.function_compute)
    return found


def remove(session: Session, removals: Sequence[Removal]) -> Report:
    """Delete one after the other, print what was deleted and what was left, and return that.

    After an error or Ctrl-C nothing else is deleted.
    """
    steps: list[Step] = []
    for removal in removals:
        steps.append(Step("", removal.title, partial(_removed, removal), needs=tuple(steps[-1:])))
    report = _RemovalReport(session.print, dry_run=False)
    report.add(run_steps(steps, dry_run=False))
    return report


def _removed(removal: Removal, dry_run: bool) -> Outcome:  # noqa: ARG001 - that of steps
    reason = removal.act()
    return Outcome("deleted") if reason is None else Outcome("left", lines=(reason,))


class _RemovalReport(Report):
    """What became of the steps, in the words of ``fun remove``."""

    def show(self, step: Step, outcome: Outcome) -> None:
        """Print what was done."""
        reasons = "".join(f": {line}" for line in outcome.lines)
        self.write(f"{step.title} {outcome.action}{reasons}.")


def remove_outdated(session: Session, before: ProjectFile) -> Report:
    """Delete what an earlier version of the project's file had, and the present one has not."""
    kept = set(_titles(session.project.content))
    outdated = [
        *_invoke_configs(session, before),
        *_triggers(session, before),
        *find_removals(session, before),
    ]
    return remove(session, [each for each in outdated if each.title not in kept])


def _invoke_configs(session: Session, content: ProjectFile) -> Iterator[Removal]:
    for client, service, function in _functions_of(session, content):
        if function.async_invoke_config is not None:
            names = service.name, function.name
            delete = partial(_if_it_exists, client.delete_function_async_invoke_config, *names)
            yield Removal("async config {}/{}".format(*names), delete)


def _triggers(session: Session, content: ProjectFile) -> Iterator[Removal]:
    for client, service, function in _functions_of(session, content):
        for trigger in function.triggers:
            names = service.name, function.name, trigger.name
            delete = partial(_if_it_exists, client.delete_trigger, *names)
            yield Removal("trigger {}/{}/{}".format(*names), delete)


def _functions_of(
    session: Session, content: ProjectFile
) -> Iterator[tuple[Client, Service, Function]]:
    section = content.function_compute
    if section is None:
        return
    for service in section.services:
        client = session.client(region_of(section, service))
        for function in service.functions:
            yield client, service, function


def _titles(content: ProjectFile) -> Iterator[str]:
    """Yield the titles of all removals of a file."""
    for group in content.api_gateway.groups if content.api_gateway else ():
        yield f"group {group.name}"
        yield from (f"api {group.name}/{api.name}" for api in group.apis)
    section = content.function_compute
    yield from (
        f"custom domain {each.name}" for each in (section.custom_domains if section else ())
    )
    for service in section.services if section else ():
        yield f"service {service.name}"
        yield from (f"alias {service.name}/{name}" for name in service.aliases)
        for function in service.functions:
            name = f"{service.name}/{function.name}"
            yield f"function {name}"
            if function.async_invoke_config is not None:
                yield f"async config {name}"
            yield from (f"trigger {name}/{each.name}" for each in function.triggers)


def _apis(session: Session, section: ApiGateway) -> Iterator[Removal]:
    gateway = session.clouds.gateway

    def delete_group(group_id: str) -> str | None:
        names = _if_it_exists(lambda: [each.name for each in gateway.iter_apis(group_id)])
        if names:
            return f"it has apis that the file does not have ({', '.join(names)})"
        _if_it_exists(gateway.delete_group, group_id)
        return None

    for group in section.groups:
        found = gateway.find_group(group.name)
        if found is None:
            continue
        group_id = found.group_id
        wanted = {api.name for api in group.apis}
        for each in gateway.iter_apis(group_id):
            if each.name in wanted:
                yield Removal(
                    f"api {group.name}/{each.name}",
                    partial(delete_api, gateway, group_id, each.api_id),
                )
        yield Removal(f"group {group.name}", partial(delete_group, group_id))


def delete_api(gateway: GatewayClient, group_id: str, api_id: str) -> None:
    """Take an api out of its stages, and delete it.

    Raises:
        StepError: a call failed; it says what was done before.
    """
    steps = Steps()
    api = steps.find("get the api", lambda: gateway.get_api(group_id, api_id))
    for deployment in api.deployments if api else ():
        if deployment.is_deployed:
            stage = deployment.stage
            steps.run(
                f"take the api out of stage {stage}",
                f"api taken out of stage {stage}",
                partial(_if_it_exists, gateway.abolish_api, group_id, api_id, stage),
            )
    steps.run_quietly("delete the api", lambda: _if_it_exists(gateway.delete_api, group_id, api_id))


def _domains(session: Session, section: FunctionCompute) -> Iterator[Removal]:
    client = session.client(section.region)
    for domain in section.custom_domains:
        if _if_it_exists(client.get_custom_domain, domain.name) is not None:
            yield Removal(
                f"custom domain {domain.name}",
                partial(_if_it_exists, client.delete_custom_domain, domain.name),
            )


def _functions(session: Session, section: FunctionCompute) -> Iterator[Removal]:
    for service in section.services:
        client = session.client(region_of(section, service))
        try:
            client.get_service(service.name)
        except NotFoundError:
            continue
        existing = {each.function_name for each in client.iter_functions(service.name)}
        wanted = {function.name for function in service.functions}
        for function in service.functions:
            if function.name in existing:
                yield Removal(
                    f"function {service.name}/{function.name}",
                    partial(_delete_function, client, service, function.name),
                    _other_triggers(client, service, function),
                )
        aliases = {each.alias_name for each in client.iter_aliases(service.name)}
        for name in sorted(service.aliases.keys() & aliases):
            yield Removal(
                f"alias {service.name}/{name}",
                partial(_if_it_exists, client.delete_alias, service.name, name),
            )
        yield Removal(
            f"service {service.name}",
            partial(_delete_service, client, service),
            "" if existing - wanted else _releases(client, service, aliases),
        )


def _other_triggers(client: Client, service: Service, function: Function) -> str:
    """Return a remark with the triggers of a function that the file does not have."""
    known = {trigger.name for trigger in function.triggers}
    names = [each.trigger_name for each in client.iter_triggers(service.name, function.name)]
    others = ", ".join(name for name in names if name not in known)
    return f"with triggers that the file does not have: {others}" if others else ""


def _delete_function(client: Client, service: Service, name: str) -> None:
    steps, names = Steps(), (service.name, name)
    for trigger in _listed(steps, "triggers", lambda: client.iter_triggers(*names)):
        steps.run(
            f"delete its trigger {trigger.trigger_name}",
            f"trigger {trigger.trigger_name} deleted",
            partial(_if_it_exists, client.delete_trigger, *names, trigger.trigger_name),
        )
    steps.run_quietly("delete the function", lambda: _if_it_exists(client.delete_function, *names))


def _releases(client: Client, service: Service, aliases: set[str]) -> str:
    """Return a remark with the versions, and the aliases that the file does not have."""
    versions = [each.version_id for each in client.iter_service_versions(service.name)]
    others = sorted(aliases - service.aliases.keys())
    remarks = []
    if versions:
        remarks.append(f"with its versions: {', '.join(versions)}")
    if others:
        remarks.append(f"with aliases that the file does not have: {', '.join(others)}")
    return "; ".join(remarks)


def _delete_service(client: Client, service: Service) -> str | None:
    """Delete a service with its versions and aliases, unless it has functions."""
    steps, name = Steps(), service.name
    if functions := _listed(steps, "functions", lambda: client.iter_functions(name)):
        names = ", ".join(each.function_name for each in functions)
        return f"it has functions that the file does not have ({names})"
    for alias in _listed(steps, "aliases", lambda: client.iter_aliases(name)):
        steps.run(
            f"delete its alias {alias.alias_name}",
            f"alias {alias.alias_name} deleted",
            partial(_if_it_exists, client.delete_alias, name, alias.alias_name),
        )
    for version in _listed(steps, "versions", lambda: client.iter_service_versions(name)):
        steps.run(
            f"delete its version {version.version_id}",
            f"version {version.version_id} deleted",
            partial(_if_it_exists, client.delete_service_version, name, version.version_id),
        )
    steps.run_quietly("delete the service", lambda: _if_it_exists(client.delete_service, name))
    return None


def _listed(steps: Steps, title: str, iterate: Callable[[], Iterator[_Result]]) -> list[_Result]:
    """Return what a service or function has; nothing if it has been deleted since."""
    found = steps.run_quietly(f"list its {title}", lambda: _if_it_exists(lambda: list(iterate())))
    return found or []


def _if_it_exists(call: Callable[..., _Result], *arguments: Any) -> _Result | None:
    """Make a call; return None if what it is about has been deleted since."""
    try:
        return call(*arguments)
    except FCError as exc:
        if isinstance(exc, NotFoundError) or getattr(exc, "is_missing", False):
            return None
        raise
