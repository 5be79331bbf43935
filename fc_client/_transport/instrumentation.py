"""Whether tracers, recorders or fakes have replaced parts of the HTTP libraries.

They have to see every call. So the transports take their direct way only as
long as the libraries are as they were installed, and check that before each call.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from operator import attrgetter
from types import FunctionType, ModuleType
from typing import Any

# Replacing parts by theirs does not watch calls, it makes them cooperative.
_GREEN = {"gevent", "eventlet"}


class Watch:
    """Watches the classes and functions of libraries that a call depends on.

    Args:
        names: By module, which is imported: dotted names of classes, functions and settings.
    """

    def __init__(self, names: Mapping[ModuleType, Iterable[str]]) -> None:
        self._modules = list(names)
        self._getters = [attrgetter(*paths) for paths in names.values()]
        self._seen: list[tuple[Any, ...]] = []
        self._unpatched = False

    def state(self) -> object:
        """Return an object that stays the same as long as all names mean the same."""
        now = [get(module) for get, module in zip(self._getters, self._modules, strict=True)]
        if now != self._seen:
            pairs = zip(now, self._modules, strict=True)
            self._unpatched = all(
                _is_own(module, value) for values, module in pairs for value in values
            )
            self._seen = now
        return self._seen

    def is_unpatched(self) -> bool:
        """Return whether the libraries are as they were installed."""
        self.state()
        return self._unpatched


def _is_own(module: ModuleType, value: Any) -> bool:
    """Return whether *value* was defined by the library that *module* belongs to.

    A replacement may look like the original in all but where its code comes from.
    """
    library = module.__name__.partition(".")[0]
    if not isinstance(value, (type, FunctionType)):
        # A setting: the libraries' own are off.
        return not callable(value) and not value
    home = value.__module__ or ""
    if isinstance(value, FunctionType):
        source = getattr(sys.modules.get(home), "__file__", None)
        if source != value.__code__.co_filename:
            return False
    return home.partition(".")[0] in {library, *_GREEN}
