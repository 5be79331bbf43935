"""The names of resources, as the service listed them lately."""

from __future__ import annotations

import time
from collections.abc import Callable

from fc_client.fcli.paths import Path

__all__ = ["NameCache"]

# Names are fetched again after this time; commands that change something forget them at once.
_LIFETIME_SECONDS = 60.0


class NameCache:
    """The names below paths.

    Args:
        clock: Returns seconds, from any start.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._names: dict[Path, tuple[float, list[str]]] = {}

    def names(self, path: Path, fetch: Callable[[Path], list[str]]) -> list[str]:
        """Return the names below a path.

        Args:
            path: The path.
            fetch: Returns the names below a path; called if they are not known.
        """
        stored = self._names.get(path)
        if stored is None or self._clock() - stored[0] >= _LIFETIME_SECONDS:
            stored = self._names[path] = (self._clock(), fetch(path))
        return stored[1]

    def clear(self) -> None:
        """Forget all names, since a command may have changed them."""
        self._names.clear()
