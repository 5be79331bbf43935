"""Checks of custom domains: what several keys say together, and files of certificates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

from fc_client._disclosure import shown
from fc_client.fun.project.checks import Found, items, text_of, unlike_names
from fc_client.fun.project.problems import Path, label
from fc_client.fun.project.types import suggestion

__all__ = ["check_domains", "unknown_targets"]


def check_domains(top: object, root: FilePath) -> Iterator[Found]:
    """Yield what is wrong with custom domains.

    Args:
        top: The file of the project as it was read.
        root: The folder of the project.
    """
    domains = list(items(top, (), "function-compute", "customDomains"))
    yield from unlike_names(domains)
    for domain, where in domains:
        yield from _repeated_routes(domain, where)
        yield from _missing_files(domain, where, root)


def unknown_targets(top: object) -> Iterator[str]:
    """Yield warnings about routes to functions that are like one of the file.

    Args:
        top: The file of the project as it was read.
    """
    known = [
        f"{text_of(service, 'name')}/{text_of(function, 'name')}"
        for service, path in items(top, (), "function-compute", "services")
        for function, _ in items(service, path, "functions")
    ]
    for route, path in items(top, (), "function-compute", "customDomains", "routes"):
        service, slash, function = (text_of(route, "function") or "").partition("/")
        wanted = f"{service.partition('.')[0]}{slash}{function}"
        if wanted not in known and (hint := suggestion(wanted, known)):
            yield f"{label((*path, 'function'))}: not a function of this file{hint}"


def _repeated_routes(domain: dict[str, Any], where: Path) -> Iterator[Found]:
    seen: set[str] = set()
    for route, path in items(domain, where, "routes"):
        wanted = text_of(route, "path")
        if wanted in seen:
            message = f"another route of the domain has the path {shown(wanted)!r}"
            yield (*path, "path"), message, "VALUE"
        elif wanted is not None:
            seen.add(wanted)


def _missing_files(domain: dict[str, Any], where: Path, root: FilePath) -> Iterator[Found]:
    for config, path in items(domain, where, "certConfig"):
        for key in ("certificate", "privateKey"):
            name = text_of(config, key)
            if name and not (root / name).is_file():
                yield (*path, key), f"no such file: {shown(name)!r}", "FILES"
