"""Functions: the operations that create and update them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from fc_client import models
from fc_client._arguments import required_text
from fc_client._call.engine import Engine
from fc_client._call.progress import UploadProgress
from fc_client._operations.account import function_staging
from fc_client._operations.function_fields import (
    function_fields,
    needed_code,
    parse_stored_function,
)
from fc_client._operations.functions import function_path
from fc_client._operations.resources import create_request, update_request, with_extra
from fc_client._operations.services import service_path
from fc_client.code import CodeSource


class FunctionChangeOperations(Engine):
    """Operations that create and update functions."""

    def create_function(
        self,
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
    ) -> models.Function:
        """Create a function and return it.

        Args:
            service_name: Name of the service that it belongs to.
            function_name: Letters, digits, ``_`` and ``-``, starting with a
                letter or ``_``; 1 to 64 characters.
            runtime: Such as ``python3``, ``nodejs8``, ``java8``.
            handler: Where execution starts: ``file.function``.
            code: A path (a directory, a .zip, one source file) or a Code; None
                for a function of a container, which needs none. A zip of more
                than 100 MiB is uploaded through OSS (extra ``oss``).
            description: Free text.
            memory_size: MB, a multiple of 64, 128 to 3072. Default 128.
            timeout: Longest run, in seconds, 1 to 300. Default 3.
            environment_variables: Environment variables of the function.
            initializer: ``file.function`` that runs once per instance.
            initialization_timeout: Longest run of the initializer, in
                seconds, 1 to 300. Default 30.
            custom_container_config: ``image`` and other settings of a container,
                for the runtime ``custom-container``.
            ca_port: Port of the HTTP server in the runtimes ``custom`` and
                ``custom-container``. Default 9000.
            layers: ARNs of layers, in order.
            instance_concurrency: Requests that an instance serves at a time.
            instance_type: Such as ``e1`` and ``c1``.
            instance_soft_concurrency: Requests that an instance serves before
                the service starts another one.
            gpu_memory_size: MB of GPU memory, for GPU instances.
            cpu: vCPUs, a multiple of 0.05.
            disk_size: MB, 512 or 10240.
            custom_runtime_config: ``command`` and ``args`` of the program, for
                the runtime ``custom``.
            instance_lifecycle_config: ``preFreeze`` and ``preStop``, each with
                ``handler`` and ``timeout``.
            custom_dns: ``nameServers``, ``searches`` and ``dnsOptions``.
            custom_health_check_config: How the HTTP server of a custom runtime
                is checked: ``httpGetUrl``, ``initialDelaySeconds`` and so on.
            extra: More fields of the request, by the names of the API.
            progress: Called as ``progress(done, total)`` with the bytes of the
                zip that have been sent and its size; a retry starts from 0
                again. An exception that it raises ends the call. Not called
                for code in OSS.
        Returns:
            The function as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionAlreadyExistsError: a function of this name exists.
            EntityTooLargeError: the code exceeds the service's limit.
            ChecksumMismatchError: the service stored other code than was sent.
        API: POST /2016-08-15/services/{serviceName}/functions (guide: CreateFunction)
        """
        source = self._stage_code(
            self._load_optional_code(needed_code(code, custom_container_config)),
            function_staging(service_name),
            progress,
        )
        return self._call(
            create_request(
                "Function",
                service_path(service_name, "/functions"),
                function_path(service_name, function_name),
                with_extra(
                    {
                        "functionName": function_name,
                        **function_fields(
                            runtime=required_text("runtime", runtime),
                            handler=required_text("handler", handler),
                            description=description,
                            memory_size=memory_size,
                            timeout=timeout,
                            environment_variables=environment_variables,
                            initializer=initializer,
                            initialization_timeout=initialization_timeout,
                            custom_container_config=custom_container_config,
                            ca_port=ca_port,
                            layers=layers,
                            instance_concurrency=instance_concurrency,
                            instance_type=instance_type,
                            instance_soft_concurrency=instance_soft_concurrency,
                            gpu_memory_size=gpu_memory_size,
                            cpu=cpu,
                            disk_size=disk_size,
                            custom_runtime_config=custom_runtime_config,
                            instance_lifecycle_config=instance_lifecycle_config,
                            custom_dns=custom_dns,
                            custom_health_check_config=custom_health_check_config,
                        ),
                    },
                    extra,
                ),
                code=source,
                progress=progress,
            ),
            partial(parse_stored_function, "CreateFunction", source),
        )

    def update_function(
        self,
        service_name: str,
        function_name: str,
        *,
        runtime: str | None = None,
        handler: str | None = None,
        code: CodeSource | None = None,
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
        if_match: str | None = None,
        progress: UploadProgress | None = None,
    ) -> models.Function:
        """Change settings or code of a function and return the function.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            runtime: Such as ``python3``, ``nodejs8``, ``java8``.
            handler: Where execution starts: ``file.function``.
            code: A path (a directory, a .zip, one source file) or a Code. A
                zip of more than 100 MiB is uploaded through OSS (extra
                ``oss``).
            description: Free text; ``""`` clears it.
            memory_size: MB, a multiple of 64, 128 to 3072.
            timeout: Longest run, in seconds, 1 to 300.
            environment_variables: Replaces all variables; ``{}`` clears them.
            initializer: ``file.function`` that runs once per instance.
            initialization_timeout: Longest run of the initializer, in
                seconds, 1 to 300.
            custom_container_config: ``image`` and other settings of a container,
                for the runtime ``custom-container``.
            ca_port: Port of the HTTP server in the runtimes ``custom`` and
                ``custom-container``.
            layers: ARNs of layers, in order; ``[]`` removes all.
            instance_concurrency: Requests that an instance serves at a time.
            instance_type: Such as ``e1`` and ``c1``.
            instance_soft_concurrency: Requests that an instance serves before
                the service starts another one.
            gpu_memory_size: MB of GPU memory, for GPU instances.
            cpu: vCPUs, a multiple of 0.05.
            disk_size: MB, 512 or 10240.
            custom_runtime_config: ``command`` and ``args`` of the program, for
                the runtime ``custom``.
            instance_lifecycle_config: ``preFreeze`` and ``preStop``, each with
                ``handler`` and ``timeout``.
            custom_dns: ``nameServers``, ``searches`` and ``dnsOptions``.
            custom_health_check_config: How the HTTP server of a custom runtime
                is checked: ``httpGetUrl``, ``initialDelaySeconds`` and so on.
            extra: More fields of the request, by the names of the API.
            if_match: ETag that the function must still have.
            progress: As for :meth:`create_function`.
        Returns:
            The function as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            PreconditionFailedError: the function has changed since *if_match*.
            EntityTooLargeError: the code exceeds the service's limit.
            ChecksumMismatchError: the service stored other code than was sent.
        API: PUT /2016-08-15/services/{serviceName}/functions/{functionName} (guide: UpdateFunction)
        """
        source = self._stage_code(
            self._load_optional_code(code), function_staging(service_name), progress
        )
        return self._call(
            update_request(
                "Function",
                function_path(service_name, function_name),
                with_extra(
                    function_fields(
                        runtime=runtime,
                        handler=handler,
                        description=description,
                        memory_size=memory_size,
                        timeout=timeout,
                        environment_variables=environment_variables,
                        initializer=initializer,
                        initialization_timeout=initialization_timeout,
                        custom_container_config=custom_container_config,
                        ca_port=ca_port,
                        layers=layers,
                        instance_concurrency=instance_concurrency,
                        instance_type=instance_type,
                        instance_soft_concurrency=instance_soft_concurrency,
                        gpu_memory_size=gpu_memory_size,
                        cpu=cpu,
                        disk_size=disk_size,
                        custom_runtime_config=custom_runtime_config,
                        instance_lifecycle_config=instance_lifecycle_config,
                        custom_dns=custom_dns,
                        custom_health_check_config=custom_health_check_config,
                    ),
                    extra,
                ),
                if_match,
                code=source,
                progress=progress,
            ),
            partial(parse_stored_function, "UpdateFunction", source),
        )
