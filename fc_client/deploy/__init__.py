"""Create or update services and functions; only settings that differ are sent.

    from fc_client.deploy import deploy_function

    deploy_function(client, "demo", "hello", runtime="python3", handler="index.handler",
                    code="hello")

Deploying the same again sends no code and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from fc_client import _arguments
from fc_client._call.progress import UploadProgress
from fc_client._messages import without_none
from fc_client._operations.functions import function_fields
from fc_client._operations.services import service_fields
from fc_client.client import Client
from fc_client.code import Code, CodeSource, required_code
from fc_client.exceptions import (
    APIError,
    ConcurrentUpdateError,
    FunctionAlreadyExistsError,
    FunctionNotFoundError,
    NotFoundError,
    PreconditionFailedError,
    ServiceAlreadyExistsError,
    ServiceNotFoundError,
)
from fc_client.models import Function, LogConfig, Service, VPCConfig

__all__ = ["Deployment", "deploy_function", "deploy_service"]

Resource = TypeVar("Resource", Service, Function)

_Settings = Mapping[str, Any]

# Fields whose value is a structure, in which an empty field means the same as none.
_STRUCTURES = ("logConfig", "vpcConfig")

# On a concurrent change the state is read again and compared again, this often in all.
_ATTEMPTS = 5


@dataclass(frozen=True)
class Deployment(Generic[Resource]):
    """What a deployment did.

    Attributes:
        action: What was done to the resource.
        changed: Names of the settings that were sent, which may include
            ``code``; empty for "unchanged".
        resource: The service or function as stored.
    """

    action: Literal["created", "updated", "unchanged"]
    changed: tuple[str, ...]
    resource: Resource


def deploy_service(
    client: Client,
    service_name: str,
    *,
    description: str | None = None,
    internet_access: bool | None = None,
    log_config: LogConfig | Mapping[str, Any] | None = None,
    role: str | None = None,
    vpc_config: VPCConfig | Mapping[str, Any] | None = None,
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
    Returns:
        Whether it was created, updated or unchanged, and the service.
    Raises:
        PreconditionFailedError: the service changed during each attempt.
    """
    _check_client(client)
    wanted: _Settings = {
        "description": description,
        "internet_access": internet_access,
        "log_config": log_config,
        "role": role,
        "vpc_config": vpc_config,
    }
    fields = _fields_by_name(service_fields, wanted)
    return _Steps(
        missing=ServiceNotFoundError,
        races=(ServiceAlreadyExistsError, ServiceNotFoundError),
        read=lambda: client.get_service(service_name),
        create=lambda: client.create_service(service_name, **wanted),
        update=lambda settings, etag: client.update_service(
            service_name, **settings, if_match=etag
        ),
        given=without_none(wanted),
        differing=lambda stored: _differing(wanted, fields, stored.raw),
    ).run()


def deploy_function(
    client: Client,
    service_name: str,
    function_name: str,
    *,
    runtime: str,
    handler: str,
    code: CodeSource,
    description: str | None = None,
    memory_size: int | None = None,
    timeout: int | None = None,
    environment_variables: Mapping[str, str] | None = None,
    initializer: str | None = None,
    initialization_timeout: int | None = None,
    progress: UploadProgress | None = None,
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
        code: A path or a Code.
        description: Free text; None leaves this and the settings below as
            they are.
        memory_size: MB.
        timeout: Longest run, in seconds.
        environment_variables: Replaces all variables.
        initializer: ``file.function`` that runs once per instance.
        initialization_timeout: Longest run of the initializer, in seconds.
        progress: As for :meth:`Client.create_function`; called if code is
            sent.
    Returns:
        Whether it was created, updated or unchanged, and the function.
    Raises:
        ServiceNotFoundError: the service does not exist.
        PreconditionFailedError: the function changed during each attempt.
        EntityTooLargeError: the code exceeds the service's limit.
        ChecksumMismatchError: the service stored other code than was sent.
    """
    _check_client(client)
    wanted: _Settings = {
        "runtime": _arguments.required_text("runtime", runtime),
        "handler": _arguments.required_text("handler", handler),
        "description": description,
        "memory_size": memory_size,
        "timeout": timeout,
        "environment_variables": environment_variables,
        "initializer": initializer,
        "initialization_timeout": initialization_timeout,
    }
    fields = _fields_by_name(function_fields, wanted)
    report = _arguments.function("progress", progress)
    source = required_code(code)
    return _Steps(
        missing=FunctionNotFoundError,
        races=(FunctionAlreadyExistsError, FunctionNotFoundError),
        read=lambda: client.get_function(service_name, function_name),
        create=lambda: client.create_function(
            service_name,
            function_name,
            **wanted,
            code=source,
            progress=report,
        ),
        update=lambda settings, etag: client.update_function(
            service_name, function_name, **settings, if_match=etag, progress=report
        ),
        given={**without_none(wanted), "code": source},
        differing=lambda stored: {
            **_differing(wanted, fields, stored.raw),
            **_differing_code(source, stored),
        },
    ).run()


def _check_client(client: Client) -> None:
    # AsyncClient has the same methods, but as coroutines.
    if not isinstance(client, Client):
        raise TypeError(f"client: expected a Client, got {type(client).__name__}")


@dataclass(frozen=True)
class _Steps(Generic[Resource]):
    """How a resource is read, compared, created and updated."""

    missing: type[NotFoundError]
    races: tuple[type[APIError], ...]
    read: Callable[[], Resource]
    create: Callable[[], Resource]
    update: Callable[[_Settings, str | None], Resource]
    given: _Settings
    differing: Callable[[Resource], _Settings]

    def run(self) -> Deployment[Resource]:
        """Deploy; on a concurrent change read and compare again."""
        for _ in range(_ATTEMPTS - 1):
            with suppress(PreconditionFailedError, ConcurrentUpdateError, *self.races):
                return self._once()
        return self._once()

    def _once(self) -> Deployment[Resource]:
        stored = self._stored()
        if stored is None:
            return Deployment("created", tuple(self.given), self.create())
        settings = self.differing(stored)
        if not settings:
            return Deployment("unchanged", (), stored)
        return Deployment("updated", tuple(settings), self.update(settings, stored.etag))

    def _stored(self) -> Resource | None:
        with suppress(self.missing):
            return self.read()
        return None


def _fields_by_name(
    fields_of: Callable[..., dict[str, Any]], wanted: _Settings
) -> dict[str, dict[str, Any]]:
    """Return the fields that are sent for each setting, by the setting's name."""
    return {
        name: without_none(fields_of(**{name: value}))
        for name, value in without_none(wanted).items()
    }


def _differing(
    wanted: _Settings, fields: Mapping[str, _Settings], stored: _Settings
) -> dict[str, Any]:
    """Return the settings of which a field is stored with another value."""
    return {
        name: wanted[name]
        for name, sent in fields.items()
        if any(
            _comparable(field, stored.get(field)) != _comparable(field, value)
            for field, value in sent.items()
        )
    }


def _comparable(field: str, value: Any) -> Any:
    """Return *value* in the one form that all equivalent values have.

    A field that a response leaves out is empty, also within a structure. An
    empty environment variable differs from one that is not set.
    """
    if isinstance(value, Mapping) and field in _STRUCTURES:
        value = {key: item for key, item in value.items() if item}
    return None if value in ("", {}) else value


def _differing_code(source: Code, stored: Function) -> _Settings:
    same = source.checksum is not None and source.checksum == stored.code_checksum
    return {} if same else {"code": source}
