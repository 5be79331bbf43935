"""Lists of configurations, of one function or of many: ``provision list``."""

from __future__ import annotations

import click

from fc_client.fcli.command import FcliCommand, command
from fc_client.fcli.commands.navigation import PATH, print_token
from fc_client.fcli.output import Column
from fc_client.fcli.paths import Path
from fc_client.fcli.resources.resource import Resource
from fc_client.fcli.session import Session

__all__ = ["overview"]


def overview(resource: Resource) -> FcliCommand:
    """Return the command that lists a kind of resource for a function, a service or all.

    Args:
        resource: The kind of resource, which is below functions.
    """

    @command(
        "list",
        f"list the {resource.nouns}",
        "Of a function, of a service, or without a path of all services.",
    )
    @click.argument("path", metavar="[SERVICE[/FUNCTION]]", type=PATH, required=False)
    @click.option("-l", "--limit", type=click.IntRange(min=1), metavar="int", help="most to list")
    @click.option("-t", "--next-token", help="continue after an earlier list")
    def list_all(session: Session, path: Path, limit: int | None, next_token: str | None) -> None:
        names = path[len(resource.start) :]
        records, token = resource.pages(session, names, limit=limit, next_token=next_token)
        is_of_function = len(path) == len(resource.pattern) - 1
        first = resource.columns[0] if is_of_function else Column("CONFIG", "path")
        session.output.records(records, [first, *resource.columns[1:]])
        if token is not None:
            print_token(session, token)

    return list_all
