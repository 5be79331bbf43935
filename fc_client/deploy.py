"""Create or update: services and functions as they shall be, sending only what differs.

    from fc_client.deploy import deploy_function

    deploy_function(client, "demo", "hello", runtime="python3", handler="index.handler",
                    code="hello")

A second deployment of the same sends no code and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from fc_client import _arguments
from fc_client._call.progress import UploadProgress
from fc_client._wire import function_fields, service_fields
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

_WIRE_NAMES = {
    "description": "description",
    "internet_access": "internetAccess",
    "log_config": "logConfig",
    "role": "role",
    "vpc_config": "vpcConfig",
    "runtime": "runtime",
    "handler": "handler",
    "memory_size": "memorySize",
    "timeout": "timeout",
    "environment_variables": "environmentVariables",
    "initializer": "initializer",
    "initialization_timeout": "initializationTimeout",
}
_STRUCTURES = ("log_config", "vpc_config")

# Who is overtaken by others that often does not deploy alone.
_ATTEMPTS = 5


@dataclass(frozen=True)
class Deployment(Generic[Resource]):
    """What a deployment did.

    Attributes:
        action: What became of the resource.
        changed: Names of the settings that were sent, ``code`` among them;
            empty if it is unchanged.
        resource: The service or function as stored now.
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
    """Create a service, or update those of its settings that differ.

    Args:
        client: Calls the service.
        service_name: Name of the service.
        description: As for :meth:`Client.create_service`, like all others;
            None leaves a setting alone.
        internet_access: Whether its functions reach the internet.
        log_config: Where logs go.
        role: ARN of the role that its functions act as.
        vpc_config: The network that its functions reach.
    Returns:
        Whether it was created, updated or unchanged, and the service.
    Raises:
        PreconditionFailedError: others changed it again and again meanwhile.
    """
    _check_client(client)
    wanted: _Settings = {
        "description": description,
        "internet_access": internet_access,
        "log_config": log_config,
        "role": role,
        "vpc_config": vpc_config,
    }
    sent = service_fields(**wanted)
    return _Steps(
        missing=ServiceNotFoundError,
        races=(ServiceAlreadyExistsError, ServiceNotFoundError),
        read=lambda: client.get_service(service_name),
        create=lambda: client.create_service(service_name, **wanted),
        update=lambda settings, etag: client.update_service(
            service_name, **settings, if_match=etag
        ),
        given=_given(wanted),
        differing=lambda stored: _differing(wanted, sent, stored.raw),
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
    """Create a function, or update its code and settings as far as they differ.

    Code is compared by its checksum. Code in OSS has none that could be
    compared: it is sent each time.

    Args:
        client: Calls the service.
        service_name: Name of the service, which must exist.
        function_name: Name of the function.
        runtime: As for :meth:`Client.create_function`, like all others.
        handler: Where execution starts.
        code: A path or a Code.
        description: Free text; None leaves this and those below alone.
        memory_size: MB.
        timeout: Longest run, in seconds.
        environment_variables: All variables that it shall have.
        initializer: What runs once per instance.
        initialization_timeout: Longest run of the initializer, in seconds.
        progress: As for :meth:`Client.create_function`, if code is sent.
    Returns:
        Whether it was created, updated or unchanged, and the function.
    Raises:
        ServiceNotFoundError: there is no such service.
        PreconditionFailedError: others changed it again and again meanwhile.
        EntityTooLargeError: the code is larger than the service takes.
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
    sent = function_fields(**wanted)
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
        given={**_given(wanted), "code": source},
        differing=lambda stored: {
            **_differing(wanted, sent, stored.raw),
            **_differing_code(source, stored),
        },
    ).run()


def _check_client(client: Client) -> None:
    # AsyncClient has the same methods, whose results would have to be awaited.
    if not isinstance(client, Client):
        raise TypeError(f"client: expected a Client, got {type(client).__name__}")


@dataclass(frozen=True)
class _Steps(Generic[Resource]):
    """How a resource is read, created and updated, and what that takes."""

    missing: type[NotFoundError]
    races: tuple[type[APIError], ...]
    read: Callable[[], Resource]
    create: Callable[[], Resource]
    update: Callable[[_Settings, str | None], Resource]
    given: _Settings
    differing: Callable[[Resource], _Settings]

    def run(self) -> Deployment[Resource]:
        """Deploy; whoever is overtaken by others reads and decides again."""
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


def _given(wanted: _Settings) -> _Settings:
    return {name: value for name, value in wanted.items() if value is not None}


def _differing(wanted: _Settings, sent: _Settings, stored: _Settings) -> _Settings:
    """Return the settings that are stored otherwise; *sent* has them as on the wire."""
    return {
        name: value
        for name, value in _given(wanted).items()
        if _comparable(name, stored.get(_WIRE_NAMES[name]))
        != _comparable(name, sent[_WIRE_NAMES[name]])
    }


def _comparable(name: str, value: Any) -> Any:
    """Return *value* in the one form of all that mean the same.

    What a reply leaves out is empty, and so is what it leaves out of a
    structure. In environment variables an empty one differs from none.
    """
    if isinstance(value, Mapping) and name in _STRUCTURES:
        value = {key: item for key, item in value.items() if item}
    return None if value in ("", {}) else value


def _differing_code(source: Code, stored: Function) -> _Settings:
    same = source.checksum is not None and source.checksum == stored.code_checksum
    return {} if same else {"code": source}
