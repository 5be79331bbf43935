"""Completion of commands, flags and paths, for fcli's shell and for bash, zsh and fish."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from click.shell_completion import CompletionItem

from fc_client.exceptions import FCError
from fc_client.fcli.paths import Path, resolve
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.session import Session

__all__ = ["NameCache", "complete_path"]

# Names are fetched again after this time; commands that change something forget them at once.
_LIFETIME_SECONDS = 60.0
# More would not help anyone to choose.
_MAX_NAMES = 1000


class NameCache:
    """The names below paths, as the service listed them lately.

    Args:
        clock: Returns seconds, from any start.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._names: dict[Path, tuple[float, list[str]]] = {}

    def names(self, session: Session, path: Path) -> list[str]:
        """Return the names below a path; none if the service cannot be asked."""
        stored = self._names.get(path)
        if stored is not None and self._clock() - stored[0] < _LIFETIME_SECONDS:
            return stored[1]
        names: list[str] = []
        # A completion is a help: its failure must not disturb who types.
        with suppress(FCError, OSError, ImportError, CommandLineError, ValueError):
            names = _listed(session, path)
        self._names[path] = (self._clock(), names)
        return names

    def clear(self) -> None:
        """Forget all names, since a command may have changed them."""
        self._names.clear()


def complete_path(session: Session, incomplete: str) -> list[CompletionItem]:
    """Return the paths that begin with *incomplete*."""
    head, slash, tail = incomplete.rpartition("/")
    before = head + slash
    parent = resolve(before or ".", session.cwd)
    names = session.names.names(session, parent)
    return [CompletionItem(before + name) for name in names if name.startswith(tail)]


def _listed(session: Session, path: Path) -> list[str]:
    from fc_client.fcli.tree import children_of, folders_in

    below = children_of(path)
    if below is None:
        return folders_in(path)
    resource, parents = below
    records, _ = resource.pages(session, parents, limit=_MAX_NAMES)
    return [str(record[resource.columns[0].key]) for record in records]
