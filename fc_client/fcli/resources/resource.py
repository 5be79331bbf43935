"""A kind of resource: where it is in the tree, and how it is listed, shown and deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from fc_client.fcli.options import given_before
from fc_client.fcli.output import Column
from fc_client.fcli.paths import START, Names, Path, merged, resolve, shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.session import Session
from fc_client.pagination import Page

__all__ = [
    "ALL_FILTERS",
    "FILTERS",
    "Listed",
    "PathParameter",
    "Record",
    "Removal",
    "Resource",
    "inside",
    "location",
    "resource_argument",
]

# How a list can be restricted: the arguments of the client, each an option of ls.
FILTERS = ("prefix", "start_key")
# And those of some kinds of resources.
ALL_FILTERS = (*FILTERS, "qualifier", "tag", "direction")

if TYPE_CHECKING:
    _ParamType = click.ParamType[tuple[str, ...]]
else:
    # Older versions have no generic one.
    _ParamType = click.ParamType

Record = Mapping[str, Any]

# The most that the service returns in one call.
PAGE_SIZE = 100


class Listed(NamedTuple):
    """An item of a list that is put together here, as models of the client have it."""

    raw: dict[str, Any]


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
            names of what they belong to, limit, next_token and filters.
        get: Returns a resource, given the session and its names.
        delete: Deletes a resource; None for those that are deleted elsewhere or
            not at all.
        columns: Of a table of them; the first one is the name.
        arn: Its name in policies; words in braces are names.
        filters: By what the service lists them, of ALL_FILTERS.
        has_qualifier: Whether the service returns it as a version or an alias has it.
        ties: Returns what has to be removed before a resource, apart from what
            is below its path, given the session and its names.
    """

    noun: str
    pattern: tuple[str, ...]
    list_page: Callable[..., Page[Any]]
    get: Callable[..., Record]
    delete: Callable[..., None] | None
    columns: tuple[Column, ...]
    arn: str = ""
    filters: tuple[str, ...] = FILTERS
    has_qualifier: bool = False
    ties: Callable[..., list[Removal]] = lambda *_: []

    @property
    def syntax(self) -> str:
        """The form of its paths below where fcli starts, such as SERVICE/FUNCTION."""
        names = [part for part in self.pattern if part.isupper()]
        return "/".join(names if self.pattern[0] == "fc" else ["", *self.pattern])

    @property
    def start(self) -> Path:
        """The folders that are in front of the first name, such as ("fc",)."""
        first = next(index for index, part in enumerate(self.pattern) if part.isupper())
        return self.pattern[:first]

    @property
    def a_noun(self) -> str:
        """The noun with its article."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    @property
    def nouns(self) -> str:
        """The noun in the plural."""
        return f"{self.noun}{'es' if self.noun.endswith('s') else 's'}"

    @property
    def names_syntax(self) -> str:
        """The names of its paths, such as SERVICE/FUNCTION."""
        return "/".join(part for part in self.pattern if part.isupper())

    def path(self, names: Sequence[str]) -> Path:
        """Return the path of *names*; without the last names it is that of a parent."""
        return (*self.start, *names)

    def found(self, session: Session, names: Sequence[str], qualifier: str | None = None) -> Record:
        """Return a resource.

        Args:
            session: The session.
            names: Its names.
            qualifier: A version or an alias, or None.
        """
        names, qualifier = self._qualified(names, qualifier)
        self.aim(session, names)
        if qualifier is None:
            return self.get(session, *names)
        if not self.has_qualifier:
            raise CommandLineError(
                f"a qualifier cannot be used with {self.a_noun}: leave {qualifier!r} out"
            )
        return self.get(session, *names, qualifier=qualifier)

    def names(self, path: Path) -> tuple[str, ...] | None:
        """Return the names in *path*, or None if it is not one of such a resource."""
        if len(path) != len(self.pattern):
            return None
        pairs = list(zip(self.pattern, path, strict=True))
        if any(part != name for part, name in pairs if not part.isupper()):
            return None
        return tuple(name for part, name in pairs if part.isupper())

    def split(self, names: Sequence[str]) -> Names:
        """Return *names* without the qualifier that the name of a service may have."""
        if not names or "SERVICE" not in self.pattern[:2]:
            return Names(names)
        service, dot, qualifier = names[0].partition(".")
        if dot and not (service and qualifier):
            raise CommandLineError(f"expected SERVICE or SERVICE.QUALIFIER, got {names[0]!r}")
        return Names([service, *names[1:]], qualifier or None)

    def _qualified(self, names: Sequence[str], qualifier: str | None) -> tuple[Names, str | None]:
        """Return names, and the qualifier of an option or of the names."""
        found = self.split(names)
        return found, merged(found.qualifier, qualifier)

    def aim(self, session: Session, names: Sequence[str]) -> None:
        """Record what a command is about, for the hint of an error."""
        # Of an overview, the names of what they belong to may be missing.
        session.target = self.arn.format(*names, *("*" for _ in self.pattern))

    def pages(
        self,
        session: Session,
        parents: Sequence[str],
        *,
        limit: int | None = None,
        **filters: Any,
    ) -> tuple[list[Record], str | None]:
        """Return resources, and the token of the next page if there are more.

        Args:
            session: The session.
            parents: The names of what they belong to.
            limit: Maximum number; None for all.
            filters: next_token and what they are listed by; None for what is not given.
        """
        parents, qualifier = self._qualified(parents, filters.pop("qualifier", None))
        self.aim(session, [*parents, "*"])
        token = filters.pop("next_token", None)
        filters["qualifier"] = qualifier
        wanted = {name: value for name, value in filters.items() if value is not None}
        for name in wanted.keys() - self.filters:
            # A qualifier may also be in the path.
            option = "a qualifier" if name == "qualifier" else f"--{name.replace('_', '-')}"
            raise CommandLineError(f"{self.a_noun} cannot be listed by {option}")
        found: list[Record] = []
        while True:
            size = PAGE_SIZE if limit is None else min(PAGE_SIZE, limit - len(found))
            page = self.list_page(session, *parents, limit=size, next_token=token, **wanted)
            found += [item.raw for item in page.items]
            token = page.next_token
            if token is None or (limit is not None and len(found) >= limit):
                return found[:limit], token


def inside(folder: str, *resources: Resource) -> list[Resource]:
    """Return kinds of resources for another folder, which has what belongs to them.

    They can be listed and shown there, and not deleted.

    Args:
        folder: The folder, in place of "fc".
        resources: The kinds.
    """
    return [replace(each, pattern=(folder, *each.pattern[1:]), delete=None) for each in resources]


class PathParameter(_ParamType):
    """The path of one kind of resource, as its names.

    Args:
        resources: The kinds that are allowed.
        start: Where relative paths start; None for where the shell is.
    """

    name = "path"

    def __init__(self, *resources: Resource, start: Path | None = None) -> None:
        self._resources = resources
        self._start = start

    def relative_to(self, start: Path) -> PathParameter:
        """Return the same for relative paths that begin at *start*, wherever the shell is."""
        return type(self)(*self._resources, start=start)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the names in a path, as :class:`Names`."""
        if not isinstance(value, str):
            return value if isinstance(value, Names) else Names(value)
        path = self._location(ctx, value)
        found = [
            each.split(names) for each in self._resources if (names := each.names(path)) is not None
        ]
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
        with session.using(given_before(ctx)):
            return session.complete(session, incomplete, self._start or session.cwd)

    def _location(self, ctx: click.Context | None, text: str) -> Path:
        session = ctx.find_object(Session) if ctx is not None else None
        return location(session, text, self._start)


def location(session: Session | None, text: str, start: Path | None = None) -> Path:
    """Return the path that *text* means in the session; an empty one is refused.

    Args:
        session: The session.
        text: The path.
        start: Where it starts if it is relative; None for where the shell is.
    """
    if not text.strip():
        raise CommandLineError("the path of a resource must not be empty")
    if start is None:
        start = START if session is None else session.cwd
    return resolve(text, start)


def resource_argument(*resources: Resource, required: bool = True) -> Callable[[Any], Any]:
    """Return a decorator that adds the argument *names*, the path of a resource."""
    syntax = "|".join(resource.syntax for resource in resources)
    return click.argument(
        "names",
        metavar=syntax if required else f"[{syntax}]",
        type=PathParameter(*resources),
        required=required,
    )
