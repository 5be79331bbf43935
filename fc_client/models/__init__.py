"""Arguments and results of calls: frozen dataclasses with the fields of the API.

Fields have the API's names in snake_case; ``raw`` is the JSON of the response,
including fields that this version of the library does not know. The models of
the operations that came after the guide are loaded when they are first used.
"""

from __future__ import annotations

import importlib

from fc_client.models.guide import (
    Function,
    FunctionCode,
    InvocationResult,
    LogConfig,
    Service,
    Trigger,
    VPCConfig,
)

__all__ = [
    "Function",
    "FunctionCode",
    "InvocationResult",
    "LogConfig",
    "Service",
    "Trigger",
    "VPCConfig",
]

# The names of __all__ that are loaded late, by their module in this package.
LATE: dict[str, str] = {}


def __getattr__(name: str) -> object:
    if name in LATE:
        return getattr(importlib.import_module(f"{__name__}.{LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
