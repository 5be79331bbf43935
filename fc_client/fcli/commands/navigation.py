"""Commands that walk the tree of resources: ``cd``, ``pwd``, ``ls``, ``info`` and ``rm``."""

from __future__ import annotations

import click

from fc_client.fcli.command import command
from fc_client.fcli.output import Column
from fc_client.fcli.paths import START, Path, shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.resource import PathParameter, Resource, location
from fc_client.fcli.session import Session
from fc_client.fcli.terminal import print_error
from fc_client.fcli.tree import children_of, folders_in, resource_at

__all__ = ["cd", "info", "ls", "pwd", "rm"]


class _AnyPath(PathParameter):
    """The path of a resource or a folder."""

    def convert(
        self,
        value: object,
        param: click.Parameter | None,  # noqa: ARG002 - click's
        ctx: click.Context | None,
    ) -> Path:
        """Return the path."""
        if not isinstance(value, str):
            raise CommandLineError(f"expected a path, got {value!r}")
        return location(ctx.find_object(Session) if ctx is not None else None, value)


PATH = _AnyPath()


@command("cd", "change the current resource", "In the shell only. Without a path, go to /fc.")
@click.argument("path", type=PATH, required=False)
def cd(session: Session, path: Path | None) -> None:
    """Change where relative paths start."""
    if not session.in_shell:
        raise CommandLineError("cd works in the shell only: run 'fcli shell', or write whole paths")
    path = START if path is None else path
    found = resource_at(path)
    if found is not None:
        resource, names = found
        if resource.noun == "trigger":
            raise CommandLineError(f"{shown(path)} is a trigger: nothing is below it")
        resource.aim(session, names)
        resource.get(session, *names)
    session.cwd = path


@command("pwd", "display the current resource")
def pwd(session: Session) -> None:
    """Print where relative paths start."""
    session.output.line(shown(session.cwd))


@command(
    "ls",
    "list the child resources of the current resource",
    "Lists all of them; with --limit at most so many, and then the token to continue with.",
)
@click.argument("path", type=PATH, required=False)
@click.option(
    "-l", "--limit", type=click.IntRange(min=1), metavar="int", help="most resources to list"
)
@click.option("-t", "--next-token", help="continue after an earlier list")
@click.option("-p", "--prefix", help="only names that start with this")
@click.option("-k", "--start-key", help="the first name to list, in sorted order")
def ls(
    session: Session,
    path: Path | None,
    limit: int | None,
    next_token: str | None,
    prefix: str | None,
    start_key: str | None,
) -> None:
    """List what is below a path."""
    path = session.cwd if path is None else path
    found = resource_at(path)
    below = children_of(path)
    if below is None:
        _list_fixed(session, path, found)
        return
    resource, parents = below
    records, token = resource.pages(
        session, parents, limit=limit, next_token=next_token, prefix=prefix, start_key=start_key
    )
    session.output.records(records, resource.columns)
    if token is not None:
        _print_token(session, token)


def _list_fixed(
    session: Session, path: Path, found: tuple[Resource, tuple[str, ...]] | None
) -> None:
    """List folders; or a resource that has nothing below it, as ls does with a file."""
    if found is None:
        rows = [{"name": name} for name in folders_in(path)]
        session.output.records(rows, [Column("NAME", "name")])
        return
    resource, names = found
    resource.aim(session, names)
    session.output.records([resource.get(session, *names)], resource.columns)


def _print_token(session: Session, token: str) -> None:
    # In JSON and YAML it would not be a part of the document.
    if session.options.output in ("json", "yaml") or session.options.query:
        print_error(f"NextToken: {token}")
    else:
        session.output.line(f"NextToken: {token}")


@command("info", "display the resource detail info")
@click.argument("path", type=PATH, required=False)
def info(session: Session, path: Path | None) -> None:
    """Print a resource as the service returns it."""
    path = session.cwd if path is None else path
    found = resource_at(path)
    if found is None:
        raise CommandLineError(f"{shown(path)} is a folder: list what is in it with ls")
    resource, names = found
    resource.aim(session, names)
    session.output.record(resource.get(session, *names))


@command(
    "rm", "delete the resource", "What has something below it needs -r, which deletes that too."
)
@click.argument("path", type=PATH)
@click.option("-f", "--forced", is_flag=True, help="do not ask")
@click.option("-r", "--recursive", is_flag=True, help="delete what is below it too; shows it first")
def rm(session: Session, path: Path, *, forced: bool, recursive: bool) -> None:
    """Delete a resource."""
    found = resource_at(path)
    if found is None:
        raise CommandLineError(f"{shown(path)} is a folder: it cannot be removed")
    resource, names = found
    may_ask = not (forced or session.options.yes)
    if may_ask and not session.terminal.can_ask:
        # Before any call: nothing happens.
        raise CommandLineError(
            f"cannot ask whether to remove {shown(path)} without a terminal; pass --yes"
        )
    doomed = [*(_below(session, path) if recursive else []), (path, resource, names)]
    if recursive:
        session.note("".join(f"{shown(each)}\n" for each, _, _ in doomed).rstrip("\n"))
    if may_ask and not session.terminal.confirm(
        f"Do you want to remove the resource {shown(path)}"
    ):
        session.note("nothing was removed")
        return
    removed: list[str] = []
    try:
        for each, kind, its_names in doomed:
            kind.aim(session, its_names)
            kind.delete(session, *its_names)
            removed.append(shown(each))
    finally:
        # If one of them fails, the output still has those before it.
        session.output.all_changed(removed, "removed")


def _below(session: Session, path: Path) -> list[tuple[Path, Resource, tuple[str, ...]]]:
    """Return what is below a resource, in an order in which it can be deleted."""
    child = children_of(path)
    if child is None:
        return []
    resource, parents = child
    records, _ = resource.pages(session, parents)
    found = []
    for record in records:
        name = str(record[resource.columns[0].key])
        inner = (*path, name)
        found += [*_below(session, inner), (inner, resource, (*parents, name))]
    return found
