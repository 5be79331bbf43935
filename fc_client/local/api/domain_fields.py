"""Validates the fields of custom domains.

The private key of a certificate is checked and dropped: the server does not
speak TLS, and no reply ever has the key.
"""

from __future__ import annotations

import re
from typing import Any

from fc_client.local.api.errors import invalid_argument
from fc_client.local.api.path_rewriting import check_rewrite_config
from fc_client.local.api.rules import (
    OBJECT,
    Document,
    Rule,
    Schema,
    changed_fields,
    is_list_of_strings,
    is_string,
    new_fields,
    object_of,
)
from fc_client.local.dispatch.trigger_configs import HTTP_METHODS

__all__ = ["checked_name", "domain_changes", "new_domain"]

_MAX_ROUTES = 100
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})+")
_PATH = re.compile(r"/[^*]*|/(?:[^*]*/)?\*")
_PROTOCOLS = ("HTTP", "HTTPS", "HTTP,HTTPS")
_CERTIFICATE = ("certName", "certificate", "privateKey")
_NO_CERTIFICATE = dict.fromkeys(_CERTIFICATE)

_DOMAIN = Schema(
    rules={
        "domainName": Rule(
            lambda value: isinstance(value, str) and _NAME.fullmatch(value.lower()) is not None,
            "a host name such as www.example.com",
        ),
        "protocol": Rule(
            lambda value: value in _PROTOCOLS, f"one of these: {'; '.join(_PROTOCOLS)}"
        ),
        "routeConfig": OBJECT,
        "certConfig": Rule(
            lambda value: (
                isinstance(value, dict)
                and all(name in value for name in _CERTIFICATE)
                and all(isinstance(value[name] or "", str) for name in _CERTIFICATE)
            ),
            f"an object with the strings {', '.join(_CERTIFICATE)}",
        ),
        "tlsConfig": Rule(
            object_of(minVersion=is_string, maxVersion=is_string, cipherSuites=is_list_of_strings),
            "an object with the strings minVersion and maxVersion and the list cipherSuites",
        ),
        "wafConfig": Rule(
            object_of(enableWAF=lambda value: isinstance(value, bool)),
            "an object with enableWAF, which is true or false",
        ),
    },
    required=("domainName",),
    defaults={
        "protocol": "HTTP",
        "routeConfig": {"routes": []},
        "certConfig": _NO_CERTIFICATE,
        "tlsConfig": {},
        "wafConfig": {},
    },
    read_only=frozenset({"accountId", "apiVersion", "createdTime", "lastModifiedTime"}),
)


def checked_name(name: str) -> str:
    """Return the name of a domain from a path, in lower case.

    Raises:
        ApiError: InvalidArgument, if it is not a host name with a dot.
    """
    if _NAME.fullmatch(name.lower()) is None:
        raise invalid_argument(
            "domainName", f"must be a host name such as www.example.com, got {name!r}"
        )
    return name.lower()


def new_domain(document: Document) -> Document:
    """Return the validated fields of a new domain, with defaults."""
    return _stored(new_fields(_lowered(document), _DOMAIN))


def domain_changes(document: Document, stored: Document) -> Document:
    """Return the validated fields that an update of a domain changes."""
    return _stored(changed_fields(_lowered(document), stored, _DOMAIN, fixed=("domainName",)))


def _lowered(document: Document) -> Document:
    """Return the fields with the name in lower case, as hosts are compared."""
    name = document.get("domainName")
    return {**document, "domainName": name.lower()} if isinstance(name, str) else document


def _stored(fields: Document) -> Document:
    """Return valid fields as they are stored: the routes checked, and without the private key."""
    if "routeConfig" in fields:
        config = fields["routeConfig"]
        fields = {**fields, "routeConfig": {**config, "routes": _routes(config.get("routes"))}}
    if "certConfig" in fields:
        fields = {**fields, "certConfig": {**fields["certConfig"], "privateKey": None}}
    return fields


def _routes(routes: Any) -> list[Document]:
    if routes is None:
        return []
    if not isinstance(routes, list) or len(routes) > _MAX_ROUTES:
        raise invalid_argument("routeConfig.routes", f"must be a list of at most {_MAX_ROUTES}")
    for number, route in enumerate(routes):
        _check_route(f"routeConfig.routes[{number}]", route)
    return routes


def _check_route(where: str, route: Any) -> None:
    if not isinstance(route, dict):
        raise invalid_argument(where, "must be an object")
    path, methods = route.get("path"), route.get("methods")
    if not isinstance(path, str) or _PATH.fullmatch(path) is None:
        raise invalid_argument(
            f"{where}.path", f"must start with / and may end with /*, got {path!r}"
        )
    for name in ("serviceName", "functionName"):
        if not isinstance(route.get(name), str) or not route[name]:
            raise invalid_argument(f"{where}.{name}", "is required and must be a string")
    for name, kind in (("qualifier", str), ("rewriteConfig", dict)):
        if not isinstance(route.get(name), (kind, type(None))):
            raise invalid_argument(f"{where}.{name}", f"must be of type {kind.__name__}")
    check_rewrite_config(f"{where}.rewriteConfig", route.get("rewriteConfig") or {})
    if methods is not None and not (
        isinstance(methods, list) and all(method in HTTP_METHODS for method in methods)
    ):
        raise invalid_argument(
            f"{where}.methods", f"must be a list of {', '.join(HTTP_METHODS)}, got {methods!r}"
        )
