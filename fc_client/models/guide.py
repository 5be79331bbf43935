"""Services, functions and triggers, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fc_client._disclosure import shown_setting
from fc_client._readable import readable_repr

__all__ = [
    "Function",
    "FunctionCode",
    "LogConfig",
    "Service",
    "Trigger",
    "VPCConfig",
]

_Raw = Mapping[str, Any]


@dataclass(frozen=True)
class LogConfig:
    """Where Function Compute writes the logs of a service's functions.

    Attributes:
        project: Project of Log Service.
        logstore: Log store in that project.
        enable_request_metrics: Whether metrics of each invocation are written.
        enable_instance_metrics: Whether metrics of each instance are written.
        log_begin_rule: How lines are joined to entries: ``None`` or
            ``DefaultRegex``, both as text.
    """

    project: str = ""
    logstore: str = ""
    enable_request_metrics: bool | None = None
    enable_instance_metrics: bool | None = None
    log_begin_rule: str | None = None

    def to_wire(self) -> dict[str, Any]:
        """Return the guide's LogConfig, and the later fields that are given."""
        later = {
            "enableRequestMetrics": self.enable_request_metrics,
            "enableInstanceMetrics": self.enable_instance_metrics,
            "logBeginRule": self.log_begin_rule,
        }
        given = {name: value for name, value in later.items() if value is not None}
        return {"project": self.project, "logstore": self.logstore, **given}

    __repr__ = readable_repr


@dataclass(frozen=True)
class VPCConfig:
    """The VPC that a service's functions can reach.

    Attributes:
        vpc_id: ID of the VPC.
        v_switch_ids: IDs of its vSwitches.
        security_group_id: ID of the security group.
    """

    vpc_id: str = ""
    v_switch_ids: tuple[str, ...] = ()
    security_group_id: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.v_switch_ids, str):
            raise TypeError("v_switch_ids: expected a tuple or list of IDs, got str")

    def to_wire(self) -> dict[str, Any]:
        """Return the guide's VPCConfig."""
        return {
            "vpcId": self.vpc_id,
            "vSwitchIds": list(self.v_switch_ids),
            "securityGroupId": self.security_group_id,
        }


@dataclass(frozen=True)
class Service:
    """A service: a group of functions with common settings.

    Attributes:
        service_id: Unique ID, assigned by Function Compute.
        internet_access: Whether its functions can reach the internet.
        role: ARN of the RAM role that its functions assume.
        etag: For *if_match*; None for items of a list.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
        nas_config: NAS file systems that its functions can use.
        tracing_config: Where traces are sent.
        tags: Its tags, if the response has them.
        oss_mount_config: OSS buckets that its functions can use as folders.
    """

    service_name: str
    service_id: str | None = None
    description: str | None = None
    internet_access: bool | None = None
    log_config: LogConfig | None = None
    role: str | None = None
    vpc_config: VPCConfig | None = None
    created_time: datetime | None = None
    last_modified_time: datetime | None = None
    etag: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)
    nas_config: Mapping[str, Any] | None = field(default=None, hash=False)
    tracing_config: Mapping[str, Any] | None = field(default=None, hash=False)
    tags: Mapping[str, str] | None = field(default=None, hash=False)
    oss_mount_config: Mapping[str, Any] | None = field(default=None, hash=False)

    __repr__ = readable_repr


@dataclass(frozen=True)
class Function:
    """A function of a service.

    Attributes:
        function_id: Unique ID, assigned by Function Compute.
        handler: Where execution starts, such as ``index.handler``.
        memory_size: MB.
        timeout: Longest run, in seconds.
        initializer: ``file.function`` that runs once per instance, before
            the first event.
        initialization_timeout: Longest run of the initializer, in seconds.
        code_size: Size of the zip in bytes.
        code_checksum: CRC-64 of the zip, as an unsigned decimal.
        etag: For *if_match*; None for items of a list.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
        custom_container_config: Image and other settings of its container.
        ca_port: Port of the HTTP server in a custom runtime.
        layers: ARNs of its layers, in order.
        instance_concurrency: Requests that an instance serves at a time.
        instance_type: Such as ``e1`` and ``c1``.
        instance_soft_concurrency: Requests that an instance serves before the
            service starts another one.
        gpu_memory_size: MB of GPU memory.
        cpu: vCPUs.
        disk_size: MB.
        custom_runtime_config: Command of the program of a custom runtime.
        instance_lifecycle_config: What runs before an instance is frozen or stopped.
        custom_dns: Name servers and search domains.
        custom_health_check_config: How the HTTP server of a custom runtime is checked.
        layers_arn_v2: ARNs of its layers in the newer form, in order.
    """

    function_name: str
    function_id: str | None = None
    runtime: str | None = None
    handler: str | None = None
    description: str | None = None
    memory_size: int | None = None
    timeout: int | None = None
    # Values are often secrets, which must not appear in logs that print a function.
    environment_variables: Mapping[str, str] | None = field(default=None, repr=False, hash=False)
    initializer: str | None = None
    initialization_timeout: int | None = None
    code_size: int | None = None
    code_checksum: str | None = None
    created_time: datetime | None = None
    last_modified_time: datetime | None = None
    etag: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)
    custom_container_config: Mapping[str, Any] | None = field(default=None, hash=False)
    ca_port: int | None = None
    layers: tuple[str, ...] | None = None
    instance_concurrency: int | None = None
    instance_type: str | None = None
    instance_soft_concurrency: int | None = None
    gpu_memory_size: int | None = None
    cpu: float | None = None
    disk_size: int | None = None
    custom_runtime_config: Mapping[str, Any] | None = field(default=None, hash=False)
    instance_lifecycle_config: Mapping[str, Any] | None = field(default=None, hash=False)
    custom_dns: Mapping[str, Any] | None = field(default=None, hash=False)
    custom_health_check_config: Mapping[str, Any] | None = field(default=None, hash=False)
    layers_arn_v2: tuple[str, ...] | None = None

    __repr__ = readable_repr


@dataclass(frozen=True)
class FunctionCode:
    """Where the code of a function can be downloaded.

    Attributes:
        url: A pre-signed URL, which is a secret and expires.
        checksum: CRC-64 of the zip, as an unsigned decimal.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    url: str = field(repr=False)
    checksum: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr


@dataclass(frozen=True)
class Trigger:
    """A trigger: invokes a function when an event occurs.

    Attributes:
        trigger_type: Such as ``oss``, ``timer``, ``log`` and ``http``.
        trigger_config: As the API defines it for this type; keys are not
            renamed.
        source_arn: ARN of the event source.
        invocation_role: ARN of the role that the source invokes with.
        etag: For *if_match*; None for items of a list.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
        qualifier: Version or alias of the service that it invokes.
        trigger_id: Unique ID, assigned by Function Compute.
        url_internet: URL of an HTTP trigger.
        url_intranet: URL of an HTTP trigger within the region.
        domain_name: Host of these URLs.
    """

    trigger_name: str
    trigger_type: str | None = None
    # It may have a payload, which must not appear in logs that print a trigger.
    trigger_config: Mapping[str, Any] | None = field(default=None, repr=False, hash=False)
    source_arn: str | None = None
    invocation_role: str | None = None
    created_time: datetime | None = None
    last_modified_time: datetime | None = None
    etag: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)
    description: str | None = None
    qualifier: str | None = None
    trigger_id: str | None = None
    url_internet: str | None = None
    url_intranet: str | None = None
    domain_name: str | None = None

    def __repr__(self) -> str:
        config = self.trigger_config
        shown = {} if config is None else {"trigger_config": shown_setting((), config)}
        return readable_repr(self, **shown)
