"""Decides which service beside Function Compute a request is for.

A service is named by the Host header (``ram.aliyuncs.com``), by the first
segment of the path if that is the service's host, which is how tools with a
fixed host are pointed here, or by what only its requests have: ``Action`` in
the parameters, or the headers of Log Service.

A call of an API that is deployed in API Gateway has the ID of its group there:
as the first segment of the path, or in front of ``.localhost`` in the Host header.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

__all__ = ["GATEWAY", "LOG_SERVICE", "RPC", "Address", "find_address"]

RPC = "rpc"
LOG_SERVICE = "log"
GATEWAY = "gateway"

_RPC_HOST = re.compile(r"(?:ram|apigateway\.[a-z0-9-]+)\.aliyuncs\.com")
_GROUP_HOST = re.compile(r"([0-9a-f]{32})(?:\.localhost|-[a-z0-9-]+\.alicloudapi\.com|)")
_LOG_HOST = re.compile(r"(?:([a-z0-9][a-z0-9-]*)\.)?[a-z0-9-]+\.(?:log|sls)\.aliyuncs\.com")
_PROJECT = re.compile(r"[a-z0-9][a-z0-9-]*")

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Address:
    """The service of a request.

    Attributes:
        service: RPC, LOG_SERVICE or GATEWAY.
        path: The path without the host of the service.
        project: The Log Service project that the host names, or None.
        group: The ID of the group in API Gateway that a call is for.
    """

    service: str
    path: str
    project: str | None = None
    group: str = ""


def find_address(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    own_names: Collection[str] = (),
) -> Address | None:
    """Return the service that a request is for, or None for Function Compute.

    Args:
        method: The HTTP method.
        path: The path as sent.
        query: The decoded parameters of the query.
        headers: All headers, names in lower case.
        own_names: Names of this server besides localhost and addresses, in lower case.
    """
    first, _, rest = path.removeprefix("/").partition("/")
    host = _without_port(headers.get("host", "").lower())
    for name, remaining in ((first.lower(), f"/{rest}"), (host, path)):
        if match := _GROUP_HOST.fullmatch(name):
            return Address(GATEWAY, remaining, group=match[1])
        if _RPC_HOST.fullmatch(name):
            return Address(RPC, remaining)
        if match := _LOG_HOST.fullmatch(name):
            return Address(LOG_SERVICE, remaining, match[1])
    if "x-log-apiversion" in headers:
        return Address(LOG_SERVICE, path, _project_of(host, own_names))
    if path in ("", "/") and _is_rpc(method, query, headers):
        return Address(RPC, "/")
    return None


def _is_rpc(method: str, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_form = method == "POST" and content_type == _FORM
    is_acs3 = headers.get("authorization", "").startswith("ACS3-")
    return is_form or is_acs3 or "Action" in query or "x-acs-action" in headers


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _project_of(host: str, own_names: Collection[str]) -> str | None:
    """Return the project in front of a name or an address of this server."""
    if host in own_names:
        return None
    project, _, rest = host.partition(".")
    is_own = rest == "localhost" or rest in own_names or _is_address(rest)
    return project if is_own and _PROJECT.fullmatch(project) else None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
