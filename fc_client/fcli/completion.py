"""Completion of paths, for fcli's shell and for bash, zsh and fish."""

from __future__ import annotations

from contextlib import suppress

from click.shell_completion import CompletionItem

from fc_client.exceptions import FCError
from fc_client.fcli.paths import Path, resolve
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.session import Session
from fc_client.fcli.tree import children_of, folders_in

__all__ = ["complete_path"]

# More would not help anyone to choose.
_MAX_NAMES = 1000


def complete_path(session: Session, incomplete: str) -> list[CompletionItem]:
    """Return the paths that begin with *incomplete*."""
    head, slash, tail = incomplete.rpartition("/")
    before = head + slash
    parent = resolve(before or ".", session.cwd)
    names = session.names.names(parent, lambda path: _fetched(session, path))
    return [CompletionItem(before + name) for name in names if name.startswith(tail)]


def _fetched(session: Session, path: Path) -> list[str]:
    """Return the names below a path; none if the service cannot be asked."""
    # A completion is a help: its failure must not disturb who types.
    with suppress(FCError, OSError, ImportError, CommandLineError, ValueError):
        return _listed(session, path)
    return []


def _listed(session: Session, path: Path) -> list[str]:
    below = children_of(path)
    if below is None:
        return folders_in(path)
    resource, parents = below
    records, _ = resource.pages(session, parents, limit=_MAX_NAMES)
    return [str(record[resource.columns[0].key]) for record in records]
