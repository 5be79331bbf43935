"""Deletes what belongs to a service or function when that is deleted.

Resources without a table of their own are in the table of cloud resources, by
kind and name. The name is that of the service, then that of the function if
there is one, and so on, with slashes between: no name has a slash.
"""

from __future__ import annotations

from fc_client.local.storage.schema import CLOUD_RESOURCE, Record
from fc_client.local.storage.store import Store

__all__ = [
    "ASYNC_CONFIGS",
    "ON_DEMAND_CONFIGS",
    "PROVISION_CONFIGS",
    "STATEFUL_INVOCATIONS",
    "TAGS",
    "VPC_BINDINGS",
    "delete_belongings",
    "get_belonging",
    "name_of",
    "records_below",
]

TAGS = "fc.tags"
VPC_BINDINGS = "fc.vpc-bindings"
ASYNC_CONFIGS = "fc.async-configs"
STATEFUL_INVOCATIONS = "fc.stateful-invocations"

PROVISION_CONFIGS = "fc.provision-configs"
ON_DEMAND_CONFIGS = "fc.on-demand-configs"

_KINDS = (
    TAGS,
    VPC_BINDINGS,
    ASYNC_CONFIGS,
    STATEFUL_INVOCATIONS,
    PROVISION_CONFIGS,
    ON_DEMAND_CONFIGS,
)


def name_of(*parts: str) -> str:
    """Return the name of a resource: the names of service, function and so on."""
    return "/".join(parts)


def get_belonging(store: Store, kind: str, *parts: str) -> Record | None:
    """Return a resource by its kind and name; None if it does not exist."""
    return store.get(CLOUD_RESOURCE, (kind, name_of(*parts)))


def records_below(store: Store, kind: str, prefix: str) -> list[Record]:
    """Return all resources of a kind whose name starts with *prefix*, sorted by name."""
    return store.page(CLOUD_RESOURCE, (kind,), limit=-1, prefix=prefix)


def delete_belongings(store: Store, owner: tuple[str, ...]) -> None:
    """Delete what belongs to a service or function; call it in the transaction of the deletion.

    Args:
        store: The store with the resources.
        owner: The names of the service and, for a function, of the function.
    """
    name = name_of(*owner)
    for kind in _KINDS:
        store.delete(CLOUD_RESOURCE, (kind, name))
        for record in records_below(store, kind, f"{name}/"):
            store.delete(CLOUD_RESOURCE, record.key)
