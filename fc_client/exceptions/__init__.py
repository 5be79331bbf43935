"""The errors that calls raise, as one tree.

::

    FCError
    ├── ConfigurationError
    ├── TransportError
    │   └── RequestTimeoutError
    ├── ResponseError
    ├── ChecksumMismatchError
    ├── DeploymentError
    ├── InvocationTimeoutError
    ├── FunctionError
    │   ├── HandledInvocationError
    │   └── UnhandledInvocationError
    └── APIError
        ├── BadRequestError            400
        │   ├── InvalidArgumentError
        │   ├── EntityTooLargeError
        │   ├── LimitExceededError
        │   ├── MissingRequiredHeaderError
        │   ├── PathNotSupportedError
        │   ├── AdditionalVersionContainsMajorVersionError
        │   ├── DomainNameNotResolvedError
        │   ├── DomainNameResolveError
        │   └── VersionPublishError
        ├── PermissionDeniedError      403
        │   ├── AccessDeniedError
        │   ├── InvalidAccessKeyIdError
        │   ├── SignatureNotMatchError
        │   └── RequestTimeTooSkewedError
        ├── NotFoundError              404
        │   ├── ServiceNotFoundError
        │   ├── FunctionNotFoundError
        │   ├── TriggerNotFoundError
        │   ├── AliasNotFoundError
        │   ├── VersionNotFoundError
        │   ├── DomainNameNotFoundError
        │   ├── AsyncConfigNotExistsError
        │   ├── StatefulAsyncInvocationNotFoundError
        │   ├── OnDemandConfigNotFoundError
        │   ├── LayerNotFoundError
        │   ├── LayerVersionNotFoundError
        │   └── InstanceNotFoundError
        ├── ConflictError              409
        │   ├── ServiceAlreadyExistsError
        │   ├── FunctionAlreadyExistsError
        │   ├── TriggerAlreadyExistsError
        │   ├── AliasAlreadyExistsError
        │   ├── DomainNameAlreadyExistsError
        │   ├── ServiceNotEmptyError
        │   ├── FunctionNotEmptyError
        │   ├── ConcurrentUpdateError
        │   └── EventBridgeTriggerConflictError
        ├── PreconditionFailedError    412
        │   └── AsyncInvocationStoppedError
        ├── CustomRuntimeError         412
        │   ├── CAExitedError
        │   ├── CAFileNotFoundError
        │   └── CAFilePermissionError
        ├── ThrottlingError            429, 503 ResourceThrottled
        │   ├── ResourceExhaustedError
        │   └── ResourceThrottledError
        ├── ClientClosedRequestError   499
        └── ServerError                5xx
            ├── InternalServerError
            ├── DestinationDeliveryFailedError
            └── BadResponseError

Every class can be pickled, and its text is one line of limited length, which
can be printed anywhere. An ``APIError`` comes from the service, a
``FunctionError`` from the function, every other error from this library.
"""

from __future__ import annotations

from fc_client.exceptions.api import (
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
    ClientClosedRequestError,
    ConcurrentUpdateError,
    ConflictError,
    CustomRuntimeError,
    DestinationDeliveryFailedError,
    DomainNameAlreadyExistsError,
    DomainNameNotFoundError,
    DomainNameNotResolvedError,
    DomainNameResolveError,
    EntityTooLargeError,
    EventBridgeTriggerConflictError,
    FunctionAlreadyExistsError,
    FunctionNotEmptyError,
    FunctionNotFoundError,
    InstanceNotFoundError,
    InternalServerError,
    InvalidAccessKeyIdError,
    InvalidArgumentError,
    LayerNotFoundError,
    LayerVersionNotFoundError,
    LimitExceededError,
    MissingRequiredHeaderError,
    NotFoundError,
    OnDemandConfigNotFoundError,
    PathNotSupportedError,
    PermissionDeniedError,
    PreconditionFailedError,
    RequestTimeTooSkewedError,
    ResourceExhaustedError,
    ResourceThrottledError,
    ServerError,
    ServiceAlreadyExistsError,
    ServiceNotEmptyError,
    ServiceNotFoundError,
    SignatureNotMatchError,
    StatefulAsyncInvocationNotFoundError,
    ThrottlingError,
    TriggerAlreadyExistsError,
    TriggerNotFoundError,
    VersionNotFoundError,
    VersionPublishError,
)
from fc_client.exceptions.base import (
    ChecksumMismatchError,
    ConfigurationError,
    DeploymentError,
    FCError,
    InvocationTimeoutError,
    RequestTimeoutError,
    ResponseError,
    TransportError,
)
from fc_client.exceptions.functions import (
    FailureReason as FailureReason,
)
from fc_client.exceptions.functions import (
    FunctionError,
    HandledInvocationError,
    UnhandledInvocationError,
)

__all__ = [
    "APIError",
    "AccessDeniedError",
    "AdditionalVersionContainsMajorVersionError",
    "AliasAlreadyExistsError",
    "AliasNotFoundError",
    "AsyncConfigNotExistsError",
    "AsyncInvocationStoppedError",
    "BadRequestError",
    "BadResponseError",
    "CAExitedError",
    "CAFileNotFoundError",
    "CAFilePermissionError",
    "ChecksumMismatchError",
    "ClientClosedRequestError",
    "ConcurrentUpdateError",
    "ConfigurationError",
    "ConflictError",
    "CustomRuntimeError",
    "DeploymentError",
    "DestinationDeliveryFailedError",
    "DomainNameAlreadyExistsError",
    "DomainNameNotFoundError",
    "DomainNameNotResolvedError",
    "DomainNameResolveError",
    "EntityTooLargeError",
    "EventBridgeTriggerConflictError",
    "FCError",
    "FunctionAlreadyExistsError",
    "FunctionError",
    "FunctionNotEmptyError",
    "FunctionNotFoundError",
    "HandledInvocationError",
    "InstanceNotFoundError",
    "InternalServerError",
    "InvalidAccessKeyIdError",
    "InvalidArgumentError",
    "InvocationTimeoutError",
    "LayerNotFoundError",
    "LayerVersionNotFoundError",
    "LimitExceededError",
    "MissingRequiredHeaderError",
    "NotFoundError",
    "OnDemandConfigNotFoundError",
    "PathNotSupportedError",
    "PermissionDeniedError",
    "PreconditionFailedError",
    "RequestTimeTooSkewedError",
    "RequestTimeoutError",
    "ResourceExhaustedError",
    "ResourceThrottledError",
    "ResponseError",
    "ServerError",
    "ServiceAlreadyExistsError",
    "ServiceNotEmptyError",
    "ServiceNotFoundError",
    "SignatureNotMatchError",
    "StatefulAsyncInvocationNotFoundError",
    "ThrottlingError",
    "TransportError",
    "TriggerAlreadyExistsError",
    "TriggerNotFoundError",
    "UnhandledInvocationError",
    "VersionNotFoundError",
    "VersionPublishError",
]

# Tracebacks and pickles name the classes as users import them.
for _name in __all__:
    globals()[_name].__module__ = __name__
