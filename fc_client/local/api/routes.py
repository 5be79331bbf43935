"""Maps methods and paths to operations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations import (
    aliases,
    control,
    custom_domains,
    functions,
    invocations,
    layers,
    logs,
    services,
    triggers,
    versions,
)
from fc_client.local.api.stored_routes import QUALIFIER, STORED
from fc_client.local.storage.versions import plain_qualifier

__all__ = ["ROUTES", "STORED_ROUTES", "Route", "find_route"]

Operation = Callable[[Backend, ApiRequest], Awaitable[ApiReply]]

_VERSION = "2016-08-15"
_MIB = 1024 * 1024

# A zip of 100 MB in base64, and 1 MB for the other fields.
_MAX_DOCUMENT = 100 * _MIB * 4 // 3 + _MIB
_MAX_EVENT = 32 * _MIB


@dataclass(frozen=True)
class Route:
    """The method and path of one operation.

    Attributes:
        pattern: The segments of the path; one in braces matches any name.
            That of a service may have a qualifier after a dot.
        max_body: Maximum bytes of the request's body.
        presigned: Whether the query carries the signature, not a header.
        control: Whether it is for the commands of fc-local, which have a token.
        polled: Whether programs send it again and again; only its errors are logged.
        qualified: Whether it is about the version that a qualifier stands for;
            the other operations are about LATEST.
    """

    method: str
    pattern: tuple[str, ...]
    operation: Operation
    max_body: int = _MAX_DOCUMENT
    presigned: bool = False
    control: bool = False
    polled: bool = False
    qualified: bool = False

    @property
    def title(self) -> str:
        """The name of the operation: ``InvokeFunction``."""
        words = self.operation.__name__.split("_")
        return "".join("ACL" if word == "acl" else word.capitalize() for word in words)

    def names(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """Return the parameters of the path, or None if it does not match."""
        if len(segments) != len(self.pattern):
            return None
        names = {}
        for expected, segment in zip(self.pattern, segments, strict=True):
            if expected.startswith("{"):
                names[expected[1:-1]] = segment
            elif expected != segment:
                return None
        if "serviceName" in names:
            names["serviceName"], names["qualifier"] = _split_qualifier(names["serviceName"])
        return names

    def check_qualifier(self, names: Mapping[str, str]) -> None:
        """Raise ApiError if the path has a qualifier that the operation does not take."""
        qualifier = names.get("qualifier", "")
        if qualifier and not self.qualified:
            problem = f"{self.title} is always about LATEST, got {qualifier!r}"
            raise invalid_argument("qualifier", problem)


def _split_qualifier(segment: str) -> tuple[str, str]:
    """Return the name of the service and the qualifier, which is "" for LATEST."""
    name, _, qualifier = segment.partition(".")
    # A dot without a qualifier remains in the name, which is refused because of it.
    return (name, plain_qualifier(qualifier)) if qualifier else (segment, "")


_SERVICES = (_VERSION, "services")
_SERVICE = (*_SERVICES, "{serviceName}")
_FUNCTIONS = (*_SERVICE, "functions")
_FUNCTION = (*_FUNCTIONS, "{functionName}")
_TRIGGERS = (*_FUNCTION, "triggers")
_TRIGGER = (*_TRIGGERS, "{triggerName}")

_VERSIONS = (*_SERVICE, "versions")
_ALIASES = (*_SERVICE, "aliases")
_ALIAS = (*_ALIASES, "{aliasName}")
_DOMAINS = (_VERSION, "custom-domains")
_DOMAIN = (*_DOMAINS, "{domainName}")

ROUTES = (
    Route("POST", _SERVICES, services.create_service),
    Route("GET", _SERVICES, services.list_services),
    Route("GET", _SERVICE, services.get_service, qualified=True),
    Route("PUT", _SERVICE, services.update_service),
    Route("DELETE", _SERVICE, services.delete_service),
    Route("POST", _FUNCTIONS, functions.create_function),
    Route("GET", _FUNCTIONS, functions.list_functions, qualified=True),
    Route("GET", _FUNCTION, functions.get_function, qualified=True),
    Route("PUT", _FUNCTION, functions.update_function),
    Route("DELETE", _FUNCTION, functions.delete_function),
    Route("GET", (*_FUNCTION, "code"), functions.get_function_code, qualified=True),
    Route(
        "POST",
        (*_FUNCTION, "invocations"),
        invocations.invoke_function,
        max_body=_MAX_EVENT,
        qualified=True,
    ),
    Route("POST", _TRIGGERS, triggers.create_trigger),
    Route("GET", _TRIGGERS, triggers.list_triggers),
    Route("GET", _TRIGGER, triggers.get_trigger),
    Route("PUT", _TRIGGER, triggers.update_trigger),
    Route("DELETE", _TRIGGER, triggers.delete_trigger),
    Route("POST", _VERSIONS, versions.publish_service_version),
    Route("GET", _VERSIONS, versions.list_service_versions),
    Route("DELETE", (*_VERSIONS, "{versionId}"), versions.delete_service_version),
    Route("POST", _ALIASES, aliases.create_alias),
    Route("GET", _ALIASES, aliases.list_aliases),
    Route("GET", _ALIAS, aliases.get_alias),
    Route("PUT", _ALIAS, aliases.update_alias),
    Route("DELETE", _ALIAS, aliases.delete_alias),
    Route("POST", _DOMAINS, custom_domains.create_custom_domain),
    Route("GET", _DOMAINS, custom_domains.list_custom_domains),
    Route("GET", _DOMAIN, custom_domains.get_custom_domain),
    Route("PUT", _DOMAIN, custom_domains.update_custom_domain),
    Route("DELETE", _DOMAIN, custom_domains.delete_custom_domain),
    Route("GET", ("code", "{checksum}"), functions.download_code, presigned=True),
)

# What came after the guide, in the order of stored_routes.
STORED_ROUTES = tuple(
    Route(
        method,
        (_VERSION, *path.replace(QUALIFIER, "").split("/")[1:]),
        operation,
        qualified=QUALIFIER in path,
    )
    for method, path, operation in STORED
)

# What the service does not have: there, logs are in Log Service and code is in OSS.
OWN_ROUTES = (
    Route("GET", ("fc-local", "logs"), logs.list_logs, polled=True),
    Route("GET", ("layers", "{checksum}"), layers.download_layer, presigned=True),
)


CONTROL_ROUTES = (
    Route("GET", ("fc-local", "status"), control.get_status, control=True),
    Route("POST", ("fc-local", "reset"), control.reset, control=True),
)


# Functions are invoked again and again. Errors are not cached.
@lru_cache(maxsize=256)
def find_route(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    """Return the route of a request and the parameters in its path.

    Args:
        method: The HTTP method.
        path: The path as sent. It is split before it is decoded, so an
            encoded slash is part of a name.

    Raises:
        ApiError: PathNotSupported, MethodNotAllowed if the path supports other
            methods only, or InvalidArgument for a qualifier.
    """
    segments = tuple(unquote(segment) for segment in path.split("/")[1:])
    routes = (*ROUTES, *STORED_ROUTES, *OWN_ROUTES, *CONTROL_ROUTES)
    matches = [(route, names) for route in routes if (names := route.names(segments)) is not None]
    if not path.startswith("/") or not matches:
        raise ApiError("PathNotSupported", f"the path {path!r} is not supported")
    for route, names in matches:
        if route.method == method:
            route.check_qualifier(names)
            return route, names
    allowed = ", ".join(sorted(route.method for route, _ in matches))
    raise ApiError("MethodNotAllowed", f"the path {path!r} supports {allowed}, not {method}")
