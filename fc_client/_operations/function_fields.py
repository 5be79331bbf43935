"""Functions: the fields of a function, and the parsers of responses with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fc_client import models
from fc_client._arguments import integer, number, string_map, structure, text, texts
from fc_client._messages import Headers, Response
from fc_client._operations.resources import Raw, parse_time, tuple_of
from fc_client.code import Code, CodeSource
from fc_client.exceptions import ChecksumMismatchError


def function_fields(
    *,
    runtime: str | None = None,
    handler: str | None = None,
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
) -> dict[str, Any]:
    """Return the guide's FunctionUpdateFields, with fields that the service added later."""
    return {
        "runtime": text("runtime", runtime),
        "handler": text("handler", handler),
        "description": text("description", description),
        "memorySize": integer("memory_size", memory_size),
        "timeout": integer("timeout", timeout),
        "environmentVariables": string_map("environment_variables", environment_variables),
        "initializer": text("initializer", initializer),
        "initializationTimeout": integer("initialization_timeout", initialization_timeout),
        "customContainerConfig": structure("custom_container_config", custom_container_config),
        "caPort": integer("ca_port", ca_port),
        "layers": texts("layers", layers),
        "instanceConcurrency": integer("instance_concurrency", instance_concurrency),
        "instanceType": text("instance_type", instance_type),
        "instanceSoftConcurrency": integer("instance_soft_concurrency", instance_soft_concurrency),
        "gpuMemorySize": integer("gpu_memory_size", gpu_memory_size),
        "cpu": number("cpu", cpu),
        "diskSize": integer("disk_size", disk_size),
        "customRuntimeConfig": structure("custom_runtime_config", custom_runtime_config),
        "instanceLifecycleConfig": structure(
            "instance_lifecycle_config", instance_lifecycle_config
        ),
        "customDNS": structure("custom_dns", custom_dns),
        "customHealthCheckConfig": structure(
            "custom_health_check_config", custom_health_check_config
        ),
    }


def needed_code(
    code: CodeSource | None, custom_container_config: Mapping[str, Any] | None
) -> CodeSource | None:
    """Return the argument *code* of a new function; only one of a container has none."""
    if code is None and custom_container_config is None:
        raise TypeError(
            "code: expected a path or a Code, got None; only a function with a "
            "custom_container_config needs no code"
        )
    return code


def parse_function(raw: Raw, headers: Headers) -> models.Function:
    """Return the function of the guide's FunctionResponse."""
    return models.Function(
        function_name=raw["functionName"],
        function_id=raw.get("functionId"),
        runtime=raw.get("runtime"),
        handler=raw.get("handler"),
        description=raw.get("description"),
        memory_size=raw.get("memorySize"),
        timeout=raw.get("timeout"),
        environment_variables=raw.get("environmentVariables"),
        initializer=raw.get("initializer"),
        initialization_timeout=raw.get("initializationTimeout"),
        code_size=raw.get("codeSize"),
        code_checksum=raw.get("codeChecksum"),
        created_time=parse_time(raw.get("createdTime")),
        last_modified_time=parse_time(raw.get("lastModifiedTime")),
        etag=headers.get("etag"),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
        custom_container_config=raw.get("customContainerConfig"),
        ca_port=raw.get("caPort"),
        layers=tuple_of(raw.get("layers")),
        instance_concurrency=raw.get("instanceConcurrency"),
        instance_type=raw.get("instanceType"),
        instance_soft_concurrency=raw.get("instanceSoftConcurrency"),
        gpu_memory_size=raw.get("gpuMemorySize"),
        cpu=raw.get("cpu"),
        disk_size=raw.get("diskSize"),
        custom_runtime_config=raw.get("customRuntimeConfig"),
        instance_lifecycle_config=raw.get("instanceLifecycleConfig"),
        custom_dns=raw.get("customDNS"),
        custom_health_check_config=raw.get("customHealthCheckConfig"),
        layers_arn_v2=tuple_of(raw.get("layersArnV2")),
    )


def parse_stored_function(operation: str, code: Code | None, response: Response) -> models.Function:
    """Return the function of a response, after comparing its code with the code that was sent.

    Args:
        operation: The guide's name of the operation.
        code: The code that was sent, or None.
        response: What the service returned.

    Raises:
        ChecksumMismatchError: the service stored other bytes.
    """
    function = parse_function(response.json_object(), response.headers)
    sent = None if code is None else code.checksum
    if sent is not None and function.code_checksum not in (None, sent):
        raise ChecksumMismatchError(
            f"the code sent has the checksum {sent}, the code stored {function.code_checksum}",
            operation=operation,
            status_code=response.status_code,
            request_id=response.request_id,
        )
    return function
