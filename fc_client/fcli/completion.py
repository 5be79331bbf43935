"""Completion of paths, for fcli's shell and for bash, zsh and fish."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress

from click.shell_completion import CompletionItem

from fc_client.exceptions import ConfigurationError, FCError
from fc_client.fcli.paths import START, Path, resolve, shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.aliases import ALIAS
from fc_client.fcli.resources.resource import Resource
from fc_client.fcli.resources.services import SERVICE
from fc_client.fcli.resources.tags import TAGS
from fc_client.fcli.resources.versions import VERSION
from fc_client.fcli.session import Session
from fc_client.fcli.tree import children_of, folders_in

__all__ = ["complete_path"]

# More would not help anyone to choose.
_MAX_NAMES = 1000
# The folders whose services may have a qualifier, as in demo.prod.
_WITH_QUALIFIERS = (START, ("instances",), ("stateful-invocations",))
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
    service, dot, _ = tail.partition(".")
    if dot and parent in _WITH_QUALIFIERS:
        names = _cached(session, (*parent, f"{service}."), lambda: _qualified(session, service))
    else:
        names = _names(session, parent)
    return [CompletionItem(before + name) for name in names if name.startswith(tail)]


def _names(session: Session, path: Path) -> list[str]:
    below = children_of(path)
    if below is None:
        return folders_in(path)
    return _cached(session, path, lambda: _offered(session, *below))


def _cached(session: Session, path: Path, fetch: Callable[[], list[str] | None]) -> list[str]:
    try:
        key = _key(session, path)
    except ConfigurationError:
        # The commands say what is wrong.
        return []
    return session.names.names(key, fetch)


def _key(session: Session, path: Path) -> str:
    """Return what a list of names is stored under: those of another account are not offered."""
    settings = session.configuration
    parts = [settings.get(key) for key in _IDENTIFYING]
    return f"{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]} {shown(path)}"


def _offered(session: Session, resource: Resource, parents: tuple[str, ...]) -> list[str] | None:
    """Return the names that a path can go on with, also of what is yet to be set."""
    if resource is TAGS:
        # Any service can get tags.
        return _fetched(session, SERVICE, parents)
    if resource.pattern[-1] == "QUALIFIER":
        return _qualifiers(session, parents[0])
    return _fetched(session, resource, parents)


def _qualified(session: Session, service: str) -> list[str] | None:
    """Return the names of a service with its aliases and versions, such as demo.prod."""
    found = _qualifiers(session, service)
    return None if found is None else [f"{service}.{qualifier}" for qualifier in found]


def _qualifiers(session: Session, service: str) -> list[str] | None:
    aliases, versions = (_fetched(session, kind, (service,)) for kind in (ALIAS, VERSION))
    if aliases is None or versions is None:
        return None
    return [*aliases, *versions, "LATEST"]


def _fetched(session: Session, resource: Resource, parents: tuple[str, ...]) -> list[str] | None:
    """Return the names of resources; None if the service cannot be asked."""
    # A completion is a help: its failure must not disturb who types.
    with suppress(FCError, OSError, ImportError, CommandLineError, ValueError):
        records, _ = resource.pages(session, parents, limit=_MAX_NAMES)
        return [str(record[resource.columns[0].key]) for record in records]
    return None
