"""Finds the deployed API that a call is for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from fc_client.local.cloud.gateway.definitions import METHODS
from fc_client.local.cloud.gateway.errors import GatewayError
from fc_client.local.cloud.gateway.groups import STAGES

__all__ = ["find_api", "stage_of"]


def stage_of(header: str) -> str:
    """Return the stage that the header X-Ca-Stage names, in any case; RELEASE without it.

    Raises:
        GatewayError: there is no such stage.
    """
    stage = header.strip().upper() or STAGES[0]
    if stage not in STAGES:
        raise GatewayError(400, "Invalid Stage", "I400SG")
    return stage


def find_api(
    deployed: Iterable[dict[str, Any]], method: str, path: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the API for a method and a path, and the decoded parameters of the path.

    A path without parameters is preferred: ``/users/me`` to ``/users/[id]``.

    Args:
        deployed: The APIs of the stage.
        method: The HTTP method.
        path: The path as sent.

    Raises:
        GatewayError: APIs cannot have this method, or there is no such API.
    """
    if method not in METHODS:
        raise GatewayError(405, f"Unsupported Method {method}", "I405UM")
    found = []
    for api in deployed:
        config = api["RequestConfig"]
        values = _match(config["RequestPath"], path)
        if config["RequestHttpMethod"] == method and values is not None:
            found.append((len(values), api, values))
    if not found:
        raise GatewayError(404, f"API not found for {method} {unquote(path)}", "I404NF")
    _, api, values = min(found, key=lambda each: each[0])
    return api, values


def _match(template: str, path: str) -> dict[str, str] | None:
    """Return the decoded parameters of a path, or None if it does not fit the template."""
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    values = {}
    for name, segment in zip(wanted, map(unquote, given), strict=True):
        if name.startswith("[") and segment:
            values[name[1:-1]] = segment
        elif name != segment:
            return None
    return values
