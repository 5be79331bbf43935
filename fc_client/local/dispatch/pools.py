"""Defines what runs functions for the dispatcher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from fc_client.local.execution.exec_processes import ExecProcess, Streams
from fc_client.local.execution.function_spec import FunctionSpec, Outcome
from fc_client.local.execution.http_exchange import HttpExchange, HttpHead, HttpRequest
from fc_client.local.execution.instances import Instance

__all__ = [
    "Event",
    "ExecProcess",
    "HttpExchange",
    "HttpHead",
    "HttpRequest",
    "Instance",
    "Pools",
    "Streams",
]

# What a function runs for: the bytes of an event, or a call of an HTTP function.
Event = bytes | HttpExchange


class Pools(Protocol):
    """Runs functions; InstancePools implements it."""

    async def invoke(self, spec: FunctionSpec, request_id: str, event: Event) -> Outcome:
        """Run one event or HTTP call; errors of the function are part of the outcome.

        Raises:
            ResourceExhausted: no instance became free in time.
        """

    def retire(self, key: tuple[str, str, str]) -> None:
        """End the instances of the function with this key, busy ones after their call."""

    async def keep_warm(self, spec: FunctionSpec, target: int) -> str:
        """Start instances until there are *target*; return why there are not, or "".

        Raises:
            ResourceExhausted: the pools are closed.
        """

    def keep_only(self, targets: Mapping[tuple[str, str, str], int]) -> None:
        """Let all instances end when they are idle but these numbers, by the key of the spec."""

    def instances_of(self, key: tuple[str, str, str]) -> list[Instance]:
        """Return the instances of the function with this key."""

    def count(self) -> int:
        """Return the number of instances."""

    async def close(self) -> None:
        """End all instances now."""
