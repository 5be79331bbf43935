"""Deletes what a project has: apis before functions, functions before services."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from fc_client.client import Client
from fc_client.exceptions import FCError, NotFoundError, ServiceNotEmptyError
from fc_client.fun.deployment.functions import region_of
from fc_client.fun.errors import FunError
from fc_client.fun.project.schema import ApiGateway, Function, FunctionCompute, Service
from fc_client.fun.session import Session

__all__ = ["Removal", "find_removals", "remove"]


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


def find_removals(session: Session) -> list[Removal]:
    """Return what of the project exists, in the order in which it can be deleted."""
    content = session.project.content
    found: list[Removal] = []
    if content.api_gateway is not None:
        found += _apis(session, content.api_gateway)
    if content.function_compute is not None:
        found += _functions(session, content.function_compute)
    return found


def remove(session: Session, removals: Sequence[Removal]) -> None:
    """Delete, and print what was deleted and what was left.

    Raises:
        FunError: one could not be deleted; the message says what was before.
    """
    done: list[str] = []
    for removal in removals:
        try:
            reason = removal.act()
        except NotFoundError:
            reason = None
        except FCError as exc:
            before = ", ".join(done) or "nothing"
            raise FunError(f"{removal.title}: {exc} (deleted before: {before})") from exc
        if reason is None:
            done.append(removal.title)
            session.print(f"{removal.title} deleted.")
        else:
            session.print(f"{removal.title} left: {reason}.")


def _apis(session: Session, section: ApiGateway) -> Iterator[Removal]:
    gateway = session.clouds.gateway

    def delete_api(group_id: str, api_id: str) -> None:
        for deployment in gateway.get_api(group_id, api_id).deployments:
            if deployment.is_deployed:
                gateway.abolish_api(group_id, api_id, deployment.stage)
        gateway.delete_api(group_id, api_id)

    def delete_group(group_id: str) -> str | None:
        names = [each.name for each in gateway.iter_apis(group_id)]
        if names:
            return f"it has apis that the file does not have ({', '.join(names)})"
        gateway.delete_group(group_id)
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
                    partial(delete_api, group_id, each.api_id),
                )
        yield Removal(f"group {group.name}", partial(delete_group, group_id))


def _functions(session: Session, section: FunctionCompute) -> Iterator[Removal]:
    for service in section.services:
        client = session.client(region_of(section, service))
        try:
            client.get_service(service.name)
        except NotFoundError:
            continue
        existing = {each.function_name for each in client.iter_functions(service.name)}
        for function in service.functions:
            if function.name in existing:
                yield Removal(
                    f"function {service.name}/{function.name}",
                    partial(_delete_function, client, service, function.name),
                    _other_triggers(client, service, function),
                )
        yield Removal(
            f"service {service.name}",
            partial(_delete_service, client, service),
        )


def _other_triggers(client: Client, service: Service, function: Function) -> str:
    """Return a remark with the triggers of a function that the file does not have."""
    known = {trigger.name for trigger in function.triggers}
    names = [each.trigger_name for each in client.iter_triggers(service.name, function.name)]
    others = ", ".join(name for name in names if name not in known)
    return f"with triggers that the file does not have: {others}" if others else ""


def _delete_function(client: Client, service: Service, name: str) -> None:
    for trigger in list(client.iter_triggers(service.name, name)):
        client.delete_trigger(service.name, name, trigger.trigger_name)
    client.delete_function(service.name, name)


def _delete_service(client: Client, service: Service) -> str | None:
    try:
        client.delete_service(service.name)
    except ServiceNotEmptyError:
        names = ", ".join(each.function_name for each in client.iter_functions(service.name))
        return f"it has functions that the file does not have ({names})"
    return None
