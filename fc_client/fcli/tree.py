"""The tree of resources, in which a path is found."""

from __future__ import annotations

from fc_client.fcli.paths import Path, shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.aliases import ALIAS
from fc_client.fcli.resources.asynchronous import ASYNC_CONFIG, INVOCATION
from fc_client.fcli.resources.concurrency import ON_DEMAND, PROVISION
from fc_client.fcli.resources.custom_domains import DOMAIN
from fc_client.fcli.resources.functions import FUNCTION
from fc_client.fcli.resources.instances import INSTANCE
from fc_client.fcli.resources.layers import LAYER, LAYER_VERSION
from fc_client.fcli.resources.log_stores import LOG_STORE, PROJECT
from fc_client.fcli.resources.policies import POLICY
from fc_client.fcli.resources.resource import Resource, inside
from fc_client.fcli.resources.roles import ROLE
from fc_client.fcli.resources.services import SERVICE
from fc_client.fcli.resources.tags import TAGS
from fc_client.fcli.resources.triggers import TRIGGER
from fc_client.fcli.resources.versions import VERSION
from fc_client.fcli.resources.vpc_bindings import VPC_BINDING

__all__ = ["RESOURCES", "children_of", "folders_in", "resource_at"]

RESOURCES: tuple[Resource, ...] = (
    SERVICE,
    FUNCTION,
    TRIGGER,
    *inside("versions", SERVICE),
    VERSION,
    *inside("aliases", SERVICE),
    ALIAS,
    *inside("instances", SERVICE, FUNCTION),
    INSTANCE,
    DOMAIN,
    LAYER,
    LAYER_VERSION,
    TAGS,
    *inside("provision-configs", SERVICE, FUNCTION),
    PROVISION,
    *inside("on-demand-configs", SERVICE, FUNCTION),
    ON_DEMAND,
    *inside("async-configs", SERVICE, FUNCTION),
    ASYNC_CONFIG,
    *inside("stateful-invocations", SERVICE, FUNCTION),
    INVOCATION,
    *inside("vpc-bindings", SERVICE),
    VPC_BINDING,
    ROLE,
    POLICY,
    PROJECT,
    LOG_STORE,
)


def resource_at(path: Path) -> tuple[Resource, tuple[str, ...]] | None:
    """Return the kind of resource at *path* and its names; None for a folder.

    Raises:
        CommandLineError: there is no such path.
    """
    for resource in RESOURCES:
        names = resource.names(path)
        if names is not None:
            return resource, names
    if children_of(path) is None and not folders_in(path):
        raise CommandLineError(
            f"{shown(path)}: no such path; the paths are {', '.join(map(_syntax, RESOURCES))}"
        )
    return None


def children_of(path: Path) -> tuple[Resource, tuple[str, ...]] | None:
    """Return the kind of resource below *path* and the names in it, or None."""
    for resource in RESOURCES:
        names = resource.names((*path, "NAME"))
        if names is not None:
            return resource, names[:-1]
    return None


def folders_in(path: Path) -> list[str]:
    """Return the names of the folders in *path*: they exist without being made."""
    names = [
        resource.pattern[len(path)]
        for resource in RESOURCES
        if resource.pattern[: len(path)] == path and len(resource.pattern) > len(path)
    ]
    return sorted({name for name in names if not name.isupper()})


def _syntax(resource: Resource) -> str:
    return shown(resource.pattern)
