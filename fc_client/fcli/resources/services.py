"""Services: ``mks`` and ``ups``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import click

from fc_client.fcli.command import command
from fc_client.fcli.documents import read_settings
from fc_client.fcli.output import Column
from fc_client.fcli.paths import shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.resource import FILTERS, Removal, Resource, resource_argument
from fc_client.fcli.session import Session

__all__ = ["SERVICE", "mks", "ups"]


def _ties(session: Session, name: str) -> list[Removal]:
    """Return the aliases and versions of a service, with which it cannot be deleted."""
    client = session.client
    aliases = [
        Removal(shown(("aliases", name, alias)), partial(client.delete_alias, name, alias))
        for alias in [each.alias_name for each in client.iter_aliases(name)]
    ]
    versions = [
        Removal(
            shown(("versions", name, version)),
            partial(client.delete_service_version, name, version),
        )
        for version in [each.version_id for each in client.iter_service_versions(name)]
    ]
    return [*aliases, *versions]


SERVICE = Resource(
    noun="service",
    pattern=("fc", "SERVICE"),
    list_page=lambda session, tag=None, **options: session.client.list_services(
        tags=tag, **options
    ),
    get=lambda session, *names, **options: session.client.get_service(*names, **options).raw,
    delete=lambda session, *names: session.client.delete_service(*names),
    columns=(
        Column("SERVICE", "serviceName"),
        Column("DESCRIPTION", "description"),
        Column("MODIFIED", "lastModifiedTime", is_time=True),
    ),
    arn="services/{}",
    filters=(*FILTERS, "tag"),
    has_qualifier=True,
    ties=_ties,
)


_FILE_KEYS = {
    "nasConfig": "nas_config",
    "ossMountConfig": "oss_mount_config",
    "tracingConfig": "tracing_config",
}


def _service_options(function: Any) -> Any:
    """Add the options that creating and updating have in common."""
    for option in reversed(
        (
            click.option("-d", "--description", help="service description"),
            click.option(
                "-r",
                "--role",
                help="role arn for oss code copy, function execution and logging",
            ),
            click.option("-p", "--log-project", help="loghub project for logging"),
            click.option("-l", "--log-store", help="loghub logstore for logging"),
            click.option("--etag", help="service etag for update"),
            click.option(
                "--internet-access/--no-internet-access",
                default=None,
                help="let the functions reach the internet",
            ),
            click.option("--vpc-id", help="vpc that the functions can reach"),
            click.option(
                "--v-switch-ids",
                multiple=True,
                metavar="strings",
                help="vswitches of the vpc, with commas between them, or the flag repeated",
            ),
            click.option("--security-group-id", help="security group of the vpc"),
            click.option(
                "--settings",
                "file",
                metavar="file",
                type=click.Path(),
                help=f"YAML or JSON file with {', '.join(_FILE_KEYS)}; - for stdin",
            ),
        )
    ):
        function = option(function)
    return function


@command("mks", "create the service")
@resource_argument(SERVICE)
@_service_options
def mks(session: Session, names: tuple[str], etag: str | None, **given: Any) -> None:
    """Create a service."""
    if etag is not None:
        session.note("note: --etag is ignored: a service that is created has no etag yet")
    SERVICE.aim(session, names)
    service = session.client.create_service(*names, **_settings(**given))
    session.output.changed(shown(("fc", *names)), "created", service.raw)


@command("ups", "update the service", "Sends only the settings that are given.")
@resource_argument(SERVICE)
@_service_options
def ups(session: Session, names: tuple[str], etag: str | None, **given: Any) -> None:
    """Update a service."""
    settings = _settings(**given)
    if not settings:
        raise CommandLineError("nothing to update: pass a flag, such as --description")
    SERVICE.aim(session, names)
    service = session.client.update_service(*names, **settings, if_match=etag)
    session.output.changed(shown(("fc", *names)), "updated", service.raw)


def _settings(
    *,
    log_project: str | None,
    log_store: str | None,
    vpc_id: str | None,
    v_switch_ids: tuple[str, ...],
    security_group_id: str | None,
    file: str | None,
    **plain: Any,
) -> dict[str, Any]:
    """Return the arguments for the client, without what is not given."""
    settings = read_settings(file, "--settings", _FILE_KEYS)
    settings |= {name: value for name, value in plain.items() if value is not None}
    if (log_project is None) != (log_store is None):
        raise CommandLineError("pass both --log-project and --log-store, or neither")
    if log_project is not None:
        settings["log_config"] = {"project": log_project, "logstore": log_store}
    switches = [each for text in v_switch_ids for each in text.split(",") if each]
    vpc: Mapping[str, Any] = {
        "vpcId": vpc_id,
        "vSwitchIds": switches if v_switch_ids else None,
        "securityGroupId": security_group_id,
    }
    given = [value for value in vpc.values() if value is not None]
    if given and len(given) < len(vpc):
        raise CommandLineError(
            "pass all of --vpc-id, --v-switch-ids and --security-group-id, or none"
        )
    if given:
        settings["vpc_config"] = vpc
    return settings
