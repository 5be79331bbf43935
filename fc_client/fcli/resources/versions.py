"""Versions of services: ``version publish``."""

from __future__ import annotations

import click

from fc_client.fcli.command import command
from fc_client.fcli.output import Column
from fc_client.fcli.paths import shown
from fc_client.fcli.resources.resource import Resource, resource_argument
from fc_client.fcli.resources.services import SERVICE
from fc_client.fcli.session import Session

__all__ = ["VERSION", "publish"]

VERSION = Resource(
    noun="version",
    pattern=("versions", "SERVICE", "VERSION"),
    list_page=lambda session, name, **options: session.client.list_service_versions(
        name, **options
    ),
    # The API returns what a version consists of, but not a version by its ID.
    get=lambda session, name, version: session.client.get_service(name, qualifier=version).raw,
    delete=lambda session, *names: session.client.delete_service_version(*names),
    columns=(
        Column("VERSION", "versionId"),
        Column("DESCRIPTION", "description"),
        Column("CREATED", "createdTime", is_time=True),
    ),
    arn="services/{}/versions/{}",
    filters=("start_key", "direction"),
)


@command(
    "publish",
    "publish the service as a new version",
    "A version is a copy of the service and its functions that nothing can change.",
)
@resource_argument(SERVICE)
@click.option("-d", "--description", help="description of the version")
@click.option("--etag", help="etag that the service must still have")
@click.option(
    "--ignore-unchanged", is_flag=True, help="no error if nothing has changed since the last one"
)
def publish(
    session: Session,
    names: tuple[str],
    description: str | None,
    etag: str | None,
    *,
    ignore_unchanged: bool,
) -> None:
    """Publish a version."""
    VERSION.aim(session, [*names, "*"])
    version = session.client.publish_service_version(
        *names,
        description=description,
        if_match=etag,
        ignore_unchanged=ignore_unchanged or None,
    )
    path = VERSION.path([*names, version.version_id])
    session.output.changed(shown(path), "published", version.raw)
