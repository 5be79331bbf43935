"""How many instances a function has: ``provision put`` and ``on-demand put``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import click

from fc_client.fcli.command import command
from fc_client.fcli.documents import read_settings
from fc_client.fcli.output import Column
from fc_client.fcli.paths import shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.resource import Listed, Resource, resource_argument
from fc_client.fcli.session import Session
from fc_client.pagination import Page

__all__ = ["ON_DEMAND", "PROVISION", "put_on_demand", "put_provision"]

_Names = tuple[str, str, str]

# services/SERVICE.QUALIFIER/functions/FUNCTION or ACCOUNT#SERVICE#QUALIFIER#FUNCTION
_RESOURCE = re.compile(r"(?:services/|[^#]*#)([^.#/]+)[.#]([^#/]+)(?:/functions/|#)([^#/]+)")


def _selected(configs: Iterable[Any], names: tuple[str, ...]) -> list[Listed]:
    """Return the configurations of a function, a service or all, with their qualifiers and paths.

    The lists of the service have others too.
    """
    found = []
    for config in configs:
        match = _RESOURCE.fullmatch(config.resource or "")
        if match and (match[1], match[3])[: len(names)] == names:
            path = f"{match[1]}/{match[3]}/{match[2]}"
            found.append(Listed({"qualifier": match[2], "path": path, **config.raw}))
    return found


def _on_demand(session: Session, *names: str, **options: Any) -> Page[Any]:
    prefix = f"services/{names[0]}." if names else None
    page = session.client.list_on_demand_configs(prefix=prefix, **options)
    return Page(_selected(page.items, names), page.next_token)


def _provisioned(session: Session, *names: str, **options: Any) -> Page[Any]:
    service = names[0] if names else None
    page = session.client.list_provision_configs(service_name=service, **options)
    return Page(_selected(page.items, names), page.next_token)


ON_DEMAND = Resource(
    noun="on-demand limit",
    pattern=("on-demand-configs", "SERVICE", "FUNCTION", "QUALIFIER"),
    list_page=_on_demand,
    get=lambda session, *names: (
        session.client.get_on_demand_config(*names[:2], qualifier=names[2]).raw
    ),
    delete=lambda session, *names: session.client.delete_on_demand_config(
        *names[:2], qualifier=names[2]
    ),
    columns=(Column("QUALIFIER", "qualifier"), Column("MAXIMUM", "maximumInstanceCount")),
    arn="services/{}/functions/{}",
    filters=(),
)

PROVISION = Resource(
    noun="provision config",
    pattern=("provision-configs", "SERVICE", "FUNCTION", "QUALIFIER"),
    list_page=_provisioned,
    get=lambda session, *names: (
        session.client.get_provision_config(*names[:2], qualifier=names[2]).raw
    ),
    # There is no operation that deletes one: a target of 0 does.
    delete=lambda session, *names: session.client.put_provision_config(
        *names[:2],
        qualifier=names[2],
        target=0,
        scheduled_actions=[],
        target_tracking_policies=[],
    ),
    columns=(
        Column("QUALIFIER", "qualifier"),
        Column("TARGET", "target"),
        Column("CURRENT", "current"),
        Column("ERROR", "currentError"),
    ),
    arn="services/{}/functions/{}",
    filters=(),
)

_FILE_KEYS = {
    "scheduledActions": "scheduled_actions",
    "targetTrackingPolicies": "target_tracking_policies",
}


@command("put", "limit the on-demand instances of the function")
@resource_argument(ON_DEMAND)
@click.option(
    "-m", "--maximum-instance-count", "maximum", type=int, metavar="int", help="most instances"
)
@click.option("--etag", help="etag that the limit must still have")
def put_on_demand(session: Session, names: _Names, maximum: int | None, etag: str | None) -> None:
    """Limit the on-demand instances of a function."""
    if maximum is None:
        raise CommandLineError("missing --maximum-instance-count")
    ON_DEMAND.aim(session, names)
    config = session.client.put_on_demand_config(
        *names[:2], qualifier=names[2], maximum_instance_count=maximum, if_match=etag
    )
    session.output.changed(shown(ON_DEMAND.path(names)), "updated", config.raw)


@command(
    "put",
    "keep instances of the function ready",
    "What --config leaves out stays as it is; an empty list removes what there is.",
)
@resource_argument(PROVISION)
@click.option("--target", type=int, metavar="int", help="instances to keep ready")
@click.option(
    "-c",
    "--config",
    "file",
    metavar="file",
    type=click.Path(),
    help=f"YAML or JSON file with {' and '.join(_FILE_KEYS)}; - for stdin",
)
@click.option(
    "--always-allocate-cpu/--no-always-allocate-cpu",
    default=None,
    help="keep the CPU of instances without an invocation",
)
@click.option("--etag", help="etag that the configuration must still have")
def put_provision(
    session: Session,
    names: _Names,
    target: int | None,
    file: str | None,
    etag: str | None,
    **plain: Any,
) -> None:
    """Keep instances of a function ready."""
    if target is None:
        raise CommandLineError("missing --target, the instances to keep ready")
    settings = read_settings(file, "--config", _FILE_KEYS)
    PROVISION.aim(session, names)
    service, function, qualifier = names
    config = session.client.put_provision_config(
        service, function, qualifier=qualifier, target=target, if_match=etag, **settings, **plain
    )
    session.output.changed(shown(PROVISION.path(names)), "updated", config.raw)
