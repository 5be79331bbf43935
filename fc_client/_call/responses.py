"""What a response means: an error of the service, or what a parser makes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TypeVar

from fc_client._messages import Headers, Response, excerpt
from fc_client._redaction import strip_tracebacks
from fc_client.exceptions import APIError, ResponseError, api_error_class

T = TypeVar("T")


def raise_for_status(operation: str, response: Response) -> Response:
    """Return *response* if it is a success, else raise what it says.

    Raises:
        APIError: status 4xx or 5xx; the class follows the error code.
        ResponseError: any other status; redirects are not followed.
    """
    status = response.status_code
    if 200 <= status < 300:
        return response
    if status >= 400:
        raise _api_error(operation, response)
    location = response.headers.get("location")
    where = f"redirect to {location} not followed" if location else "unexpected status"
    raise ResponseError(
        where,
        operation=operation,
        status_code=status,
        request_id=response.request_id,
    )


def _api_error(operation: str, response: Response) -> APIError:
    code, message = _error_fields(response)
    return api_error_class(response.status_code, code)(
        message,
        operation=operation,
        status_code=response.status_code,
        code=code,
        request_id=response.request_id,
        retry_after=_retry_after(response.headers),
        server_time=_server_time(response.headers),
    )


def _error_fields(response: Response) -> tuple[str | None, str]:
    """Read the Error schema in both spellings: the guide's and the service's."""
    try:
        document = response.json_object()
    except ValueError:
        return None, excerpt(response.body) or "the reply has no body"
    fields = {name.lower(): value for name, value in document.items()}
    code, message = fields.get("errorcode"), fields.get("errormessage")
    return str(code) if code else None, str(message) if message else excerpt(response.body)


def _retry_after(headers: Headers) -> float | None:
    """Return Retry-After in seconds; a date counts from the reply's own Date."""
    value = headers.get("retry-after", "")
    try:
        if value.isascii() and value.isdigit():
            return float(value)
        wanted, now = map(parsedate_to_datetime, (value, headers.get("date", "")))
        return max(0.0, (wanted - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def _server_time(headers: Headers) -> datetime | None:
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError, OverflowError):
        return None
    # HTTP's dates are GMT; one without a zone would not compare.
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def checked_json(response: Response) -> Response:
    """Return a reply that is looked into by the caller."""
    response.json_object()
    return response


def parse_response(operation: str, response: Response, parse: Callable[[Response], T]) -> T:
    """Return what *parse* makes of a success.

    Raises:
        ResponseError: the reply is not what the operation answers.
    """
    try:
        return parse(response)
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as exc:
        raise ResponseError(
            f"the reply cannot be understood ({exc}): {excerpt(response.body)}",
            operation=operation,
            status_code=response.status_code,
            request_id=response.request_id,
        ) from strip_tracebacks(exc)
