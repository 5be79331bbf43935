"""Commands that walk the tree of resources: ``cd``, ``pwd``, ``ls``, ``info`` and ``rm``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from fc_client.fcli.command import command, qualifier_option
from fc_client.fcli.commands.inputs import pair
from fc_client.fcli.output import Column
from fc_client.fcli.paths import START, Path, shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.resource import PathParameter, Removal, Resource
from fc_client.fcli.session import Session
from fc_client.fcli.terminal import print_error
from fc_client.fcli.tree import children_of, folders_in, resource_at

__all__ = ["PATH", "cd", "info", "ls", "print_token", "pwd", "rm"]


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
        return self._location(ctx, value)


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
        if children_of(path) is None:
            raise CommandLineError(f"{shown(path)} is {resource.a_noun}: nothing is below it")
        resource.found(session, names)
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
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="key=value",
    help="only services with this tag; repeatable, for those with all of them",
)
@click.option(
    "--direction",
    type=click.Choice(["BACKWARD", "FORWARD"], case_sensitive=False),
    metavar="BACKWARD|FORWARD",
    help="of versions: newest first (default), or oldest first",
)
@qualifier_option
def ls(
    session: Session,
    path: Path | None,
    limit: int | None,
    next_token: str | None,
    qualifier: str | None = None,
    tags: tuple[str, ...] = (),
    **filters: str | None,
) -> None:
    """List what is below a path."""
    path = session.cwd if path is None else path
    found = resource_at(path)
    below = children_of(path)
    if below is None:
        _list_fixed(session, path, found, qualifier)
        return
    resource, parents = below
    records, token = resource.pages(
        session,
        parents,
        limit=limit,
        next_token=next_token,
        qualifier=qualifier,
        tag=dict(pair(text, "=", "--tag") for text in tags) or None,
        **filters,
    )
    session.output.records(records, resource.columns)
    if token is not None:
        print_token(session, token)


def _list_fixed(
    session: Session,
    path: Path,
    found: tuple[Resource, tuple[str, ...]] | None,
    qualifier: str | None,
) -> None:
    """List folders; or a resource that has nothing below it, as ls does with a file."""
    if found is None:
        rows = [{"name": name} for name in folders_in(path)]
        session.output.records(rows, [Column("NAME", "name")])
        return
    resource, names = found
    session.output.records([resource.found(session, names, qualifier)], resource.columns)


def print_token(session: Session, token: str) -> None:
    """Print the token with which a list continues."""
    # In JSON and YAML it would not be a part of the document.
    if session.options.output in ("json", "yaml") or session.options.query:
        print_error(f"NextToken: {token}")
    else:
        session.output.line(f"NextToken: {token}")


@command("info", "display the resource detail info")
@click.argument("path", type=PATH, required=False)
@qualifier_option
def info(session: Session, path: Path | None, qualifier: str | None = None) -> None:
    """Print a resource as the service returns it."""
    path = session.cwd if path is None else path
    found = resource_at(path)
    if found is None:
        raise CommandLineError(f"{shown(path)} is a folder: list what is in it with ls")
    resource, names = found
    session.output.record(resource.found(session, names, qualifier))


@command(
    "rm",
    "delete the resource",
    "What has something below it needs -r, which deletes that too; of roles and policies the\n"
    "attachments, and the old versions.",
)
@click.argument("path", type=PATH)
@click.option("-f", "--forced", is_flag=True, help="do not ask")
@click.option("-r", "--recursive", is_flag=True, help="delete what is below it too; shows it first")
def rm(session: Session, path: Path, *, forced: bool, recursive: bool) -> None:
    """Delete a resource."""
    resource, names = _removable(path)
    may_ask = not (forced or session.options.yes)
    if may_ask and not session.terminal.can_ask:
        # Before any call: nothing happens.
        raise CommandLineError(
            f"cannot ask whether to remove {shown(path)} without a terminal; pass --yes"
        )
    steps = _removals(session, path, resource, names, recursive=recursive)
    if recursive:
        _show(session, steps, will_ask=may_ask)
    if may_ask and not session.terminal.confirm(
        f"Do you want to remove the resource {shown(path)}"
    ):
        session.note("nothing was removed")
        return
    removed: list[str] = []
    try:
        for step in steps:
            step.run()
            removed.append(step.title)
    finally:
        # If one of them fails, the output still has those before it.
        session.output.all_changed(removed, "removed")


def _removable(path: Path) -> tuple[Resource, tuple[str, ...]]:
    """Return the resource at a path and its names, if it can be removed."""
    found = resource_at(path)
    if found is None:
        raise CommandLineError(f"{shown(path)} is a folder: it cannot be removed")
    resource, names = found
    if resource.split(names).qualifier is not None:
        raise CommandLineError(
            f"{shown(path)} belongs to a version, which nothing can change; versions and aliases "
            "are removed by 'fcli version delete' and 'fcli alias delete'"
        )
    if resource.delete is None:
        raise CommandLineError(f"the {resource.noun} {names[-1]!r} cannot be removed by this path")
    return resource, names


def _show(session: Session, steps: Sequence[Removal], *, will_ask: bool) -> None:
    text = "\n".join(step.title for step in steps)
    if will_ask:
        # The question that follows asks about it, so --quiet does not hide it.
        print_error(text)
    else:
        session.note(text)


def _removals(
    session: Session, path: Path, resource: Resource, names: tuple[str, ...], *, recursive: bool
) -> list[Removal]:
    """Return the steps that remove a resource, with -r after all that is in their way."""

    def remove() -> None:
        resource.aim(session, names)
        if resource.delete is not None:
            resource.delete(session, *names)

    steps: list[Removal] = []
    below = children_of(path) if recursive else None
    if below is not None:
        child, parents = below
        for record in child.pages(session, parents)[0]:
            name = str(record[child.columns[0].key])
            steps += _removals(session, (*path, name), child, (*parents, name), recursive=True)
    ties = resource.ties(session, *names) if recursive else []
    return [*steps, *ties, Removal(shown(path), remove)]
