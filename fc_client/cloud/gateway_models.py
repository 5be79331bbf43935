"""Results of API Gateway, and the definition of an API: frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

__all__ = [
    "STAGES",
    "Api",
    "ApiDefinition",
    "ApiFunction",
    "ApiGroup",
    "ApiParameter",
    "ApiSummary",
    "ConstantParameter",
    "Deployment",
    "OpenId",
    "SystemParameter",
]

STAGES = ("RELEASE", "PRE", "TEST")


@dataclass(frozen=True)
class ApiFunction:
    """The function that an API calls, with the rights of a role."""

    region: str
    service: str
    function: str
    role_arn: str = ""


@dataclass(frozen=True)
class ApiParameter:
    """A parameter of an API.

    Attributes:
        name: Its name, for the caller and for the function.
        location: Query, Head, Path or Body.
        type: String, Int, Long, Float, Double or Boolean.
        required: Whether calls without it are refused.
        default: What the function gets without it.
        description: Free text.
    """

    name: str
    location: str = "Query"
    type: str = "String"
    required: bool = False
    default: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class ConstantParameter:
    """A value that the function gets with each call; *location* is Head or Query."""

    name: str
    value: str
    location: str = "Head"
    description: str | None = None


@dataclass(frozen=True)
class SystemParameter:
    """What the gateway knows of a call, and the function gets.

    Attributes:
        name: CaClientIp, CaDomain, CaRequestHandleTime, CaAppId, CaRequestId,
            CaHttpSchema, CaProxy, CaClientUa or CaApiName.
        service_name: Its name for the function; None for the same one.
        location: Head or Query.
        description: Free text.
    """

    name: str
    service_name: str | None = None
    location: str = "Head"
    description: str | None = None

    def __post_init__(self) -> None:
        if self.service_name is None:
            object.__setattr__(self, "service_name", self.name)


@dataclass(frozen=True)
class OpenId:
    """How callers of an API with ``auth_type="OPENID"`` are known.

    Attributes:
        token_parameter: The parameter that has the ID token.
        api_type: BUSINESS, or IDTOKEN for the API that issues the tokens.
        key_id: ID of the public key that verifies the tokens.
        public_key: That key.
    """

    token_parameter: str = "token"  # noqa: S105 - a name, not a token
    api_type: str = "BUSINESS"
    key_id: str = ""
    public_key: str = ""


@dataclass(frozen=True)
class ApiDefinition:
    """What an API accepts and which function it calls. Two that are equal mean the same.

    Attributes:
        name: Name of the API, unique in its group.
        function: The function.
        path: Its path, with parameters as whole segments: ``/users/[id]``.
        method: GET, POST, PUT, DELETE, HEAD, OPTIONS or PATCH.
        description: Free text.
        visibility: PUBLIC or PRIVATE.
        auth_type: ANONYMOUS, APP or OPENID.
        body_format: FORM or STREAM; POST, PUT and PATCH need one.
        request_mode: MAPPING, where the function gets what is declared, or
            PASSTHROUGH, where it gets everything.
        timeout: Longest wait for the function, in seconds, at most 30.
        result_type: JSON, TEXT, BINARY, XML, HTML or PASSTHROUGH.
        result_sample: An example, for the document of the API.
        protocol: HTTP, HTTPS or ``HTTP,HTTPS``.
        parameters: What callers send.
        constants: What the function gets in addition.
        system_parameters: What the function gets of the gateway.
        openid: How callers are known, for OPENID.
    """

    name: str
    function: ApiFunction
    path: str
    method: str = "GET"
    description: str = ""
    visibility: str = "PUBLIC"
    auth_type: str = "ANONYMOUS"
    body_format: str = ""
    request_mode: str = "MAPPING"
    timeout: float = 3
    result_type: str = "TEXT"
    result_sample: str = "result sample"
    protocol: str = "HTTP"
    parameters: tuple[ApiParameter, ...] = ()
    constants: tuple[ConstantParameter, ...] = ()
    system_parameters: tuple[SystemParameter, ...] = ()
    openid: OpenId | None = None


@dataclass(frozen=True)
class ApiGroup:
    """A group of APIs. *raw* is the JSON of the response, in this and the other classes."""

    group_id: str
    name: str
    description: str = ""
    sub_domain: str = ""
    region: str = ""
    created_time: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, hash=False)

    def url(self, path: str, *, scheme: str = "http") -> str:
        """Return the URL of an API of this group.

        Args:
            path: The path of the API.
            scheme: ``http``, or ``https`` if the API has that protocol.
        """
        return f"{scheme}://{self.sub_domain}{path}"


@dataclass(frozen=True)
class ApiSummary:
    """An API in a list."""

    api_id: str
    name: str
    group_id: str = ""
    description: str = ""
    visibility: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True)
class Deployment:
    """A stage of an API; *version* is the time of the deployment as digits."""

    stage: str
    is_deployed: bool = False
    version: str = ""


@dataclass(frozen=True)
class Api:
    """An API with its definition, and the stages that it is in."""

    api_id: str
    group_id: str
    definition: ApiDefinition
    deployments: tuple[Deployment, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False, hash=False)

    def deployment(self, stage: str) -> Deployment | None:
        """Return the deployment to a stage, or None if the API is not there."""
        for each in self.deployments:
            if each.stage == stage and each.is_deployed:
                return each
        return None
