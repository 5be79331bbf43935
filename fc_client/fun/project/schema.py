"""The model of the file of a project.

The guide has most of the keys (chapter "fun"). What it does not have are the
settings that the service has as well, by the names of its API.
"""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic.fields import FieldInfo

from fc_client.config import normalised
from fc_client.exceptions import ConfigurationError
from fc_client.fun.project.reader import Word
from fc_client.fun.project.types import (
    AnyJson,
    Boolean,
    Rule,
    Text,
    choice,
    integer,
    named,
    pattern,
    shape_error,
    text,
    value_error,
)
from fc_client.triggers import timer

__all__ = [
    "RUNTIMES",
    "Api",
    "ApiGateway",
    "Function",
    "FunctionCompute",
    "Group",
    "ProjectFile",
    "Service",
    "Trigger",
]

RUNTIMES = (
    *(f"nodejs{version}" for version in ("4.4", 6, 8, 10, 12, 14, 16, 18, 20)),
    *(f"python{version}" for version in ("2.7", "3", "3.6", "3.9", "3.10", "3.12")),
    *("java8", "java11", "php7.2", "go1", "dotnetcore2.1", "dotnetcore3.1"),
    *("custom", "custom.debian10", "custom.debian11", "custom-container"),
)
TRIGGER_TYPES = ("timer", "oss", "log")

# What the gateway can add to a request.
SYSTEM_PARAMETERS = (
    *("CaClientIp", "CaDomain", "CaRequestHandleTime", "CaAppId", "CaRequestId"),
    *("CaApiName", "CaHttpSchema", "CaProxy", "CaClientUa"),
)

_REGION = "[a-z]+(?:-[a-z0-9]+)+"
_NAME = r"[A-Za-z_][A-Za-z0-9_\-]*"
Region = Annotated[str, pattern(_REGION, "must be a region such as cn-shanghai")]
_AccountId = Annotated[
    str,
    pattern(
        "[0-9]{10,20}",
        "must be 10 to 20 digits; the account ID, which is not the name of a user, is on the "
        "security settings page of the console",
        may_be_number=True,
    ),
]
_Handler = Annotated[
    str, pattern(r"\S+[.:]\S+", "must be FILE.FUNCTION, or CLASS::METHOD for Java")
]
_Role = Annotated[
    str,
    pattern(
        r"acs:ram::[0-9]+:role/\S+|[A-Za-z0-9.\-]{1,64}", "must be the ARN or the name of a role"
    ),
]
# What becomes part of a header or URL.
_Key = Annotated[str, pattern(r"[\x21-\x7e]*", "must be ASCII without spaces")]
_Seconds = Annotated[int, integer(1, 300, unit="seconds")]
_Runtime = Annotated[str, choice(*RUNTIMES)]
_Location = Annotated[str, choice("Query", "Head")]


class _Model(BaseModel):
    """A mapping with fixed keys; others must begin with ``x-``, and are left alone."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)

    @model_validator(mode="before")
    @classmethod
    def _without_ignored(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise shape_error("expected a mapping", value)
        by_key = {field.alias or key: field for key, field in cls.model_fields.items()}
        return {
            key: each
            for key, each in value.items()
            if not key.startswith("x-") and not (each is None and _may_be_empty(by_key.get(key)))
        }


def _may_be_empty(field: FieldInfo | None) -> bool:
    """Return whether a key without a value means the same as no key: that of an optional text."""
    if field is None or field.is_required():
        return False
    kinds = [field.annotation, *get_args(field.annotation)]
    return not any(get_origin(kind) in (tuple, dict) or _is_model(kind) for kind in kinds)


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _required(word: object) -> str:
    """Take true for REQUIRED and false for OPTIONAL, which the gateway knows."""
    if isinstance(word, Word) and word.meaning in (True, False):
        return "REQUIRED" if word.meaning else "OPTIONAL"
    return str(choice("REQUIRED", "OPTIONAL").read(word))


def _cron(word: object) -> str:
    value = text(word)
    try:
        timer(cron=value)
    except ValueError as exc:
        raise value_error(str(exc).removeprefix("cron: ")) from None
    return value


def _endpoint(word: object) -> str:
    try:
        return normalised(text(word))
    except ConfigurationError as exc:
        raise value_error(exc.message.removeprefix("endpoint: ")) from None


_REQUIRED = Rule(_required, {"enum": ["REQUIRED", "OPTIONAL", True, False]})


class LogConfig(_Model):
    """Where the logs of a service's functions are written."""

    project: Text
    logstore: Text


class VpcConfig(_Model):
    """The VPC that a service's functions can reach."""

    vpc_id: Text = Field(alias="vpcId")
    v_switch_ids: tuple[Text, ...] = Field(alias="vSwitchIds")
    security_group_id: Text = Field(alias="securityGroupId")


class Trigger(_Model):
    """What invokes a function by itself."""

    name: Annotated[str, named(64)]
    type: Annotated[str, choice(*TRIGGER_TYPES)]
    config: Any
    source_arn: Text | None = Field(default=None, alias="sourceArn")
    role: _Role | None = None

    @property
    def api_config(self) -> dict[str, Any]:
        """The configuration as the API has it."""
        config: dict[str, Any] = self.config.model_dump(mode="json", by_alias=True)
        return config


class TimerConfig(_Model):
    """When a timer fires, in UTC, and with what."""

    cron_expression: Annotated[str, Rule(_cron, {"type": "string"})] = Field(alias="cronExpression")
    payload: Text = ""
    enable: Boolean = True


class TimerTrigger(Trigger):
    """A timer."""

    type: Annotated[str, choice("timer")]
    config: TimerConfig


class ObjectKey(_Model):
    """Which objects of a bucket."""

    prefix: Text = ""
    suffix: Text = ""


class ObjectFilter(_Model):
    """Which objects of a bucket."""

    key: ObjectKey = ObjectKey()


class OssConfig(_Model):
    """Which events of a bucket."""

    events: tuple[
        Annotated[str, pattern("oss:Object.+", "must be an event such as oss:ObjectCreated:*")], ...
    ]
    filter: ObjectFilter = ObjectFilter()


class OssTrigger(Trigger):
    """Events of a bucket of OSS."""

    type: Annotated[str, choice("oss")]
    config: OssConfig
    source_arn: Text = Field(alias="sourceArn")
    role: _Role


class LogSource(_Model):
    """The logstore that is read."""

    logstore: Text


class LogJob(_Model):
    """How often the logs are read."""

    trigger_interval: Annotated[int, integer(3, 600, unit="seconds")] = Field(
        default=60, alias="triggerInterval"
    )
    max_retry_time: Annotated[int, integer(0, 100, unit="times")] = Field(
        default=3, alias="maxRetryTime"
    )


class LogTriggerConfig(_Model):
    """Which logs, and where the trigger writes its own."""

    source_config: LogSource = Field(alias="sourceConfig")
    job_config: LogJob = Field(default=LogJob(), alias="jobConfig")
    function_parameter: dict[str, AnyJson] = Field(default={}, alias="functionParameter")
    log_config: LogConfig = Field(alias="logConfig")
    enable: Boolean = True


class LogTrigger(Trigger):
    """Logs of a project of Log Service."""

    type: Annotated[str, choice("log")]
    config: LogTriggerConfig
    source_arn: Text = Field(alias="sourceArn")
    role: _Role


def _kind_of_trigger(value: object) -> str:
    kind = str(value.get("type")).lower() if isinstance(value, dict) else None
    return f"<{kind}>" if kind in TRIGGER_TYPES else "<>"


# Tags are part of where pydantic finds an error; none of them looks like a key.
_AnyTrigger = Annotated[
    Annotated[TimerTrigger, Tag("<timer>")]
    | Annotated[OssTrigger, Tag("<oss>")]
    | Annotated[LogTrigger, Tag("<log>")]
    | Annotated[Trigger, Tag("<>")],
    Discriminator(_kind_of_trigger),
]


class Function(_Model):
    """A function."""

    name: Annotated[str, named(64)]
    description: Text | None = None
    handler: _Handler
    runtime: _Runtime = "nodejs6"
    timeout: _Seconds = 3
    memory_size: Annotated[int, integer(128, 3072, step=64, unit="MB")] = Field(
        default=128, alias="memorySize"
    )
    codes: tuple[Text, ...]
    initializer: _Handler | None = None
    initialization_timeout: _Seconds | None = Field(default=None, alias="initializationTimeout")
    environment_variables: dict[str, Text] = Field(default={}, alias="environmentVariables")
    triggers: tuple[_AnyTrigger, ...] = ()

    @property
    def defaults(self) -> dict[str, Any]:
        """The settings that the file does not have, and what they are."""
        names = {"runtime": "runtime", "timeout": "timeout", "memory_size": "memorySize"}
        return {
            key: getattr(self, each)
            for each, key in names.items()
            if each not in self.model_fields_set
        }


class Service(_Model):
    """A service and its functions."""

    name: Annotated[str, named(128)]
    description: Text | None = None
    region: Region | None = None
    role: _Role | None = None
    internet_access: Boolean | None = Field(default=None, alias="internetAccess")
    log_config: LogConfig | None = Field(default=None, alias="logConfig")
    vpc_config: VpcConfig | None = Field(default=None, alias="vpcConfig")
    functions: tuple[Function, ...]


class FunctionCompute(_Model):
    """The services of a project."""

    region: Region
    services: tuple[Service, ...]


class Parameter(_Model):
    """What a caller of an api passes."""

    name: Text
    location: Annotated[str, choice("Query", "Head", "Path", "Body")] = "Query"
    type: Annotated[str, choice("String", "Int", "Long", "Float", "Double", "Boolean")] = "String"
    required: Annotated[str, _REQUIRED] = "OPTIONAL"
    default: Text | None = None
    description: Text | None = None


class ConstantParameter(_Model):
    """What the function gets with each request in addition."""

    name: Text
    value: Text
    location: _Location = "Head"


class SystemParameter(_Model):
    """What the gateway knows of a request, and the function gets."""

    name: Annotated[str, choice(*SYSTEM_PARAMETERS)]
    service_name: Text | None = None
    location: _Location = "Head"


class OpenIdConfig(_Model):
    """How callers show who they are, with auth_type OPENID."""

    id_token_param_name: Text = "token"  # noqa: S105 - the name of a parameter
    openid_api_type: Annotated[str, choice("IDTOKEN", "BUSINESS")] = "BUSINESS"
    public_key_id: Text | None = None
    public_key: Text | None = None


class Api(_Model):
    """A method and path of the gateway, and the function that it calls."""

    name: Text
    description: Text = "The awesome api"
    method: Annotated[str, choice("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")] = (
        "GET"
    )
    path: Annotated[str, pattern(r"/\S*", "must begin with / and have no spaces")]
    function: Annotated[
        str, pattern(rf"{_REGION}/{_NAME}/{_NAME}", "must be REGION/SERVICE/FUNCTION")
    ]
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


class Group(_Model):
    """A group of apis, which share a host."""

    name: Text
    description: Text | None = None
    apis: tuple[Api, ...]


class ApiGateway(_Model):
    """The groups of a project."""

    endpoint: Annotated[str, Rule(_endpoint, {"type": "string"})] | None = None
    groups: tuple[Group, ...]


class Role(_Model):
    """The role by which the gateway calls functions."""

    name: Annotated[
        str, pattern(r"[A-Za-z0-9.\-]{1,64}", "must have letters, digits, . and - only")
    ] = "apigatewayAccessFC"


class ProjectFile(_Model):
    """A project: credentials, role, function-compute and api-gateway."""

    accountid: _AccountId | None = None
    access_key_id: _Key | None = Field(default=None, alias="accessKeyId")
    access_key_secret: _Key | None = Field(default=None, alias="accessKeySecret", repr=False)
    role: Role = Role()
    function_compute: FunctionCompute | None = Field(default=None, alias="function-compute")
    api_gateway: ApiGateway | None = Field(default=None, alias="api-gateway")
