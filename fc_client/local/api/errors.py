"""Defines the errors of the API: their codes, statuses and bodies.

Codes and statuses are from the guide ("API specification", Responses of each
operation) or were observed on the deployed service.
"""

from __future__ import annotations

__all__ = ["STATUS_OF_CODE", "ApiError", "invalid_argument"]

STATUS_OF_CODE = {
    "InvalidArgument": 400,
    "MissingRequiredHeader": 400,
    "PathNotSupported": 400,
    "EntityTooLarge": 400,
    "VersionPublishError": 400,
    "AccessDenied": 403,
    "InvalidAccessKeyID": 403,
    "SignatureNotMatch": 403,
    "RequestTimeTooSkewed": 403,
    "ServiceNotFound": 404,
    "FunctionNotFound": 404,
    "VersionNotFound": 404,
    "AliasNotFound": 404,
    "TriggerNotFound": 404,
    "AsyncConfigNotExists": 404,
    "StatefulAsyncInvocationNotFound": 404,
    "OnDemandConfigNotFound": 404,
    "InstanceNotFound": 404,
    "LayerNotFound": 404,
    "LayerVersionNotFound": 404,
    "DomainNameNotFound": 404,
    "MethodNotAllowed": 405,
    "ServiceAlreadyExists": 409,
    "FunctionAlreadyExists": 409,
    "AliasAlreadyExists": 409,
    "TriggerAlreadyExists": 409,
    "EventBridgeTriggerConflict": 409,
    "DomainNameAlreadyExists": 409,
    "ServiceNotEmpty": 409,
    "FunctionNotEmpty": 409,
    "PreconditionFailed": 412,
    "AsyncInvocationStopped": 412,
    "CAExited": 412,
    "CAFileNotFound": 412,
    "CAFilePermission": 412,
    "ResourceExhausted": 429,
    "InternalServerError": 500,
    "BadResponse": 502,
}


class ApiError(Exception):
    """An error that the client gets as the reply.

    Args:
        code: One of :data:`STATUS_OF_CODE`, which gives the status.
        message: Says what is wrong, with which value, and what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return STATUS_OF_CODE[self.code]

    @property
    def document(self) -> dict[str, str]:
        """The body, with the keys that the service sends (the guide's schema differs)."""
        return {"ErrorCode": self.code, "ErrorMessage": self.message}


def invalid_argument(field: str, problem: str) -> ApiError:
    """Return the InvalidArgument error of a field or header, given its wire name."""
    return ApiError("InvalidArgument", f"{field}: {problem}")
