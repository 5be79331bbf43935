"""Finds services and functions of a project by the names that users type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fc_client._disclosure import shown
from fc_client.fun.project.schema import ProjectFile
from fc_client.fun.project.types import suggestion

__all__ = ["Name", "find_function", "find_logs"]


@dataclass(frozen=True)
class Name:
    """A function, or a service if *function* is None."""

    region: str
    service: str
    function: str | None = None


def find_function(file: ProjectFile, text: str) -> Name:
    """Return the function of a name: SERVICE/FUNCTION, or FUNCTION if only one has it.

    Raises:
        ValueError: no function has it, or several have.
    """
    return _find(text, [name for name in _names(file) if name.function is not None])


def find_logs(file: ProjectFile, text: str) -> Name:
    """Return the function of a name as :func:`find_function` does, or the service.

    Raises:
        ValueError: neither has it, or several have.
    """
    return _find(text, list(_names(file)))


def _names(file: ProjectFile) -> Iterator[Name]:
    section = file.function_compute
    for service in section.services if section else ():
        region = service.region or (section.region if section else "")
        yield Name(region, service.name)
        for function in service.functions:
            yield Name(region, service.name, function.name)


def _find(text: str, names: list[Name]) -> Name:
    if text.startswith("-"):
        raise ValueError(f"the name comes before the flags, got {shown(text)!r}")
    full = {
        name: f"{name.service}/{name.function}" if name.function else name.service for name in names
    }
    found = [name for name in names if full[name] == text] or [
        name for name in names if name.function == text
    ]
    if len(found) == 1:
        return found[0]
    if found:
        known = ", ".join(full[name] for name in found)
        raise ValueError(f"{shown(text)!r} is the name of several: {known}; name the service")
    words = [*full.values(), *(name.function for name in names if name.function)]
    raise ValueError(f"the project has no function {shown(text)!r}{suggestion(text, words)}")
