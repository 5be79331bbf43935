"""Completion of paths, for fcli's shell and for bash, zsh and fish."""

from __future__ import annotations

import hashlib
from contextlib import suppress

from click.shell_completion import CompletionItem

from fc_client.exceptions import ConfigurationError, FCError
from fc_client.fcli.paths import Path, resolve, shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.resource import Resource
from fc_client.fcli.session import Session
from fc_client.fcli.tree import children_of, folders_in

__all__ = ["complete_path"]

# More would not help anyone to choose.
_MAX_NAMES = 1000
# Settings that decide on which resources there are.
_IDENTIFYING = ("endpoint", "access_key_id", "ram_endpoint", "sls_endpoint")


def complete_path(
    session: Session, incomplete: str, start: Path | None = None
) -> list[CompletionItem]:
    """Return the paths that begin with *incomplete*.

    Args:
        session: The session.
        incomplete: A path, or the beginning of one.
        start: Where relative paths start; None for where the shell is.
    """
    head, slash, tail = incomplete.rpartition("/")
    before = head + slash
    parent = resolve(before or ".", session.cwd if start is None else start)
    return [
        CompletionItem(before + name) for name in _names(session, parent) if name.startswith(tail)
    ]


def _names(session: Session, path: Path) -> list[str]:
    below = children_of(path)
    if below is None:
        return folders_in(path)
    try:
        key = _key(session, path)
    except ConfigurationError:
        # The commands say what is wrong.
        return []
    return session.names.names(key, lambda: _fetched(session, *below))


def _key(session: Session, path: Path) -> str:
    """Return what a list of names is stored under: those of another account are not offered."""
    settings = session.configuration
    parts = [settings.get(key) for key in _IDENTIFYING]
    return f"{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]} {shown(path)}"


def _fetched(session: Session, resource: Resource, parents: tuple[str, ...]) -> list[str] | None:
    """Return the names of resources; None if the service cannot be asked."""
    # A completion is a help: its failure must not disturb who types.
    with suppress(FCError, OSError, ImportError, CommandLineError, ValueError):
        records, _ = resource.pages(session, parents, limit=_MAX_NAMES)
        return [str(record[resource.columns[0].key]) for record in records]
    return None
