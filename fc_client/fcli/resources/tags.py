"""Tags of services: ``tag set`` and ``tag unset``."""

from __future__ import annotations

from typing import Any

import click

from fc_client.fcli.command import command
from fc_client.fcli.commands.inputs import pair
from fc_client.fcli.output import Column
from fc_client.fcli.paths import shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.resource import Listed, Resource, resource_argument
from fc_client.fcli.session import Session
from fc_client.pagination import Page

__all__ = ["TAGS", "add", "remove"]


def _arn(service: str) -> str:
    return f"services/{service}"


def _tagged(session: Session, *, limit: int, next_token: str | None) -> Page[Any]:
    page = session.client.list_tagged_resources(limit=limit, next_token=next_token)
    items = [
        Listed({"serviceName": each.resource_arn.rpartition("/")[2], **each.raw})
        for each in page.items
    ]
    return Page(items, page.next_token)


TAGS = Resource(
    noun="tagged service",
    pattern=("tags", "SERVICE"),
    list_page=_tagged,
    get=lambda session, service: session.client.get_resource_tags(_arn(service)).raw,
    delete=lambda session, service: session.client.untag_resource(_arn(service), all_tags=True),
    columns=(Column("SERVICE", "serviceName"), Column("TAGS", "tags")),
    arn="services/{}",
    filters=(),
)


@command("set", "add tags to the service", "A tag that it has already gets the new value.")
@resource_argument(TAGS)
@click.option("-t", "--tag", "tags", multiple=True, metavar="key=value", help="the tag; repeatable")
def add(session: Session, names: tuple[str], tags: tuple[str, ...]) -> None:
    """Add tags to a service."""
    if not tags:
        raise CommandLineError("missing --tag, such as team=web")
    wanted = dict(pair(text, "=", "--tag") for text in tags)
    TAGS.aim(session, names)
    session.client.tag_resource(_arn(*names), tags=wanted)
    session.output.changed(shown(TAGS.path(names)), "updated", TAGS.get(session, *names))


@command("unset", "remove tags from the service")
@resource_argument(TAGS)
@click.option("-k", "--key", "keys", multiple=True, help="key of the tag to remove; repeatable")
def remove(session: Session, names: tuple[str], keys: tuple[str, ...]) -> None:
    """Remove tags from a service."""
    if not keys:
        raise CommandLineError("missing --key; to remove all tags, run: fcli tag delete")
    TAGS.aim(session, names)
    session.client.untag_resource(_arn(*names), tag_keys=keys)
    session.output.changed(shown(TAGS.path(names)), "updated", TAGS.get(session, *names))
