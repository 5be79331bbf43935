"""The model of the file of a project.

The guide has most of the keys (chapter "fun"). What it does not have are the
settings that the service has as well, by the names of its API.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from fc_client.fun.project.domain_schema import CustomDomain
from fc_client.fun.project.gateway_schema import Api, ApiGateway, Group
from fc_client.fun.project.invocation_schema import AsyncInvokeConfig
from fc_client.fun.project.model import REGION, LogConfig, Model, RoleName
from fc_client.fun.project.release_schema import AliasMap, PublicationOrFlag
from fc_client.fun.project.trigger_schema import AnyTrigger, Trigger
from fc_client.fun.project.types import Boolean, Text, choice, integer, named, pattern

__all__ = [
    "RUNTIMES",
    "Api",
    "ApiGateway",
    "AsyncInvokeConfig",
    "CustomDomain",
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

Region = Annotated[str, pattern(REGION, "must be a region such as cn-shanghai")]
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
# What becomes part of a header or URL.
_Key = Annotated[str, pattern(r"[\x21-\x7e]*", "must be ASCII without spaces")]
_Seconds = Annotated[int, integer(1, 300, unit="seconds")]
_Runtime = Annotated[str, choice(*RUNTIMES)]


_LayerArn = Annotated[
    str,
    pattern(
        r"acs:fc:[^:\s]*:[^:\s]*:layers/[^/\s]+/versions/[1-9][0-9]*|[^#\s]+#[^#\s]+#[1-9][0-9]*",
        "must be the ARN of a layer, acs:fc:REGION:ACCOUNT:layers/NAME/versions/VERSION",
    ),
]


class VpcConfig(Model):
    """The VPC that a service's functions can reach."""

    vpc_id: Text = Field(alias="vpcId")
    v_switch_ids: tuple[Text, ...] = Field(alias="vSwitchIds")
    security_group_id: Text = Field(alias="securityGroupId")


class Function(Model):
    """A function."""

    name: Annotated[str, named(64)]
    description: Text | None = None
    # A program of the runtime custom does not read it; other runtimes need one.
    handler: _Handler = "index.handler"
    runtime: _Runtime = "nodejs6"
    timeout: _Seconds = 3
    memory_size: Annotated[int, integer(128, 3072, step=64, unit="MB")] = Field(
        default=128, alias="memorySize"
    )
    codes: tuple[Text, ...]
    initializer: _Handler | None = None
    initialization_timeout: _Seconds | None = Field(default=None, alias="initializationTimeout")
    environment_variables: dict[str, Text] = Field(default={}, alias="environmentVariables")
    layers: tuple[_LayerArn, ...] = ()
    ca_port: Annotated[int, integer(1, 65535, unit="(a port)")] | None = Field(
        default=None, alias="caPort"
    )
    instance_concurrency: Annotated[int, integer(1, 100, unit="requests")] | None = Field(
        default=None, alias="instanceConcurrency"
    )
    instance_type: Text | None = Field(default=None, alias="instanceType")
    async_invoke_config: AsyncInvokeConfig | None = Field(default=None, alias="asyncInvokeConfig")
    triggers: tuple[AnyTrigger, ...] = ()

    @property
    def defaults(self) -> dict[str, Any]:
        """Its settings by default; what is deployed in steps of its own has its own."""
        return {
            key: value
            for key, value in super().defaults.items()
            if key.partition(".")[0] not in ("triggers", "asyncInvokeConfig")
        }


class Service(Model):
    """A service and its functions."""

    name: Annotated[str, named(128)]
    description: Text | None = None
    region: Region | None = None
    role: RoleName | None = None
    internet_access: Boolean | None = Field(default=None, alias="internetAccess")
    log_config: LogConfig | None = Field(default=None, alias="logConfig")
    vpc_config: VpcConfig | None = Field(default=None, alias="vpcConfig")
    functions: tuple[Function, ...]
    publish: PublicationOrFlag = None
    aliases: AliasMap = Field(default={})


class FunctionCompute(Model):
    """The services of a project."""

    region: Region
    services: tuple[Service, ...]
    custom_domains: tuple[CustomDomain, ...] = Field(default=(), alias="customDomains")


class Role(Model):
    """The role by which the gateway calls functions."""

    name: Annotated[
        str, pattern(r"[A-Za-z0-9.\-]{1,64}", "must have letters, digits, . and - only")
    ] = "apigatewayAccessFC"


class ProjectFile(Model):
    """A project: credentials, role, function-compute and api-gateway."""

    accountid: _AccountId | None = None
    access_key_id: _Key | None = Field(default=None, alias="accessKeyId")
    access_key_secret: _Key | None = Field(default=None, alias="accessKeySecret", repr=False)
    role: Role = Role()
    function_compute: FunctionCompute | None = Field(default=None, alias="function-compute")
    api_gateway: ApiGateway | None = Field(default=None, alias="api-gateway")
