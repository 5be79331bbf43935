"""The errors that the local Function Compute replies with.

Codes and statuses are the guide's ("API specification", each operation's
Responses); the rest were seen on the deployed service.
"""

from __future__ import annotations

__all__ = ["STATUS_OF_CODE", "ApiError", "invalid_argument"]

STATUS_OF_CODE = {
    "InvalidArgument": 400,
    "MissingRequiredHeader": 400,
    "PathNotSupported": 400,
    "EntityTooLarge": 400,
    "AccessDenied": 403,
    "InvalidAccessKeyId": 403,
    "SignatureNotMatch": 403,
    "RequestTimeTooSkewed": 403,
    "ServiceNotFound": 404,
    "FunctionNotFound": 404,
    "TriggerNotFound": 404,
    "MethodNotAllowed": 405,
    "ServiceAlreadyExists": 409,
    "FunctionAlreadyExists": 409,
    "TriggerAlreadyExists": 409,
    "ServiceNotEmpty": 409,
    "FunctionNotEmpty": 409,
    "PreconditionFailed": 412,
    "ResourceExhausted": 429,
    "InternalServerError": 500,
}


class ApiError(Exception):
    """A request that ends in an Error reply.

    Args:
        code: One of :data:`STATUS_OF_CODE`, which gives the status.
        message: For the caller to read; it names what was wrong.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status that belongs to the code."""
        return STATUS_OF_CODE[self.code]

    @property
    def document(self) -> dict[str, str]:
        """The body, spelled as the service spells it (not as the guide's schema)."""
        return {"ErrorCode": self.code, "ErrorMessage": self.message}


def invalid_argument(field: str, problem: str) -> ApiError:
    """Return the InvalidArgument of one field or header, by its wire name."""
    return ApiError("InvalidArgument", f"{field}: {problem}")
