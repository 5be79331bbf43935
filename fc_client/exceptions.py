"""What can go wrong, as one tree.

::

    FCError
    ├── ConfigurationError
    ├── TransportError
    │   └── RequestTimeoutError
    ├── ResponseError
    ├── ChecksumMismatchError
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

Every class pickles and prints one line. ``APIError`` is what the service
said; ``FunctionError`` is what the function said; the others arose here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from fc_client.models import InvocationResult

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


class FCError(Exception):
    """Base of every error that this library raises for a call.

    Attributes:
        message: What went wrong, in words.
        operation: The guide's name of the operation, or None outside a call.
        status_code: HTTP status of the reply, or None without a reply.
        code: The service's error code, or None where it sent none.
        request_id: The service's id of the request, or None where unknown.
        attempts: How often the call was made; the errors of the attempts
            before the last one are chained.
    """

    # Defaults for everything: the default pickling calls the class with its
    # args alone and restores the attributes afterwards.
    def __init__(
        self,
        message: str = "",
        *,
        operation: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation
        self.status_code = status_code
        self.code = code
        self.request_id = request_id
        self.attempts = 1

    def __str__(self) -> str:
        reply = " ".join(str(part) for part in (self.status_code, self.code) if part)
        head = [f"{self.operation} failed"] if self.operation else []
        text = ": ".join(part for part in (*head, reply, " ".join(self.message.split())) if part)
        return f"{text} (request id {self.request_id})" if self.request_id else text


class ConfigurationError(FCError, ValueError):
    """The client was not told where to call or as whom, or was told nonsense."""


class TransportError(FCError):
    """No reply came: the connection, TLS or a proxy failed.

    Attributes:
        request_sent: False where it is certain that nothing of the request
            reached the service; True where it may have.
        client_closed: True where the client was closed meanwhile: such a call
            is not repeated.
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
    """No connection, or no reply, within the timeout."""


class ResponseError(FCError):
    """A reply came that cannot be understood; a redirect is one, too."""


class ChecksumMismatchError(FCError):
    """The code that was stored or downloaded is not the code that was meant."""


class FunctionError(FCError):
    """The call worked; the function itself failed.

    Attributes:
        error_message: What the function reported, or its reply as text where
            that is no error body.
        error_type: Class name of the function's error, such as ``KeyError``,
            or None where the function reported none.
        stack_trace: The function's stack trace, a list as its runtime gives
            it, or None.
        result: The InvocationResult with payload, log and headers.
    """

    def __init__(
        self,
        message: str = "",
        *,
        error_type: str | None = None,
        stack_trace: list[Any] | None = None,
        result: InvocationResult | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.error_message = message
        self.error_type = error_type
        self.stack_trace = stack_trace
        self.result = result


class HandledInvocationError(FunctionError):
    """The function returned an error through its callback."""


class UnhandledInvocationError(FunctionError):
    """The function raised, crashed, timed out or could not be loaded."""


class APIError(FCError):
    """The service refused the call or failed; the class tells how.

    Attributes:
        retry_after: Seconds after which the service wants to be asked again,
            or None where it did not say.
        server_time: When the service replied, by its own clock, or None
            where it did not say.
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
    """400: the request itself is wrong."""


class InvalidArgumentError(BadRequestError):
    """A field of the request has a value that the service does not take."""


class EntityTooLargeError(BadRequestError):
    """The payload or the code is larger than the service takes."""


class LimitExceededError(BadRequestError):
    """The account has as many of these resources as it may."""


class MissingRequiredHeaderError(BadRequestError):
    """The request lacks a header that the service needs."""


class PathNotSupportedError(BadRequestError):
    """The service has no such path."""


class PermissionDeniedError(APIError):
    """403: the service does not accept who is calling."""


class AccessDeniedError(PermissionDeniedError):
    """The caller may not do this."""


class InvalidAccessKeyIdError(PermissionDeniedError):
    """The service does not know the access key id."""


class SignatureNotMatchError(PermissionDeniedError):
    """The signature is not the one that the service calculated."""


class RequestTimeTooSkewedError(PermissionDeniedError):
    """The clock here is more than 15 minutes off the service's."""


class NotFoundError(APIError):
    """404: what the path names does not exist."""


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
    """409: what exists stands in the way."""


class ServiceAlreadyExistsError(ConflictError):
    """A service of this name exists."""


class FunctionAlreadyExistsError(ConflictError):
    """A function of this name exists in the service."""


class TriggerAlreadyExistsError(ConflictError):
    """A trigger of this name exists on the function."""


class ServiceNotEmptyError(ConflictError):
    """The service still has a function."""


class FunctionNotEmptyError(ConflictError):
    """The function still has a trigger."""


class ConcurrentUpdateError(ConflictError):
    """Another update of the same resource is under way."""


class PreconditionFailedError(APIError):
    """412: the resource no longer has the ETag given as *if_match*."""


class ThrottlingError(APIError):
    """429 or 503: too many calls; the function did not run."""


class ResourceExhaustedError(ThrottlingError):
    """The account has no capacity left for this call."""


class ResourceThrottledError(ThrottlingError):
    """The service slows the caller down."""


class ClientClosedRequestError(APIError):
    """499: the caller hung up before the reply."""


class ServerError(APIError):
    """5xx: the service, or a gateway before it, failed."""


class InternalServerError(ServerError):
    """The service failed inside."""


_BY_CODE: dict[str, type[APIError]] = {
    "accessdenied": AccessDeniedError,
    "aliasnotfound": AliasNotFoundError,
    "clientclosedrequest": ClientClosedRequestError,
    "concurrentupdateerror": ConcurrentUpdateError,
    "domainnamenotfound": DomainNameNotFoundError,
    "entitytoolarge": EntityTooLargeError,
    "functionalreadyexists": FunctionAlreadyExistsError,
    "functionnotempty": FunctionNotEmptyError,
    "functionnotfound": FunctionNotFoundError,
    "internalservererror": InternalServerError,
    "invalidaccesskeyid": InvalidAccessKeyIdError,
    "invalidargument": InvalidArgumentError,
    "limitexceedederror": LimitExceededError,
    "missingrequiredheader": MissingRequiredHeaderError,
    "pathnotsupported": PathNotSupportedError,
    "preconditionfailed": PreconditionFailedError,
    "requesttimetooskewed": RequestTimeTooSkewedError,
    "resourceexhausted": ResourceExhaustedError,
    "resourcethrottled": ResourceThrottledError,
    "servicealreadyexists": ServiceAlreadyExistsError,
    "servicenotempty": ServiceNotEmptyError,
    "servicenotfound": ServiceNotFoundError,
    "signaturenotmatch": SignatureNotMatchError,
    "triggeralreadyexists": TriggerAlreadyExistsError,
    "triggernotfound": TriggerNotFoundError,
    "versionnotfound": VersionNotFoundError,
}

_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequestError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    412: PreconditionFailedError,
    429: ThrottlingError,
    499: ClientClosedRequestError,
}


def api_error_class(status_code: int, code: str | None) -> type[APIError]:
    """Return the class of an Error reply: by its code, else by its status."""
    fallback = ServerError if status_code >= 500 else _BY_STATUS.get(status_code, APIError)
    return _BY_CODE.get((code or "").lower(), fallback)
