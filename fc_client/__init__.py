"""The Python SDK of Alibaba Cloud Function Compute, API version 2016-08-15.

:class:`Client` has one method per API operation, :class:`AsyncClient` the same
methods as coroutines. ``fc_client.deploy`` creates or updates services,
functions and triggers; ``fc_client.triggers`` makes the configurations of
triggers. ``fc_client.local`` is an embedded Function Compute for development
and tests.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

from fc_client import models
from fc_client._call.retries import RetryPolicy
from fc_client._version import __version__
from fc_client.code import Code, DependencyError
from fc_client.credentials import Credentials
from fc_client.exceptions import (
    AccessDeniedError,
    AdditionalVersionContainsMajorVersionError,
    AliasAlreadyExistsError,
    AliasNotFoundError,
    APIError,
    AsyncConfigNotExistsError,
    AsyncInvocationStoppedError,
    BadRequestError,
    BadResponseError,
    CAExitedError,
    CAFileNotFoundError,
    CAFilePermissionError,
    ChecksumMismatchError,
    ClientClosedRequestError,
    ConcurrentUpdateError,
    ConfigurationError,
    ConflictError,
    CustomRuntimeError,
    DeploymentError,
    DestinationDeliveryFailedError,
    DomainNameAlreadyExistsError,
    DomainNameNotFoundError,
    DomainNameNotResolvedError,
    DomainNameResolveError,
    EntityTooLargeError,
    EventBridgeTriggerConflictError,
    FCError,
    FunctionAlreadyExistsError,
    FunctionError,
    FunctionNotEmptyError,
    FunctionNotFoundError,
    HandledInvocationError,
    InstanceNotFoundError,
    InternalServerError,
    InvalidAccessKeyIdError,
    InvalidArgumentError,
    InvocationTimeoutError,
    LayerNotFoundError,
    LayerVersionNotFoundError,
    LimitExceededError,
    MissingRequiredHeaderError,
    NotFoundError,
    OnDemandConfigNotFoundError,
    PathNotSupportedError,
    PermissionDeniedError,
    PreconditionFailedError,
    RequestTimeoutError,
    RequestTimeTooSkewedError,
    ResourceExhaustedError,
    ResourceThrottledError,
    ResponseError,
    ServerError,
    ServiceAlreadyExistsError,
    ServiceNotEmptyError,
    ServiceNotFoundError,
    SignatureNotMatchError,
    StatefulAsyncInvocationNotFoundError,
    ThrottlingError,
    TransportError,
    TriggerAlreadyExistsError,
    TriggerNotFoundError,
    UnhandledInvocationError,
    VersionNotFoundError,
    VersionPublishError,
)
from fc_client.pagination import Page
from fc_client.timeouts import Timeout

__all__ = [
    "APIError",
    "AccessDeniedError",
    "AccountConfigs",
    "AccountSettings",
    "AdditionalVersionContainsMajorVersionError",
    "Alias",
    "AliasAlreadyExistsError",
    "AliasNotFoundError",
    "AsyncClient",
    "AsyncConfigNotExistsError",
    "AsyncExecSession",
    "AsyncHttpStream",
    "AsyncInvocationStoppedError",
    "AsyncInvokeConfig",
    "BadRequestError",
    "BadResponseError",
    "CAExitedError",
    "CAFileNotFoundError",
    "CAFilePermissionError",
    "ChecksumMismatchError",
    "Client",
    "ClientClosedRequestError",
    "Code",
    "ConcurrentUpdateError",
    "ConfigurationError",
    "ConflictError",
    "Credentials",
    "CustomDomain",
    "CustomRuntimeError",
    "DependencyError",
    "DeploymentError",
    "DestinationConfig",
    "DestinationDeliveryFailedError",
    "DomainNameAlreadyExistsError",
    "DomainNameNotFoundError",
    "DomainNameNotResolvedError",
    "DomainNameResolveError",
    "EntityTooLargeError",
    "EventBridgeTriggerConflictError",
    "ExecOutput",
    "ExecResult",
    "ExecSession",
    "FCError",
    "Function",
    "FunctionAlreadyExistsError",
    "FunctionCode",
    "FunctionError",
    "FunctionNotEmptyError",
    "FunctionNotFoundError",
    "FunctionReference",
    "HandledInvocationError",
    "HttpResponse",
    "HttpStream",
    "Instance",
    "InstanceNotFoundError",
    "InternalServerError",
    "InvalidAccessKeyIdError",
    "InvalidArgumentError",
    "InvocationResult",
    "InvocationTimeoutError",
    "Layer",
    "LayerCode",
    "LayerNotFoundError",
    "LayerVersionNotFoundError",
    "LimitExceededError",
    "LogConfig",
    "MissingRequiredHeaderError",
    "NotFoundError",
    "OnDemandConfig",
    "OnDemandConfigNotFoundError",
    "Page",
    "PathNotSupportedError",
    "PermissionDeniedError",
    "PreconditionFailedError",
    "ProvisionConfig",
    "RequestTimeTooSkewedError",
    "RequestTimeoutError",
    "ReservedCapacity",
    "ResourceExhaustedError",
    "ResourceTags",
    "ResourceThrottledError",
    "ResponseError",
    "RetryPolicy",
    "ScheduledAction",
    "ServerError",
    "Service",
    "ServiceAlreadyExistsError",
    "ServiceNotEmptyError",
    "ServiceNotFoundError",
    "ServiceVersion",
    "SignatureNotMatchError",
    "StatefulAsyncInvocation",
    "StatefulAsyncInvocationEvent",
    "StatefulAsyncInvocationNotFoundError",
    "TargetTrackingPolicy",
    "TempBucketToken",
    "TempCodeBucketToken",
    "TempCredentials",
    "ThrottlingError",
    "Timeout",
    "TransportError",
    "Trigger",
    "TriggerAlreadyExistsError",
    "TriggerNotFoundError",
    "UnhandledInvocationError",
    "VPCConfig",
    "VersionNotFoundError",
    "VersionPublishError",
    "__version__",
]

if TYPE_CHECKING:
    from fc_client._call.async_exec_session import AsyncExecSession
    from fc_client._call.exec_session import ExecSession
    from fc_client.aio import AsyncClient
    from fc_client.client import Client
    from fc_client.models import (
        AccountConfigs,
        AccountSettings,
        Alias,
        AsyncHttpStream,
        AsyncInvokeConfig,
        CustomDomain,
        DestinationConfig,
        ExecOutput,
        ExecResult,
        Function,
        FunctionCode,
        FunctionReference,
        HttpResponse,
        HttpStream,
        Instance,
        InvocationResult,
        Layer,
        LayerCode,
        LogConfig,
        OnDemandConfig,
        ProvisionConfig,
        ReservedCapacity,
        ResourceTags,
        ScheduledAction,
        Service,
        ServiceVersion,
        StatefulAsyncInvocation,
        StatefulAsyncInvocationEvent,
        TargetTrackingPolicy,
        TempBucketToken,
        TempCodeBucketToken,
        TempCredentials,
        Trigger,
        VPCConfig,
    )
else:
    # Imported on first use: Client imports requests, AsyncClient imports
    # aiohttp, local imports a server, and models are many. The pytest plugin
    # needs none of them.
    _LAZY_MODULES = {
        "AsyncClient": "fc_client.aio",
        "AsyncExecSession": "fc_client._call.async_exec_session",
        "Client": "fc_client.client",
        "ExecSession": "fc_client._call.exec_session",
        "deploy": "fc_client.deploy",
        "local": "fc_client.local",
        "triggers": "fc_client.triggers",
        **dict.fromkeys(models.LATE, "fc_client.models"),
    }

    def __getattr__(name: str) -> object:
        if name not in _LAZY_MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = importlib.import_module(_LAZY_MODULES[name])
        return getattr(module, name, module)

    # Without the extra, the rest can still be imported by an asterisk.
    _has_aiohttp = importlib.util.find_spec("aiohttp") is not None
    __all__ = [name for name in __all__ if _has_aiohttp or name != "AsyncClient"]

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, "deploy", "triggers"})
