"""The errors that the service returns."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fc_client.exceptions.base import FCError

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
    "ClientClosedRequestError",
    "ConcurrentUpdateError",
    "ConflictError",
    "CustomRuntimeError",
    "DestinationDeliveryFailedError",
    "DomainNameAlreadyExistsError",
    "DomainNameNotFoundError",
    "DomainNameNotResolvedError",
    "DomainNameResolveError",
    "EntityTooLargeError",
    "EventBridgeTriggerConflictError",
    "FunctionAlreadyExistsError",
    "FunctionNotEmptyError",
    "FunctionNotFoundError",
    "InstanceNotFoundError",
    "InternalServerError",
    "InvalidAccessKeyIdError",
    "InvalidArgumentError",
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
    "ResourceExhaustedError",
    "ResourceThrottledError",
    "ServerError",
    "ServiceAlreadyExistsError",
    "ServiceNotEmptyError",
    "ServiceNotFoundError",
    "SignatureNotMatchError",
    "StatefulAsyncInvocationNotFoundError",
    "ThrottlingError",
    "TriggerAlreadyExistsError",
    "TriggerNotFoundError",
    "VersionNotFoundError",
    "VersionPublishError",
]


class APIError(FCError):
    """The service returned an error: one subclass per error code, grouped by status.

    Attributes:
        retry_after: Seconds to wait before a retry, or None if the service
            did not say.
        server_time: Time of the response by the service's clock, or None.
    """

    def __init__(
        self,
        message: str = "",
        *,
        retry_after: float | None = None,
        server_time: datetime | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after
        self.server_time = server_time


class BadRequestError(APIError):
    """400: the request is invalid."""


class InvalidArgumentError(BadRequestError):
    """A field of the request has an invalid value."""


class EntityTooLargeError(BadRequestError):
    """The payload or the code exceeds the service's limit."""


class LimitExceededError(BadRequestError):
    """The account has reached its limit for this kind of resource."""


class MissingRequiredHeaderError(BadRequestError):
    """The request lacks a required header."""


class PathNotSupportedError(BadRequestError):
    """The service has no such path."""


class AdditionalVersionContainsMajorVersionError(BadRequestError):
    """The other version of an alias is its main version, too."""


class DomainNameNotResolvedError(BadRequestError):
    """The custom domain is not a CNAME of the endpoint."""


class DomainNameResolveError(BadRequestError):
    """The name of the custom domain could not be resolved."""


class VersionPublishError(BadRequestError):
    """The service has not changed since its newest version."""


class PermissionDeniedError(APIError):
    """403: the service rejects the caller."""


class AccessDeniedError(PermissionDeniedError):
    """The caller is not allowed to do this."""


class InvalidAccessKeyIdError(PermissionDeniedError):
    """The access key ID does not exist."""


class SignatureNotMatchError(PermissionDeniedError):
    """The signature differs from the one that the service calculated."""


class RequestTimeTooSkewedError(PermissionDeniedError):
    """The clock of this machine differs by more than 15 minutes from the service's."""


class NotFoundError(APIError):
    """404: the resource does not exist."""


class ServiceNotFoundError(NotFoundError):
    """The service does not exist."""


class FunctionNotFoundError(NotFoundError):
    """The function does not exist."""


class TriggerNotFoundError(NotFoundError):
    """The trigger does not exist."""


class AliasNotFoundError(NotFoundError):
    """The alias does not exist."""


class VersionNotFoundError(NotFoundError):
    """The version does not exist."""


class DomainNameNotFoundError(NotFoundError):
    """The custom domain does not exist."""


class AsyncConfigNotExistsError(NotFoundError):
    """The function has no configuration of asynchronous invocations."""


class InstanceNotFoundError(NotFoundError):
    """The instance does not exist."""


class LayerNotFoundError(NotFoundError):
    """The layer does not exist."""


class LayerVersionNotFoundError(NotFoundError):
    """The version of the layer does not exist."""


class OnDemandConfigNotFoundError(NotFoundError):
    """The function has no on-demand configuration."""


class StatefulAsyncInvocationNotFoundError(NotFoundError):
    """The asynchronous invocation does not exist, or its state is not stored."""


class ConflictError(APIError):
    """409: the state of a resource does not allow the call."""


class ServiceAlreadyExistsError(ConflictError):
    """A service of this name exists."""


class FunctionAlreadyExistsError(ConflictError):
    """A function of this name exists in the service."""


class TriggerAlreadyExistsError(ConflictError):
    """A trigger of this name exists on the function."""


class ServiceNotEmptyError(ConflictError):
    """The service still has functions or versions."""


class FunctionNotEmptyError(ConflictError):
    """The function still has triggers."""


class ConcurrentUpdateError(ConflictError):
    """Another update of the same resource is in progress."""


class AliasAlreadyExistsError(ConflictError):
    """An alias of this name exists in the service."""


class DomainNameAlreadyExistsError(ConflictError):
    """The custom domain exists."""


class EventBridgeTriggerConflictError(ConflictError):
    """The trigger conflicts with one of EventBridge."""


class PreconditionFailedError(APIError):
    """412: the resource no longer has the ETag of *if_match*."""


class AsyncInvocationStoppedError(PreconditionFailedError):
    """The asynchronous invocation has been stopped already."""


class CustomRuntimeError(APIError):
    """412: the process of a custom runtime ended or could not be started."""


class CAExitedError(CustomRuntimeError):
    """The process ended."""


class CAFileNotFoundError(CustomRuntimeError):
    """The file that starts the process does not exist."""


class CAFilePermissionError(CustomRuntimeError):
    """The file that starts the process is not executable."""


class ThrottlingError(APIError):
    """429 or 503: too many calls; the function did not run."""


class ResourceExhaustedError(ThrottlingError):
    """The account has no capacity for this call."""


class ResourceThrottledError(ThrottlingError):
    """The service limits the caller's rate."""


class ClientClosedRequestError(APIError):
    """499: the caller closed the connection before the response."""


class ServerError(APIError):
    """5xx: the service, or a gateway in front of it, failed."""


class InternalServerError(ServerError):
    """The service has an internal error."""


class DestinationDeliveryFailedError(ServerError):
    """The result could not be sent to the destination of an Async invocation."""


class BadResponseError(ServerError):
    """The function's response is not valid."""
