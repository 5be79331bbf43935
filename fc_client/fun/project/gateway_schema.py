"""The model of the section api-gateway."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from fc_client._disclosure import shown
from fc_client.config import normalised
from fc_client.exceptions import ConfigurationError
from fc_client.fun.project.model import NAME, REGION, Model
from fc_client.fun.project.reader import Word
from fc_client.fun.project.types import (
    NonEmptyText,
    Rule,
    Text,
    choice,
    integer,
    pattern,
    text,
    value_error,
)

__all__ = ["Api", "ApiGateway", "Group", "OpenIdConfig", "Parameter"]

# What the gateway can add to a request.
SYSTEM_PARAMETERS = (
    *("CaClientIp", "CaDomain", "CaRequestHandleTime", "CaAppId", "CaRequestId"),
    *("CaApiName", "CaHttpSchema", "CaProxy", "CaClientUa"),
)

_MAX_NAME = 50
_SHOWN = 80

_Location = Annotated[str, choice("Query", "Head")]


def _required(word: object) -> str:
    """Take true for REQUIRED and false for OPTIONAL, which the gateway knows."""
    if isinstance(word, Word) and word.meaning in (True, False):
        return "REQUIRED" if word.meaning else "OPTIONAL"
    return str(choice("REQUIRED", "OPTIONAL").read(word))


def _endpoint(word: object) -> str:
    try:
        return normalised(text(word))
    except ConfigurationError as exc:
        raise value_error(exc.message.removeprefix("endpoint: ")) from None


def _name(word: object) -> str:
    value = text(word)
    if not 1 <= len(value) <= _MAX_NAME or not value.isprintable():
        raise value_error(
            f"must have 1 to {_MAX_NAME} printable characters, got {shown(value, limit=_SHOWN)!r}"
        )
    return value


_Name = Annotated[
    str,
    Rule(_name, {"type": ["string", "number", "boolean"], "minLength": 1, "maxLength": _MAX_NAME}),
]
_PATH = pattern(
    r"(?=.{1,256}$)(?:/(?:\[[^\s\[\]/?#%]+\]|[^\s\[\]/?#%]*))+",
    "must begin with /, have at most 256 characters and none of ? # % and space; [NAME] is a "
    "whole segment",
)
_REQUIRED = Rule(_required, {"enum": ["REQUIRED", "OPTIONAL", True, False]})


class Parameter(Model):
    """What a caller of an api passes."""

    name: NonEmptyText
    location: Annotated[str, choice("Query", "Head", "Path", "Body")] = "Query"
    type: Annotated[str, choice("String", "Int", "Long", "Float", "Double", "Boolean")] = "String"
    required: Annotated[str, _REQUIRED] = "OPTIONAL"
    default: Text | None = None
    description: Text | None = None


class ConstantParameter(Model):
    """What the function gets with each request in addition."""

    name: NonEmptyText
    value: NonEmptyText
    location: _Location = "Head"


class SystemParameter(Model):
    """What the gateway knows of a request, and the function gets."""

    name: Annotated[str, choice(*SYSTEM_PARAMETERS)]
    service_name: NonEmptyText | None = None
    location: _Location = "Head"


class OpenIdConfig(Model):
    """How callers show who they are, with auth_type OPENID."""

    id_token_param_name: NonEmptyText = "token"  # noqa: S105 - the name of a parameter
    openid_api_type: Annotated[str, choice("IDTOKEN", "BUSINESS")] = "BUSINESS"
    public_key_id: Text | None = None
    public_key: Text | None = None


class Api(Model):
    """A method and path of the gateway, and the function that it calls."""

    name: _Name
    description: Text = "The awesome api"
    method: Annotated[str, choice("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")] = (
        "GET"
    )
    path: Annotated[str, _PATH]
    function: Annotated[str, pattern(rf"{REGION}/{NAME}/{NAME}", "must be REGION/SERVICE/FUNCTION")]
    visibility: Annotated[str, choice("PUBLIC", "PRIVATE")] = "PUBLIC"
    auth_type: Annotated[str, choice("ANONYMOUS", "APP", "OPENID")] = "ANONYMOUS"
    body_format: Annotated[str, choice("", "FORM", "STREAM")] = ""
    request_mode: Annotated[str, choice("MAPPING", "PASSTHROUGH")] = "MAPPING"
    protocol: Annotated[str, choice("HTTP", "HTTPS", "HTTP,HTTPS")] = "HTTP"
    timeout: Annotated[int, integer(1, 30, unit="seconds")] = 3
    result_type: Annotated[str, choice("TEXT", "JSON", "HTML", "XML", "BINARY", "PASSTHROUGH")] = (
        Field(default="TEXT", alias="resultType")
    )
    result_sample: Text = Field(default="result sample", alias="resultSample")
    parameters: tuple[Parameter, ...] = ()
    constant_parameters: tuple[ConstantParameter, ...] = ()
    system_parameters: tuple[SystemParameter, ...] = ()
    openid_connect_config: OpenIdConfig = OpenIdConfig()

    @property
    def defaults(self) -> dict[str, Any]:
        """Its settings by default; those of OpenID Connect only if it is used."""
        return {
            key: value
            for key, value in super().defaults.items()
            if self.auth_type == "OPENID" or not key.startswith("openid_connect_config.")
        }


class Group(Model):
    """A group of apis, which share a host."""

    name: _Name
    description: Text | None = None
    apis: tuple[Api, ...]


class ApiGateway(Model):
    """The groups of a project."""

    endpoint: Annotated[str, Rule(_endpoint, {"type": "string"})] | None = None
    groups: tuple[Group, ...]
