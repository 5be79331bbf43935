"""FCError, and the errors of calls without a valid response of the service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fc_client import models
from fc_client._disclosure import shown

__all__ = [
    "ChecksumMismatchError",
    "ConfigurationError",
    "DeploymentError",
    "FCError",
    "InvocationTimeoutError",
    "RequestTimeoutError",
    "ResponseError",
    "TransportError",
    "short_name",
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
        self.code = short_name(code)
        self.request_id = short_name(request_id)
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
        self.code = short_name(self.code, secrets)
        self.request_id = short_name(self.request_id, secrets)


def short_name(text: str | None, secrets: Iterable[str | None] = ()) -> str | None:
    """Return the name that a service or a function gave, as a short line; None stays None."""
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
        self, message: str = "", *, deleted: models.Trigger | None = None, **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.deleted = deleted


class InvocationTimeoutError(FCError, TimeoutError):
    """An asynchronous invocation has not ended within the time to wait; it may still run.

    Attributes:
        invocation: The invocation as it was last seen; None if the service
            did not know it yet.
    """

    def __init__(
        self,
        message: str = "",
        *,
        invocation: models.StatefulAsyncInvocation | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.invocation = invocation
