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

from fc_client._call.retries import RetryPolicy
from fc_client._version import __version__
from fc_client.code import Code, DependencyError
from fc_client.credentials import Credentials
from fc_client.exceptions import (
    AccessDeniedError,
    AliasNotFoundError,
    APIError,
    BadRequestError,
    ChecksumMismatchError,
    ClientClosedRequestError,
    ConcurrentUpdateError,
    ConfigurationError,
    ConflictError,
    DeploymentError,
    DomainNameNotFoundError,
    EntityTooLargeError,
    FCError,
    FunctionAlreadyExistsError,
    FunctionError,
    FunctionNotEmptyError,
    FunctionNotFoundError,
    HandledInvocationError,
    InternalServerError,
    InvalidAccessKeyIdError,
    InvalidArgumentError,
    LimitExceededError,
    MissingRequiredHeaderError,
    NotFoundError,
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
    ThrottlingError,
    TransportError,
    TriggerAlreadyExistsError,
    TriggerNotFoundError,
    UnhandledInvocationError,
    VersionNotFoundError,
)
from fc_client.models import (
    Function,
    FunctionCode,
    InvocationResult,
    LogConfig,
    Service,
    Trigger,
    VPCConfig,
)
from fc_client.pagination import Page
from fc_client.timeouts import Timeout

__all__ = [
    "APIError",
    "AccessDeniedError",
    "AliasNotFoundError",
    "AsyncClient",
    "BadRequestError",
    "ChecksumMismatchError",
    "Client",
    "ClientClosedRequestError",
    "Code",
    "ConcurrentUpdateError",
    "ConfigurationError",
    "ConflictError",
    "Credentials",
    "DependencyError",
    "DeploymentError",
    "DomainNameNotFoundError",
    "EntityTooLargeError",
    "FCError",
    "Function",
    "FunctionAlreadyExistsError",
    "FunctionCode",
    "FunctionError",
    "FunctionNotEmptyError",
    "FunctionNotFoundError",
    "HandledInvocationError",
    "InternalServerError",
    "InvalidAccessKeyIdError",
    "InvalidArgumentError",
    "InvocationResult",
    "LimitExceededError",
    "LogConfig",
    "MissingRequiredHeaderError",
    "NotFoundError",
    "Page",
    "PathNotSupportedError",
    "PermissionDeniedError",
    "PreconditionFailedError",
    "RequestTimeTooSkewedError",
    "RequestTimeoutError",
    "ResourceExhaustedError",
    "ResourceThrottledError",
    "ResponseError",
    "RetryPolicy",
    "ServerError",
    "Service",
    "ServiceAlreadyExistsError",
    "ServiceNotEmptyError",
    "ServiceNotFoundError",
    "SignatureNotMatchError",
    "ThrottlingError",
    "Timeout",
    "TransportError",
    "Trigger",
    "TriggerAlreadyExistsError",
    "TriggerNotFoundError",
    "UnhandledInvocationError",
    "VPCConfig",
    "VersionNotFoundError",
    "__version__",
]

if TYPE_CHECKING:
    from fc_client.aio import AsyncClient
    from fc_client.client import Client
else:
    # Imported on first use: Client imports requests, AsyncClient imports
    # aiohttp, local imports a server. The pytest plugin needs none of them.
    _LAZY_MODULES = {
        "AsyncClient": "fc_client.aio",
        "Client": "fc_client.client",
        "deploy": "fc_client.deploy",
        "local": "fc_client.local",
        "triggers": "fc_client.triggers",
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
