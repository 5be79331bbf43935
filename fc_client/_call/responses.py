"""Responses become errors, or what a parser returns."""

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
    """Return *response* if its status is 2xx, else raise.

    Raises:
        APIError: the status is 4xx or 5xx; the error code selects the class.
        ResponseError: any other status; redirects are not followed.
    """
    status = response.status_code
    if 200 <= status < 300:
        return response
    if status >= 400:
        raise _api_error(operation, response)
    location = response.headers.get("location")
    message = f"redirect to {location} not followed" if location else "unexpected status"
    raise ResponseError(
        message,
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
    """Return code and message of the Error schema, in the guide's and in the service's spelling."""
    try:
        document = response.json_object()
    except ValueError:
        return None, excerpt(response.body) or "the response has no body"
    fields = {name.lower(): value for name, value in document.items()}
    code, message = fields.get("errorcode"), fields.get("errormessage")
    return str(code) if code else None, str(message) if message else excerpt(response.body)


def _retry_after(headers: Headers) -> float | None:
    """Return Retry-After in seconds; a date is relative to the response's own Date."""
    value = headers.get("retry-after", "")
    try:
        if value.isascii() and value.isdigit():
            return float(value)
        then, now = map(parsedate_to_datetime, (value, headers.get("date", "")))
        return max(0.0, (then - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def _server_time(headers: Headers) -> datetime | None:
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError, OverflowError):
        return None
    # Dates in HTTP are GMT; naive datetimes cannot be compared with aware ones.
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def checked_json(response: Response) -> Response:
    """Return *response* after checking that its body is a JSON object."""
    response.json_object()
    return response


def parse_response(operation: str, response: Response, parse: Callable[[Response], T]) -> T:
    """Return the result of *parse* for a successful response.

    Raises:
        ResponseError: *parse* cannot read the response.
    """
    try:
        return parse(response)
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as exc:
        raise ResponseError(
            f"the response could not be parsed ({exc}): {excerpt(response.body)}",
            operation=operation,
            status_code=response.status_code,
            request_id=response.request_id,
        ) from strip_tracebacks(exc)
