"""The names of resources, as the service listed them lately, for completion."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["NameCache"]

# Names are fetched again after this time; commands that change something forget them at once.
_LIFETIME_SECONDS = 60.0
# Of the failure to fetch them: a service that does not answer delays one completion, not each.
_FAILURE_SECONDS = 10.0

# By key: until when they count, and the names.
_Entries = dict[str, tuple[float, list[str]]]


class NameCache:
    """Lists of names in a file, which all processes of a user share.

    Args:
        path: The file; None keeps the names in memory, as does a file that
            cannot be written.
        clock: Returns seconds since the epoch.
    """

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._memory: _Entries = {}

    def names(self, key: str, fetch: Callable[[], list[str] | None]) -> list[str]:
        """Return a list of names.

        Args:
            key: What the names are of.
            fetch: Returns the names, or None if that is not possible now;
                called if they are not known.
        """
        now = self._clock()
        known = {
            each: entry
            for each, entry in self._read().items()
            # A clock that was set back must not keep them for longer.
            if now < entry[0] <= now + _LIFETIME_SECONDS
        }
        if key not in known:
            names = fetch()
            lifetime = _FAILURE_SECONDS if names is None else _LIFETIME_SECONDS
            known[key] = (self._clock() + lifetime, names or [])
            self._write(known)
        return known[key][1]

    def clear(self) -> None:
        """Forget all names, since a command may have changed them."""
        self._memory = {}
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _read(self) -> _Entries:
        if self._path is None or self._memory:
            return self._memory
        try:
            stored = json.loads(self._path.read_bytes())
            return {key: _entry(value) for key, value in stored.items()}
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            # There is none yet, or it is damaged.
            return {}

    def _write(self, entries: _Entries) -> None:
        if self._path is None:
            self._memory = entries
            return
        try:
            _replace(self._path, json.dumps(entries))
        except OSError:
            self._memory = entries


def _entry(value: Any) -> tuple[float, list[str]]:
    end, names = value
    return float(end), [str(name) for name in names]


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A temporary file has mode 0600, and a reader sees the whole file, old or new.
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
