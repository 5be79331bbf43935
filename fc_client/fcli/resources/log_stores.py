"""Projects and stores of Log Service: ``mkl``."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from fc_client.fcli.command import command
from fc_client.fcli.output import Column
from fc_client.fcli.paths import shown
from fc_client.fcli.resources.resource import Resource
from fc_client.fcli.session import Session
from fc_client.pagination import Page

__all__ = ["LOG_STORE", "PROJECT", "mkl"]


class _Item(NamedTuple):
    raw: dict[str, Any]


def _projects(session: Session, *, limit: int, next_token: str | None, **_: Any) -> Page[Any]:
    offset = int(next_token or 0)
    page: Page[Any] = session.log_service.list_projects(limit=limit, offset=offset)
    return page


def _stores(session: Session, project: str, **_: Any) -> Page[Any]:
    # Log Service returns all of them, and only their names.
    names = session.log_service.iter_logstores(project)
    return Page([_Item({"logstoreName": name}) for name in names])


PROJECT = Resource(
    noun="log project",
    pattern=("sls", "PROJECT"),
    list_page=_projects,
    get=lambda session, name: session.log_service.get_project(name).raw,
    delete=lambda session, name: session.log_service.delete_project(name),
    columns=(Column("PROJECT", "projectName"), Column("DESCRIPTION", "description")),
    filters=(),
)

LOG_STORE = Resource(
    noun="log store",
    pattern=("sls", "PROJECT", "STORE"),
    list_page=_stores,
    get=lambda session, *names: session.log_service.get_logstore(*names).raw,
    delete=lambda session, *names: session.log_service.delete_logstore(*names),
    columns=(Column("STORE", "logstoreName"),),
    filters=(),
)


@command("mkl", "create the log project and store", "What exists already is used as it is.")
@click.option("-p", "--project", required=True, help="log project")
@click.option("-s", "--store", required=True, help="log store of the project")
@click.option(
    "--shard",
    type=click.IntRange(min=1),
    default=1,
    metavar="int",
    help="shards of the store (default 1)",
)
@click.option(
    "--ttl",
    type=click.IntRange(min=1),
    default=30,
    metavar="days",
    help="days that logs are kept (default 30)",
)
def mkl(session: Session, project: str, store: str, shard: int, ttl: int) -> None:
    """Create a project, a store and an index on functionName."""
    from fc_client.cloud import Steps, prepare_logstore

    prepare_logstore(
        session.log_service,
        project,
        store,
        ttl=ttl,
        shard_count=shard,
        # The original's words.
        description="project created by function compute cli",
        steps=Steps(report=session.note),
    )
    session.output.changed(
        shown(("sls", project, store)),
        "ready",
        {"projectName": project, "logstoreName": store},
    )
