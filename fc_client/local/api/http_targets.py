"""Finds the function that a request to an HTTP trigger or a custom domain is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from fc_client.local.api import authentication
from fc_client.local.api.errors import ApiError
from fc_client.local.api.path_rewriting import rewrite_path
from fc_client.local.storage.schema import CLOUD_RESOURCE, Record
from fc_client.local.storage.store import Store
from fc_client.local.storage.versions import plain_qualifier

__all__ = ["DOMAIN_KIND", "HttpTarget", "find_domain", "target_of", "target_of_domain"]

# Custom domains are stored with the other resources that have no service.
DOMAIN_KIND = "fc.custom_domain"

_PROXY = "/2016-08-15/proxy/"
_LOCALHOST = ".localhost"


@dataclass(frozen=True)
class HttpTarget:
    """What a request is for.

    Attributes:
        names: serviceName, functionName and qualifier, as in the paths of operations.
        path: The path that the function sees, as sent.
        base_path: The path before it.
    """

    names: Mapping[str, str]
    path: str
    base_path: str


def target_of(path: str) -> HttpTarget | None:
    """Return the target of a path below ``/2016-08-15/proxy/``; None for another path.

    Raises:
        ApiError: PathNotSupported, if the path has no function.
    """
    if not path.startswith(_PROXY):
        return None
    service, _, rest = path[len(_PROXY) :].partition("/")
    function, _, below = rest.partition("/")
    if not service or not function:
        raise ApiError(
            "PathNotSupported", f"the path must be {_PROXY}SERVICE/FUNCTION/..., got {path!r}"
        )
    name, _, qualifier = unquote(service).partition(".")
    return HttpTarget(
        _names(name, unquote(function), qualifier),
        f"/{below}",
        f"{_PROXY}{service}/{function}/",
    )


def find_domain(store: Store, header: str) -> Record | None:
    """Return the custom domain that a Host header names, also with ``.localhost`` after it."""
    found = (store.get(CLOUD_RESOURCE, (DOMAIN_KIND, name)) for name in _domains_of(header))
    return next((domain for domain in found if domain is not None), None)


# Cached, since every request is asked for it, and most have the same header.
@lru_cache(maxsize=256)
def _domains_of(header: str) -> tuple[str, ...]:
    """Return the names of domains that a Host header may stand for; none for an address."""
    host = authentication.host_of(header)
    if host is None or host == "localhost" or authentication.is_address(host):
        return ()
    return tuple(dict.fromkeys((host, host.removesuffix(_LOCALHOST))))


def target_of_domain(domain: Record, method: str, path: str) -> HttpTarget:
    """Return the target of a request to a custom domain: the route with the longest path.

    Raises:
        ApiError: PathNotSupported, or MethodNotAllowed if only other methods
            have a route.
    """
    routes = [route for route in _routes(domain) if _matches(route["path"], unquote(path))]
    if not routes:
        raise ApiError(
            "PathNotSupported", f"the domain {domain.key[-1]!r} has no route for {path!r}"
        )
    allowed = [route for route in routes if method in (route.get("methods") or (method,))]
    if not allowed:
        raise ApiError(
            "MethodNotAllowed",
            f"the domain {domain.key[-1]!r} has no route for {method} {path!r}",
        )
    # A path without a wildcard is longer than the pattern that matches it as well.
    route = max(allowed, key=lambda each: (not each["path"].endswith("*"), len(each["path"])))
    names = _names(route["serviceName"], route["functionName"], route.get("qualifier") or "")
    return HttpTarget(names, rewrite_path(route.get("rewriteConfig"), path), "/")


def _names(service: str, function: str, qualifier: str) -> dict[str, str]:
    return {
        "serviceName": service,
        "functionName": function,
        "qualifier": plain_qualifier(qualifier),
    }


def _routes(domain: Record) -> Sequence[Mapping[str, Any]]:
    return (domain.document.get("routeConfig") or {}).get("routes") or ()


def _matches(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("/*") else path == pattern
