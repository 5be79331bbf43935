"""Environment variables that pip and npm read: in their files, and as their own settings."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from fc_client._files import open_regular

__all__ = ["environment_without", "expanded", "secrets_of", "variables_in"]

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_]+)\??\}")
# Lists and settings are shorter; packages, which have no variables, are longer.
_MAX_BYTES = 1 << 20
_VERSION = re.compile(r"[0-9.]*")


def expanded(text: str) -> str:
    """Return *text* with the values of the variables that are set and not empty."""
    return _VARIABLE.sub(lambda found: os.environ.get(found[1]) or found[0], text)


def variables_in(files: Iterable[Path]) -> dict[str, str]:
    """Return the variables that *files* name and that are set, by name."""
    names: set[str] = set()
    for path in files:
        if path.is_file():
            with open_regular(path) as file:
                names.update(_VARIABLE.findall(file.read(_MAX_BYTES).decode("latin-1")))
    return {name: os.environ[name] for name in sorted(names) if name in os.environ}


def secrets_of(variables: Mapping[str, str]) -> list[str]:
    """Return the values that may be secret: all but those that are versions."""
    return [value for value in variables.values() if not _VERSION.fullmatch(value)]


def environment_without(names: Collection[str]) -> dict[str, str]:
    """Return the environment without the variables *names*, which are in lower case."""
    return {name: value for name, value in os.environ.items() if name.lower() not in names}
