"""Checks that the role and the logstore of a service exist, for servers that are strict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fc_client.local.cloud.log_stores import LogStores
from fc_client.local.cloud.ram import Ram

__all__ = ["missing_reference"]


def missing_reference(ram: Ram, stores: LogStores, service: Mapping[str, Any]) -> str | None:
    """Return what a service refers to that does not exist, as a message, or None.

    Args:
        ram: The roles.
        stores: The log projects.
        service: The fields of the service, with the names of the API.
    """
    role = service.get("role")
    if role and not ram.has_role(role):
        return (
            f"role: the role {role!r} does not exist: create it, or start the server without strict"
        )
    config = service.get("logConfig") or {}
    project, logstore = config.get("project"), config.get("logstore")
    if project and not stores.has(project, logstore or ""):
        return (
            f"logConfig: the logstore {logstore!r} of the project {project!r} does not exist: "
            "create it, or start the server without strict"
        )
    return None
