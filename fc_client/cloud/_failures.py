"""Turns the failures of the official client libraries into errors of this library."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

from fc_client._json import excerpt
from fc_client._transport.failures import words
from fc_client.cloud.errors import CloudError
from fc_client.exceptions import FCError, RequestTimeoutError, ResponseError, TransportError

__all__ = ["FailedAttempt", "error_of", "observed"]


class FailedAttempt(Exception):  # noqa: N818 - it carries the error of a library, and is not raised to users
    """An attempt of a library failed.

    Attributes:
        cause: The library's error.
        response: What the library received, or None.
    """

    def __init__(self, cause: BaseException, response: Any) -> None:
        super().__init__(cause)
        self.cause = cause
        self.response = response


class _Observer:
    """Ends a call after its first attempt, with the response of that.

    The libraries' own errors do not have it; their policies for retries get it.
    """

    def get_delay_time(self, context: Any) -> int:
        raise FailedAttempt(context.exception, context.http_response)


class _Unnamed:
    """Matches errors without a code of the service: those with one have names of their own."""

    def __contains__(self, name: object) -> bool:
        return not str(name).endswith("Exception")


def observed() -> Any:
    """Return the policy for retries by which a library raises :class:`FailedAttempt`."""
    policies = import_module("darabonba.policy.retry")
    condition = policies.RetryCondition(max_attempts=2, exception=_Unnamed())
    condition.backoff = _Observer()
    # Never repeats a call: this library does, where that is safe.
    options = policies.RetryOptions(retryable=True)
    options.retry_condition = [condition]
    return options


def error_of(failure: BaseException, operation: str, endpoint: str, service: str) -> FCError:
    """Return the error of this library for a failure of an official one.

    Args:
        failure: A FailedAttempt, or an error of the library.
        operation: The service's name of the operation.
        endpoint: What was called.
        service: The name of the service in policies.
    """
    exc: Any = failure.cause if isinstance(failure, FailedAttempt) else failure
    response = failure.response if isinstance(failure, FailedAttempt) else None
    data = getattr(exc, "data", None) or {}
    status = _status(exc, data, response)
    # The library writes None as a text.
    code = getattr(exc, "code", None)
    if status is not None and code and code != "None":
        return CloudError(
            # That of RAM's library has the code and the request ID in it.
            str(data.get("Message") or exc.message),
            operation=operation,
            status_code=status,
            code=str(code),
            request_id=data.get("RequestId") or data.get("requestId"),
            service=service,
        )
    if status is None:
        return _unanswered(exc, operation, endpoint)
    text = _text(data, response)
    if status >= 400:
        return CloudError(text, operation=operation, status_code=status, service=service)
    return ResponseError(
        f"the response could not be parsed: {text}", operation=operation, status_code=status
    )


def _status(exc: Any, data: dict[str, Any], response: Any) -> int | None:
    if response is not None:
        return int(response.status_code)
    status = data.get("statusCode") or getattr(exc, "status_code", None)
    return None if status is None else int(status)


def _text(data: dict[str, Any], response: Any) -> str:
    """Return the first words of a response that is not one of the service."""
    if response is not None:
        return excerpt(response.body) or "the response has no body"
    return json.dumps(
        {name: value for name, value in data.items() if name != "statusCode"}, ensure_ascii=False
    )


def _unanswered(exc: BaseException, operation: str, endpoint: str) -> FCError:
    inner = getattr(exc, "inner_exception", exc)
    # The library replaces the error of requests, which stays its context.
    if not isinstance(inner.__context__, OSError):
        return ResponseError(f"the response could not be parsed: {inner}", operation=operation)
    reason = _first_cause(inner.__context__)
    kind = RequestTimeoutError if isinstance(reason, TimeoutError) else TransportError
    return kind(f"cannot reach {endpoint}: {words(reason)}", operation=operation)


def _first_cause(exc: BaseException) -> BaseException:
    """Return the error of the system that all others were raised for."""
    first, cause = exc, exc.__cause__ or exc.__context__
    while cause is not None:
        # That of urllib3 1.26 has another in its context, which it has dealt with.
        if isinstance(cause, OSError):
            first = cause
        cause = cause.__cause__ or cause.__context__
    return first
