"""Whether tracers, recorders or fakes have replaced parts of the HTTP libraries.

They have to see every call. So the transports take their direct way only as
long as the libraries are as they were installed, and check that before each call.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from operator import attrgetter, is_
from types import FunctionType, ModuleType
from typing import Any

# Replacing parts by theirs does not watch calls, it makes them cooperative.
_GREEN = {"gevent", "eventlet"}
# The classes of urllib3 inherit from http.client.
_BELOW = {"http"}


class Watch:
    """Watches the classes and functions of libraries that a call depends on.

    Args:
        names: By imported module: two or more dotted names of classes, functions and settings.
    """

    def __init__(self, names: Mapping[ModuleType, tuple[str, ...]]) -> None:
        self._modules = [module for module, paths in names.items() for _ in paths]
        self._getters = [(module, attrgetter(*paths)) for module, paths in names.items()]
        self._seen: list[Any] = []
        self._unpatched = False

    def state(self) -> object:
        """Return an object that stays the same as long as all names mean the same."""
        now = [value for module, get in self._getters for value in get(module)]
        if self._seen and all(map(is_, now, self._seen)):
            return self._seen
        # Tracers use wrapt, whose wrappers are made for each access. They are equal to each
        # other, and to what they wrap: only their types differ.
        if _typed(now) != _typed(self._seen):
            self._unpatched = all(map(_is_own, self._modules, now))
            self._seen = now
        return self._seen

    def is_unpatched(self) -> bool:
        """Return whether the libraries are as they were installed."""
        self.state()
        return self._unpatched


def _typed(values: list[Any]) -> list[tuple[type, Any]]:
    return [(type(value), value) for value in values]


def _is_own(module: ModuleType, value: Any) -> bool:
    """Return whether *value* was defined by the library that *module* belongs to.

    A replacement may look like the original in all but where its code comes from.
    """
    library = module.__name__.partition(".")[0]
    # isinstance() would believe the __class__ of a wrapper.
    kind = type(value)
    if not issubclass(kind, (type, FunctionType)):
        # A setting: the libraries' own are off.
        return not callable(value) and not value
    home = value.__module__ or ""
    if kind is FunctionType:
        source = getattr(sys.modules.get(home), "__file__", None)
        if source != value.__code__.co_filename:
            return False
    return home.partition(".")[0] in {library, *_BELOW, *_GREEN}
