"""Custom domains: ``domain create`` and ``domain update``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from fc_client.fcli.command import command
from fc_client.fcli.documents import read_settings
from fc_client.fcli.output import Column
from fc_client.fcli.paths import shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.resource import Resource, resource_argument
from fc_client.fcli.session import Session

__all__ = ["DOMAIN", "create", "update"]

DOMAIN = Resource(
    noun="custom domain",
    pattern=("domains", "DOMAIN"),
    list_page=lambda session, **options: session.client.list_custom_domains(**options),
    get=lambda session, name: session.client.get_custom_domain(name).raw,
    delete=lambda session, name: session.client.delete_custom_domain(name),
    columns=(
        Column("DOMAIN", "domainName"),
        Column("PROTOCOL", "protocol"),
        Column("MODIFIED", "lastModifiedTime", is_time=True),
    ),
    arn="custom-domains/{}",
)

_FILE_KEYS = {
    "protocol": "protocol",
    "routeConfig": "route_config",
    "certConfig": "cert_config",
    "tlsConfig": "tls_config",
    "wafConfig": "waf_config",
}


def _domain_options(function: Any) -> Any:
    """Add the options that creating and updating have in common."""
    for option in reversed(
        (
            click.option("-p", "--protocol", help="HTTP (the default), HTTPS or HTTP,HTTPS"),
            click.option(
                "-r",
                "--route",
                "routes",
                multiple=True,
                metavar="path=service/function",
                help="where a path leads, such as '/api/*=demo.prod/hello'; repeatable",
            ),
            click.option(
                "-c",
                "--config",
                "file",
                metavar="file",
                type=click.Path(),
                help=f"YAML or JSON file with {', '.join(_FILE_KEYS)}; - for stdin",
            ),
        )
    ):
        function = option(function)
    return function


@command("create", "create the custom domain")
@resource_argument(DOMAIN)
@_domain_options
def create(session: Session, names: tuple[str], **given: Any) -> None:
    """Create a custom domain."""
    settings = _settings(**given)
    DOMAIN.aim(session, names)
    domain = session.client.create_custom_domain(*names, **settings)
    session.output.changed(shown(DOMAIN.path(names)), "created", domain.raw)


@command(
    "update",
    "update the custom domain",
    "Sends only the settings that are given. Routes take the place of all that there are.",
)
@resource_argument(DOMAIN)
@_domain_options
def update(session: Session, names: tuple[str], **given: Any) -> None:
    """Update a custom domain."""
    settings = _settings(**given)
    if not settings:
        raise CommandLineError("nothing to update: pass --protocol, --route or --config")
    DOMAIN.aim(session, names)
    domain = session.client.update_custom_domain(*names, **settings)
    session.output.changed(shown(DOMAIN.path(names)), "updated", domain.raw)


def _settings(*, protocol: str | None, routes: Iterable[str], file: str | None) -> dict[str, Any]:
    """Return the arguments for the client, without what is not given."""
    settings = read_settings(file, "--config", _FILE_KEYS)
    if protocol is not None:
        settings["protocol"] = protocol
    found = [_route(text) for text in routes]
    if found:
        settings["route_config"] = {"routes": found}
    return settings


def _route(text: str) -> dict[str, str]:
    """Return the route of a text such as ``/api/*=demo.prod/hello``."""
    path, _, target = text.rpartition("=")
    service, _, function = target.partition("/")
    service, dot, qualifier = service.partition(".")
    if not path.startswith("/") or not service or not function or "/" in function:
        raise CommandLineError(
            f"--route: expected PATH=SERVICE/FUNCTION or PATH=SERVICE.QUALIFIER/FUNCTION, "
            f"got {text!r}"
        )
    route = {"path": path, "serviceName": service, "functionName": function}
    return {**route, "qualifier": qualifier} if dot else route
