"""The errors that calls raise, as one tree.

::

    FCError
    ├── ConfigurationError
    ├── TransportError
    │   └── RequestTimeoutError
    ├── ResponseError
    ├── ChecksumMismatchError
    ├── DeploymentError
    ├── FunctionError
    │   ├── HandledInvocationError
    │   └── UnhandledInvocationError
    └── APIError
        ├── BadRequestError            400
        │   ├── InvalidArgumentError
        │   ├── EntityTooLargeError
        │   ├── LimitExceededError
        │   ├── MissingRequiredHeaderError
        │   └── PathNotSupportedError
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
        │   └── DomainNameNotFoundError
        ├── ConflictError              409
        │   ├── ServiceAlreadyExistsError
        │   ├── FunctionAlreadyExistsError
        │   ├── TriggerAlreadyExistsError
        │   ├── ServiceNotEmptyError
        │   ├── FunctionNotEmptyError
        │   └── ConcurrentUpdateError
        ├── PreconditionFailedError    412
        ├── ThrottlingError            429, 503 ResourceThrottled
        │   ├── ResourceExhaustedError
        │   └── ResourceThrottledError
        ├── ClientClosedRequestError   499
        └── ServerError                5xx
            └── InternalServerError

Every class can be pickled, and its text is one line of limited length, which
can be printed anywhere. An ``APIError`` comes from the service, a
``FunctionError`` from the function, every other error from this library.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from fc_client._disclosure import masked_json, shown
from fc_client.models import InvocationResult, Trigger

__all__ = [
    "APIError",
    "AccessDeniedError",
    "AliasNotFoundError",
    "BadRequestError",
    "ChecksumMismatchError",
    "ClientClosedRequestError",
    "ConcurrentUpdateError",
    "ConfigurationError",
    "ConflictError",
    "DeploymentError",
    "DomainNameNotFoundError",
    "EntityTooLargeError",
    "FCError",
    "FunctionAlreadyExistsError",
    "FunctionError",
    "FunctionNotEmptyError",
    "FunctionNotFoundError",
    "HandledInvocationError",
    "InternalServerError",
    "InvalidAccessKeyIdError",
    "InvalidArgumentError",
    "LimitExceededError",
    "MissingRequiredHeaderError",
    "NotFoundError",
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
    "ThrottlingError",
    "TransportError",
    "TriggerAlreadyExistsError",
    "TriggerNotFoundError",
    "UnhandledInvocationError",
    "VersionNotFoundError",
]


# Longer than every error code and request ID.
_MAX_NAME = 100


class FCError(Exception):
    """Base of every error that this library raises for a call.

    Attributes:
        message: Description of the error.
        operation: The guide's name of the operation, or None outside a call.
        status_code: HTTP status of the response, or None without a response.
        code: The service's error code, or None.
        request_id: The service's ID of the request, or None.
        attempts: Number of attempts; the errors of the earlier attempts are
            chained.
    """

    # Everything has a default: pickle calls the class with its args alone and
    # restores the attributes afterwards.
    def __init__(
        self,
        message: str = "",
        *,
        operation: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        self.message = shown(message)
        super().__init__(self.message)
        self.operation = operation
        self.status_code = status_code
        self.code = _name(code)
        self.request_id = _name(request_id)
        self.attempts = 1

    def __str__(self) -> str:
        reply = " ".join(str(part) for part in (self.status_code, self.code) if part)
        head = [f"{self.operation} failed"] if self.operation else []
        text = ": ".join(part for part in (*head, reply, self.message) if part)
        return f"{text} (request id {self.request_id})" if self.request_id else text

    def redact(self, secrets: Iterable[str | None]) -> None:
        """Replace *secrets* by ``***`` in all that the error says."""
        self.message = shown(self.message, secrets)
        self.args = (self.message,)
        self.code = _name(self.code, secrets)
        self.request_id = _name(self.request_id, secrets)


def _name(text: str | None, secrets: Iterable[str | None] = ()) -> str | None:
    return None if text is None else shown(text, secrets, _MAX_NAME)


class ConfigurationError(FCError, ValueError):
    """The endpoint or the credentials are missing or invalid."""


class TransportError(FCError):
    """No response was received: the connection, TLS or a proxy failed.

    Attributes:
        request_sent: False if it is certain that no part of the request
            reached the service; True if a part may have.
        client_closed: True if the client was closed before or during the
            call; such a call is not retried.
    """

    def __init__(
        self,
        message: str = "",
        *,
        request_sent: bool = True,
        client_closed: bool = False,
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.request_sent = request_sent
        self.client_closed = client_closed


class RequestTimeoutError(TransportError):
    """The connection or the response did not arrive within the timeout."""


class ResponseError(FCError):
    """The response could not be parsed, or was a redirect."""


class ChecksumMismatchError(FCError):
    """The code that was stored or downloaded has another checksum than expected."""


class DeploymentError(FCError):
    """A deployment would have to replace a trigger, or could not finish that.

    Attributes:
        deleted: The trigger that was deleted and could not be created again;
            None if nothing was changed.
    """

    def __init__(
        self, message: str = "", *, deleted: Trigger | None = None, **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.deleted = deleted


FailureReason = Literal["raised", "timeout", "memory", "exit", "load"]


class FunctionError(FCError):
    """The call succeeded; the function itself failed.

    Attributes:
        service_name: The service of the function, or None if it is unknown.
        function_name: The function, or None if it is unknown.
        reason: ``raised`` (the function raised, or returned an error),
            ``timeout``, ``memory`` (it exceeded its memory), ``exit`` (its
            process ended) or ``load`` (its code could not be loaded). Where
            only the log tells memory from exit, it is ``exit`` without
            ``log_type="Tail"``.
        error_message: The message of the function's error, or the start of
            its output if that is not an error body.
        error_type: Class name of the function's error, such as ``KeyError``,
            or None.
        stack_trace: The stack trace, as a list in the format of the runtime,
            or None.
        result: The InvocationResult with payload, log and headers.
    """

    def __init__(
        self,
        message: str = "",
        *,
        service_name: str | None = None,
        function_name: str | None = None,
        reason: FailureReason = "raised",
        error_type: str | None = None,
        stack_trace: list[Any] | None = None,
        result: InvocationResult | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.service_name = service_name
        self.function_name = function_name
        self.reason = reason
        self.error_message = str(masked_json(message))
        self.error_type = _name(error_type)
        self.stack_trace: list[Any] | None = stack_trace
        self.result = result
        self.redact(())

    def __str__(self) -> str:
        if self.function_name is None:
            return super().__str__()
        head = f"function {self.service_name}/{self.function_name} failed"
        text = ": ".join(part for part in (head, self.error_type, self.message) if part)
        return f"{text} (request id {self.request_id})" if self.request_id else text

    def redact(self, secrets: Iterable[str | None]) -> None:
        """Replace *secrets* by ``***`` in all that the error says; not in the payload."""
        wanted = list(secrets)
        super().redact(wanted)
        self.error_message = str(masked_json(self.error_message, wanted))
        self.error_type = _name(self.error_type, wanted)
        trace = masked_json(self.stack_trace, wanted)
        self.stack_trace = trace if isinstance(trace, list) else None


class HandledInvocationError(FunctionError):
    """The function returned an error through its callback."""


class UnhandledInvocationError(FunctionError):
    """The function raised, crashed, timed out or could not be loaded."""


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


class ConflictError(APIError):
    """409: the state of a resource does not allow the call."""


class ServiceAlreadyExistsError(ConflictError):
    """A service of this name exists."""


class FunctionAlreadyExistsError(ConflictError):
    """A function of this name exists in the service."""


class TriggerAlreadyExistsError(ConflictError):
    """A trigger of this name exists on the function."""


class ServiceNotEmptyError(ConflictError):
    """The service still has functions."""


class FunctionNotEmptyError(ConflictError):
    """The function still has triggers."""


class ConcurrentUpdateError(ConflictError):
    """Another update of the same resource is in progress."""


class PreconditionFailedError(APIError):
    """412: the resource no longer has the ETag of *if_match*."""


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
