"""Reads how many instances of functions may run, and how many are kept warm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fc_client.local.storage.belongings import ON_DEMAND_CONFIGS, PROVISION_CONFIGS, records_below
from fc_client.local.storage.schema import FunctionKey, Record
from fc_client.local.storage.store import Store
from fc_client.local.storage.versions import plain_qualifier

__all__ = ["OnDemandLimits", "ProvisionConfig", "provision_configs"]


class OnDemandLimits:
    """The maximum numbers of on-demand instances, in memory: each invocation asks for one.

    Args:
        store: The store with the configurations.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limits: dict[FunctionKey, int] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read the configurations again, after one was changed or deleted."""
        self._limits = {
            _function_of(record): record.document["maximumInstanceCount"]
            for record in records_below(self._store, ON_DEMAND_CONFIGS, "")
        }

    def of(self, function: FunctionKey) -> int | None:
        """Return the maximum of a function with its qualifier; None without a configuration."""
        return self._limits.get(function)


@dataclass(frozen=True)
class ProvisionConfig:
    """How many instances of a function are kept warm.

    Attributes:
        function: The function and its qualifier.
        record: The stored configuration.
    """

    function: FunctionKey
    record: Record

    @property
    def target(self) -> int:
        """The number of instances."""
        return int(self.record.document["target"])

    @property
    def actions(self) -> list[dict[str, Any]]:
        """The scheduled actions."""
        return self.record.document["scheduledActions"] or []


def provision_configs(store: Store) -> list[ProvisionConfig]:
    """Return all configurations of provisioned instances, sorted by their names."""
    records = records_below(store, PROVISION_CONFIGS, "")
    return [ProvisionConfig(_function_of(record), record) for record in records]


def _function_of(record: Record) -> FunctionKey:
    service, function, qualifier = record.key[-1].split("/")
    return FunctionKey(service, function, plain_qualifier(qualifier))
