"""The model of custom domains, whose paths lead to functions with HTTP triggers."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field

from fc_client.fun.project.model import NAME, Model
from fc_client.fun.project.trigger_schema import METHODS
from fc_client.fun.project.types import NonEmptyText, choice, pattern, value_error

__all__ = ["Certificate", "CustomDomain", "Route", "Target"]

_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_Host = Annotated[
    str,
    pattern(
        rf"(?:{_LABEL}\.)+{_LABEL}", "must be a host name in small letters, such as www.example.com"
    ),
]
_RoutePath = Annotated[
    str, pattern(r"/\S*", "must be a path that begins with /, such as / or /api/*")
]
_Target = Annotated[
    str,
    pattern(
        rf"{NAME}(?:\.(?:{NAME}|[1-9][0-9]*))?/{NAME}",
        "must be SERVICE/FUNCTION or SERVICE.QUALIFIER/FUNCTION",
    ),
]


class Target(NamedTuple):
    """The function that a route leads to."""

    service: str
    qualifier: str | None
    function: str


class Route(Model):
    """Where a path leads."""

    path: _RoutePath
    function: _Target
    methods: tuple[Annotated[str, choice(*METHODS)], ...] = ()

    @property
    def target(self) -> Target:
        """The function that it leads to."""
        service, _, function = self.function.partition("/")
        name, _, qualifier = service.partition(".")
        return Target(name, qualifier or None, function)

    @property
    def fields(self) -> dict[str, Any]:
        """The route as the API has it."""
        target = self.target
        fields = {
            "path": self.path,
            "serviceName": target.service,
            "functionName": target.function,
            "qualifier": target.qualifier,
            "methods": list(self.methods) or None,
        }
        return {key: value for key, value in fields.items() if value is not None}


class Certificate(Model):
    """The certificate of a domain: its name, and files in PEM."""

    name: NonEmptyText = Field(alias="certName")
    certificate: NonEmptyText
    private_key: NonEmptyText = Field(alias="privateKey")


def _at_least_one(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    if not routes:
        raise value_error("must have at least one route")
    return routes


class CustomDomain(Model):
    """A custom domain."""

    name: _Host
    protocol: Annotated[str, choice("HTTP", "HTTPS", "HTTP,HTTPS")] = "HTTP"
    routes: Annotated[tuple[Route, ...], AfterValidator(_at_least_one)] = Field(
        json_schema_extra={"minItems": 1}
    )
    cert_config: Certificate | None = Field(default=None, alias="certConfig")

    @property
    def defaults(self) -> dict[str, Any]:
        """Its settings by default; routes have none."""
        return {} if "protocol" in self.model_fields_set else {"protocol": self.protocol}
