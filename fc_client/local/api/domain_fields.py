"""Validates the fields of custom domains.

The private key of a certificate is checked and dropped: the server does not
speak TLS, and no reply ever has the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fc_client.local.api.errors import invalid_argument
from fc_client.local.dispatch.trigger_configs import HTTP_METHODS

__all__ = ["checked_name", "domain_changes", "new_domain"]

Document = dict[str, Any]

_MAX_ROUTES = 100
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})+")
_PROTOCOLS = ("HTTP", "HTTPS", "HTTP,HTTPS")
_CHANGEABLE = ("protocol", "routeConfig", "certConfig", "tlsConfig", "wafConfig")
_ROUTE_NAMES = ("serviceName", "functionName")


def checked_name(value: object) -> str:
    """Return the name of a domain, in lower case.

    Raises:
        ApiError: InvalidArgument, if it is not a host name with a dot.
    """
    if not isinstance(value, str) or _NAME.fullmatch(value.lower()) is None:
        raise invalid_argument(
            "domainName", f"must be a host name such as www.example.com, got {value!r}"
        )
    return value.lower()


def new_domain(document: Document) -> Document:
    """Return the validated fields of a new domain, with defaults."""
    fields = _checked(document)
    return {
        "domainName": checked_name(document.get("domainName")),
        "protocol": "HTTP",
        "routeConfig": {"routes": []},
        "certConfig": _no_certificate(),
        **fields,
    }


def domain_changes(document: Document, stored: Document) -> Document:
    """Return the validated fields that an update of a domain changes."""
    name = document.get("domainName")
    if name is not None and checked_name(name) != stored["domainName"]:
        raise invalid_argument("domainName", f"cannot be changed from {stored['domainName']!r}")
    return _checked(document)


def _checked(document: Document) -> Document:
    fields = {name: document[name] for name in _CHANGEABLE if document.get(name) is not None}
    protocol = fields.get("protocol", "HTTP")
    if protocol not in _PROTOCOLS:
        raise invalid_argument(
            "protocol", f"must be one of {'; '.join(_PROTOCOLS)}, got {protocol!r}"
        )
    for name in _CHANGEABLE[1:]:
        if not isinstance(fields.get(name, {}), dict):
            raise invalid_argument(name, "must be an object")
    if "routeConfig" in fields:
        fields["routeConfig"] = {**fields["routeConfig"], "routes": _routes(fields["routeConfig"])}
    if "certConfig" in fields:
        fields["certConfig"] = _certificate(fields["certConfig"])
    return fields


def _routes(config: Document) -> list[Document]:
    routes = config.get("routes")
    if routes is None:
        return []
    if not isinstance(routes, list) or len(routes) > _MAX_ROUTES:
        raise invalid_argument("routeConfig.routes", f"must be a list of at most {_MAX_ROUTES}")
    return [_route(f"routeConfig.routes[{number}]", each) for number, each in enumerate(routes)]


def _route(where: str, route: object) -> Document:
    if not isinstance(route, dict):
        raise invalid_argument(where, "must be an object")
    path = route.get("path")
    if not isinstance(path, str) or re.fullmatch(r"/(?:[^*]*/)?\*?|/[^*]*", path) is None:
        raise invalid_argument(
            f"{where}.path", f"must start with / and may end with /*, got {path!r}"
        )
    for name in _ROUTE_NAMES:
        if not isinstance(route.get(name), str) or not route[name]:
            raise invalid_argument(f"{where}.{name}", "is required and must be a string")
    if not isinstance(route.get("qualifier") or "", str):
        raise invalid_argument(f"{where}.qualifier", "must be a string")
    methods = route.get("methods")
    if methods is not None and not (
        isinstance(methods, list) and all(method in HTTP_METHODS for method in methods)
    ):
        raise invalid_argument(
            f"{where}.methods", f"must be a list of {', '.join(HTTP_METHODS)}, got {methods!r}"
        )
    return route


def _certificate(config: Mapping[str, Any]) -> Document:
    """Return a certificate as it is stored, without the private key."""
    for name in ("certName", "certificate", "privateKey"):
        if not isinstance(config.get(name) or "", str):
            raise invalid_argument(f"certConfig.{name}", "must be a string")
    return {**_no_certificate(), **config, "privateKey": None}


def _no_certificate() -> Document:
    return {"certName": None, "certificate": None, "privateKey": None}
