"""A kind of resource: where it is in the tree, and how it is listed, shown and deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from fc_client.fcli.options import NAMES
from fc_client.fcli.output import Column
from fc_client.fcli.paths import Path, resolve, shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.session import Session
from fc_client.pagination import Page

__all__ = ["PathParameter", "Removal", "Resource", "location", "resource_argument"]

if TYPE_CHECKING:
    _ParamType = click.ParamType[tuple[str, ...]]
else:
    # Older versions have no generic one.
    _ParamType = click.ParamType

Record = Mapping[str, Any]

# The most that the service returns in one call.
PAGE_SIZE = 100


class Removal(NamedTuple):
    """One step of a removal: what it removes, and the call that does it."""

    title: str
    run: Callable[[], None]


@dataclass(frozen=True)
class Resource:
    """A kind of resource.

    Attributes:
        noun: Such as "function".
        pattern: Its path; words in capitals are names.
        list_page: Returns one page of the resources, given the session, the
            names of what they belong to, and limit, next_token, prefix and
            start_key.
        get: Returns a resource, given the session and its names.
        delete: Deletes a resource.
        columns: Of a table of them; the first one is the name.
        arn: Its name in policies; words in braces are names.
        can_filter: Whether the service lists by prefix and start key.
        ties: Returns what has to be removed before a resource, apart from what
            is below its path, given the session and its names.
    """

    noun: str
    pattern: tuple[str, ...]
    list_page: Callable[..., Page[Any]]
    get: Callable[..., Record]
    delete: Callable[..., None]
    columns: tuple[Column, ...]
    arn: str = ""
    can_filter: bool = True
    ties: Callable[..., list[Removal]] = lambda *_: []

    @property
    def syntax(self) -> str:
        """The form of its paths below where fcli starts, such as SERVICE/FUNCTION."""
        names = [part for part in self.pattern if part.isupper()]
        return "/".join(names if self.pattern[0] == "fc" else ["", *self.pattern])

    def names(self, path: Path) -> tuple[str, ...] | None:
        """Return the names in *path*, or None if it is not one of such a resource."""
        if len(path) != len(self.pattern):
            return None
        pairs = list(zip(self.pattern, path, strict=True))
        if any(part != name for part, name in pairs if not part.isupper()):
            return None
        return tuple(name for part, name in pairs if part.isupper())

    def aim(self, session: Session, names: Sequence[str]) -> None:
        """Record what a command is about, for the hint of an error."""
        session.target = self.arn.format(*names)

    def pages(
        self,
        session: Session,
        parents: Sequence[str],
        *,
        limit: int | None = None,
        **filters: str | None,
    ) -> tuple[list[Record], str | None]:
        """Return resources, and the token of the next page if there are more.

        Args:
            session: The session.
            parents: The names of what they belong to.
            limit: Maximum number; None for all.
            filters: next_token, prefix and start_key.
        """
        self.aim(session, [*parents, "*"])
        if not self.can_filter and any(filters.get(name) for name in ("prefix", "start_key")):
            raise CommandLineError(f"a {self.noun} cannot be listed by --prefix or --start-key")
        found: list[Record] = []
        token = filters.pop("next_token", None)
        while True:
            size = PAGE_SIZE if limit is None else min(PAGE_SIZE, limit - len(found))
            page = self.list_page(session, *parents, limit=size, next_token=token, **filters)
            found += [item.raw for item in page.items]
            token = page.next_token
            if token is None or (limit is not None and len(found) >= limit):
                return found[:limit], token


class PathParameter(_ParamType):
    """The path of one kind of resource, as its names.

    Args:
        resources: The kinds that are allowed.
    """

    name = "path"

    def __init__(self, *resources: Resource) -> None:
        self._resources = resources

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the names in a path."""
        if not isinstance(value, str):
            return tuple(value)
        session = ctx.find_object(Session) if ctx is not None else None
        path = location(session, value)
        found = [names for each in self._resources if (names := each.names(path)) is not None]
        if not found:
            wanted = " or ".join(resource.syntax for resource in self._resources)
            self.fail(f"expected {wanted}, got {value!r}, which is {shown(path)}", param, ctx)
        return found[0]

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - click's
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return the paths that begin with *incomplete*."""
        session = ctx.ensure_object(Session)
        with session.using(_given(ctx)):
            return session.complete(session, incomplete)


def _given(ctx: click.Context) -> dict[str, Any]:
    """Return the common options of a command line, before and after the command."""
    outer = {} if ctx.parent is None else _given(ctx.parent)
    own = {name: ctx.params.get(name) for name in NAMES}
    return {**outer, **{name: value for name, value in own.items() if value is not None}}


def location(session: Session | None, text: str) -> Path:
    """Return the path that *text* means in the session; an empty one is refused."""
    if not text.strip():
        raise CommandLineError("the path of a resource must not be empty")
    return resolve(text) if session is None else resolve(text, session.cwd)


def resource_argument(*resources: Resource) -> Callable[[Any], Any]:
    """Return a decorator that adds the argument *names*, the path of a resource."""
    return click.argument(
        "names",
        metavar="|".join(resource.syntax for resource in resources),
        type=PathParameter(*resources),
    )
