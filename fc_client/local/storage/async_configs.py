"""Reads how Async invocations of functions are run: retries, age, destinations, stateful or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fc_client.local.storage.belongings import ASYNC_CONFIGS, get_belonging
from fc_client.local.storage.schema import LATEST, FunctionKey
from fc_client.local.storage.store import Store

__all__ = ["AsyncConfig", "read_async_config"]

# The service's values for what a configuration leaves out.
_RETRIES = 3
_MAX_AGE = 86_400


@dataclass(frozen=True)
class AsyncConfig:
    """How Async invocations of a function are run; without arguments if it has no configuration.

    Attributes:
        retries: Maximum retries after errors of the function; None for the server's.
        max_age: Seconds after which an invocation that has not succeeded ends; None for never.
        stateful: Whether what becomes of each invocation is stored.
        on_success: ARN of the destination of results; "" for none.
        on_failure: ARN of the destination of failed events; "" for none.
    """

    retries: int | None = None
    max_age: float | None = None
    stateful: bool = False
    on_success: str = ""
    on_failure: str = ""

    @classmethod
    def of(cls, document: dict[str, Any]) -> AsyncConfig:
        """Return the settings in a stored configuration."""
        retries = document["maxAsyncRetryAttempts"]
        return cls(
            retries=_RETRIES if retries is None else retries,
            max_age=document["maxAsyncEventAgeInSeconds"] or _MAX_AGE,
            stateful=document["statefulInvocation"],
            on_success=_destination(document, "onSuccess"),
            on_failure=_destination(document, "onFailure"),
        )


_NOTHING = AsyncConfig()


def read_async_config(store: Store, function: FunctionKey) -> AsyncConfig:
    """Return the settings of a function with its qualifier."""
    names = (function.service_name, function.function_name, function.qualifier or LATEST)
    record = get_belonging(store, ASYNC_CONFIGS, *names)
    return AsyncConfig.of(record.document) if record else _NOTHING


def _destination(document: dict[str, Any], name: str) -> str:
    destination = document["destinationConfig"].get(name, {})
    return destination.get("destination") or ""
