"""Defines what runs functions for the dispatcher."""

from __future__ import annotations

from typing import Protocol

from fc_client.local.execution.function_spec import FunctionSpec, Outcome

__all__ = ["Pools"]


class Pools(Protocol):
    """Runs functions; InstancePools implements it."""

    async def invoke(self, spec: FunctionSpec, request_id: str, event: bytes) -> Outcome:
        """Run one event; errors of the function are part of the outcome.

        Raises:
            ResourceExhausted: no instance became free in time.
        """

    def retire(self, key: tuple[str, str, str]) -> None:
        """End the instances of the function with this key, busy ones after their call."""

    def count(self) -> int:
        """Return the number of instances."""

    async def close(self) -> None:
        """End all instances now."""
