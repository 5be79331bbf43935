"""Deployments by a Client; tools/generate_async.py makes those by an AsyncClient of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fc_client import _arguments
from fc_client._call.progress import UploadProgress
from fc_client._operations.function_fields import needed_code
from fc_client.client import Client
from fc_client.code import CodeSource, as_code
from fc_client.deploy.clients import check_client
from fc_client.deploy.goals import Settings, function_goal, service_goal, trigger_goal
from fc_client.deploy.results import Deployment
from fc_client.deploy.steps import Steps
from fc_client.models import Function, LogConfig, Service, Trigger, VPCConfig


def deploy_service(
    client: Client,
    service_name: str,
    *,
    description: str | None = None,
    internet_access: bool | None = None,
    log_config: LogConfig | Mapping[str, Any] | None = None,
    role: str | None = None,
    vpc_config: VPCConfig | Mapping[str, Any] | None = None,
    nas_config: Mapping[str, Any] | None = None,
    tracing_config: Mapping[str, Any] | None = None,
    oss_mount_config: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
    dry_run: bool = False,
) -> Deployment[Service]:
    """Create a service, or update the settings that differ.

    On a concurrent change the state is read again and compared again.

    Args:
        client: The client that makes the calls.
        service_name: Name of the service.
        description: As for :meth:`Client.create_service`, like all settings;
            None leaves a setting as it is.
        internet_access: Whether its functions can reach the internet.
        log_config: Where the logs of its functions are written.
        role: ARN of the role that its functions assume.
        vpc_config: The VPC that its functions can reach.
        nas_config: NAS file systems that its functions can use.
        tracing_config: Where traces are sent.
        oss_mount_config: OSS buckets that its functions can use as folders.
        extra: More settings, by the names of the API; each of them is compared.
        dry_run: Read and compare, but change nothing.
    Returns:
        Whether it was created, updated or unchanged, and the service.
    Raises:
        PreconditionFailedError: the service changed during each attempt.
    """
    check_client(client, Client)
    wanted: Settings = {
        "description": description,
        "internet_access": internet_access,
        "log_config": log_config,
        "role": role,
        "vpc_config": vpc_config,
        "nas_config": nas_config,
        "tracing_config": tracing_config,
        "oss_mount_config": oss_mount_config,
        "extra": extra,
    }
    steps = Steps(
        service_goal(service_name, wanted),
        dry_run=_arguments.required_boolean("dry_run", dry_run),
        read=lambda: client.get_service(service_name),
        create=lambda settings: client.create_service(service_name, **settings),
        update=lambda settings, etag: client.update_service(
            service_name, **settings, if_match=etag
        ),
    )
    return steps.run()


def deploy_function(
    client: Client,
    service_name: str,
    function_name: str,
    *,
    runtime: str,
    handler: str,
    code: CodeSource | None,
    description: str | None = None,
    memory_size: int | None = None,
    timeout: int | None = None,
    environment_variables: Mapping[str, str] | None = None,
    initializer: str | None = None,
    initialization_timeout: int | None = None,
    custom_container_config: Mapping[str, Any] | None = None,
    ca_port: int | None = None,
    layers: Sequence[str] | None = None,
    instance_concurrency: int | None = None,
    instance_type: str | None = None,
    instance_soft_concurrency: int | None = None,
    gpu_memory_size: int | None = None,
    cpu: float | None = None,
    disk_size: int | None = None,
    custom_runtime_config: Mapping[str, Any] | None = None,
    instance_lifecycle_config: Mapping[str, Any] | None = None,
    custom_dns: Mapping[str, Any] | None = None,
    custom_health_check_config: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
    progress: UploadProgress | None = None,
    dry_run: bool = False,
) -> Deployment[Function]:
    """Create a function, or update its code and the settings that differ.

    Code is compared by its checksum. Code in OSS has no known checksum and is
    sent each time. On a concurrent change the state is read again and
    compared again.

    Args:
        client: The client that makes the calls.
        service_name: Name of the service, which must exist.
        function_name: Name of the function.
        runtime: As for :meth:`Client.create_function`, like all settings.
        handler: Where execution starts.
        code: A path or a Code; None for a function of a container.
        description: Free text; None leaves this and the settings below as
            they are.
        memory_size: MB.
        timeout: Longest run, in seconds.
        environment_variables: Replaces all variables.
        initializer: ``file.function`` that runs once per instance.
        initialization_timeout: Longest run of the initializer, in seconds.
        custom_container_config: Image and other settings of its container.
        ca_port: Port of the HTTP server in a custom runtime.
        layers: ARNs of its layers, in order; ``[]`` removes all.
        instance_concurrency: Requests that an instance serves at a time.
        instance_type: Such as ``e1`` and ``c1``.
        instance_soft_concurrency: Requests that an instance serves before the
            service starts another one.
        gpu_memory_size: MB of GPU memory, for GPU instances.
        cpu: vCPUs, a multiple of 0.05.
        disk_size: MB, 512 or 10240.
        custom_runtime_config: Command of the program of a custom runtime.
        instance_lifecycle_config: What runs before an instance is frozen or
            stopped.
        custom_dns: Name servers and search domains.
        custom_health_check_config: How the HTTP server of a custom runtime is
            checked.
        extra: More settings, by the names of the API; each of them is compared.
        progress: As for :meth:`Client.create_function`; called if code is
            sent.
        dry_run: Read and compare, but change nothing and send no code. The
            service need not exist yet.
    Returns:
        Whether it was created, updated or unchanged, and the function.
    Raises:
        ServiceNotFoundError: the service does not exist.
        PreconditionFailedError: the function changed during each attempt.
        EntityTooLargeError: the code exceeds the service's limit.
        ChecksumMismatchError: the service stored other code than was sent.
    """
    check_client(client, Client)
    wanted: Settings = {
        "runtime": runtime,
        "handler": handler,
        "description": description,
        "memory_size": memory_size,
        "timeout": timeout,
        "environment_variables": environment_variables,
        "initializer": initializer,
        "initialization_timeout": initialization_timeout,
        "custom_container_config": custom_container_config,
        "ca_port": ca_port,
        "layers": layers,
        "instance_concurrency": instance_concurrency,
        "instance_type": instance_type,
        "instance_soft_concurrency": instance_soft_concurrency,
        "gpu_memory_size": gpu_memory_size,
        "cpu": cpu,
        "disk_size": disk_size,
        "custom_runtime_config": custom_runtime_config,
        "instance_lifecycle_config": instance_lifecycle_config,
        "custom_dns": custom_dns,
        "custom_health_check_config": custom_health_check_config,
        "extra": extra,
    }
    goal = function_goal(service_name, function_name, wanted)
    report = _arguments.function("progress", progress)
    source = as_code(needed_code(code, custom_container_config))
    steps = Steps(
        goal.with_code(source),
        dry_run=_arguments.required_boolean("dry_run", dry_run),
        read=lambda: client.get_function(service_name, function_name),
        create=lambda settings: client.create_function(
            service_name, function_name, **settings, progress=report
        ),
        update=lambda settings, etag: client.update_function(
            service_name, function_name, **settings, if_match=etag, progress=report
        ),
    )
    return steps.run()


def deploy_trigger(
    client: Client,
    service_name: str,
    function_name: str,
    trigger_name: str,
    *,
    trigger_config: Mapping[str, Any],
    trigger_type: str | None = None,
    source_arn: str | None = None,
    invocation_role: str | None = None,
    description: str | None = None,
    qualifier: str | None = None,
    extra: Mapping[str, Any] | None = None,
    replace: bool = False,
    dry_run: bool = False,
) -> Deployment[Trigger]:
    """Create a trigger, or update the settings that differ.

    The API cannot update the type and the event source of a trigger: if they
    differ, the trigger is deleted and created again with *replace*, and left
    alone otherwise. On a concurrent change the state is read again and
    compared again.

    Args:
        client: The client that makes the calls.
        service_name: Name of the service, which must exist.
        function_name: Name of the function, which must exist.
        trigger_name: Name of the trigger.
        trigger_config: What a function of :mod:`fc_client.triggers` returns,
            or a mapping as for :meth:`Client.create_trigger`; replaces the
            whole configuration.
        trigger_type: Default: that of *trigger_config*; required for a plain
            mapping.
        source_arn: ARN of the event source; None leaves this and the role as
            they are.
        invocation_role: ARN of the role that the source invokes with.
        description: Free text; None leaves it as it is.
        qualifier: Version or alias of the service that the trigger invokes;
            None leaves it as it is, which is LATEST for a new trigger.
        extra: More settings, by the names of the API; each of them is compared.
        replace: Delete the trigger and create it again if its type or its
            source differs. Events between the two are lost.
        dry_run: Read and compare, but change nothing. Service and function
            need not exist yet.
    Returns:
        Whether it was created, updated, replaced or unchanged, and the trigger.
    Raises:
        ServiceNotFoundError: the service does not exist.
        FunctionNotFoundError: the function does not exist.
        PreconditionFailedError: the trigger changed during each attempt.
        DeploymentError: type or source differ, and *replace* is False; or the
            trigger was deleted and could not be created again.
    """
    check_client(client, Client)
    wanted: Settings = {
        "trigger_type": trigger_type,
        "trigger_config": trigger_config,
        "source_arn": source_arn,
        "invocation_role": invocation_role,
        "description": description,
        "qualifier": qualifier,
        "extra": extra,
    }
    steps = Steps(
        trigger_goal(service_name, function_name, trigger_name, wanted),
        dry_run=_arguments.required_boolean("dry_run", dry_run),
        read=lambda: client.get_trigger(service_name, function_name, trigger_name),
        create=lambda settings: client.create_trigger(
            service_name, function_name, trigger_name, **settings
        ),
        update=lambda settings, etag: client.update_trigger(
            service_name, function_name, trigger_name, **settings, if_match=etag
        ),
        delete=lambda etag: client.delete_trigger(
            service_name, function_name, trigger_name, if_match=etag
        ),
        may_replace=_arguments.required_boolean("replace", replace),
    )
    return steps.run()
