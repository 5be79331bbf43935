"""Responses become errors, or what a parser returns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TypeVar

from fc_client import exceptions
from fc_client._call.result_types import checked
from fc_client._disclosure import shown
from fc_client._json import excerpt, json_excerpt
from fc_client._messages import Headers, Request, Response
from fc_client.exceptions import APIError, ResponseError

T = TypeVar("T")

# Characters of what a parser says; the start of the response comes after it.
_MAX_PROBLEM = 200

# Keys are in lower case: guide and service spell some codes differently.
_BY_CODE: dict[str, type[APIError]] = {
    "accessdenied": exceptions.AccessDeniedError,
    "additionalversioncontainsmajorversion": exceptions.AdditionalVersionContainsMajorVersionError,
    "aliasalreadyexists": exceptions.AliasAlreadyExistsError,
    "aliasnotfound": exceptions.AliasNotFoundError,
    "asyncconfignotexists": exceptions.AsyncConfigNotExistsError,
    "asyncinvocationstopped": exceptions.AsyncInvocationStoppedError,
    "badresponse": exceptions.BadResponseError,
    "caexited": exceptions.CAExitedError,
    "cafilenotfound": exceptions.CAFileNotFoundError,
    "cafilepermission": exceptions.CAFilePermissionError,
    "clientclosedrequest": exceptions.ClientClosedRequestError,
    "concurrentupdateerror": exceptions.ConcurrentUpdateError,
    "destinationdeliveryfailed": exceptions.DestinationDeliveryFailedError,
    "domainnamealreadyexists": exceptions.DomainNameAlreadyExistsError,
    "domainnamenotfound": exceptions.DomainNameNotFoundError,
    "domainnamenotresolved": exceptions.DomainNameNotResolvedError,
    "domainnameresolveerror": exceptions.DomainNameResolveError,
    "entitytoolarge": exceptions.EntityTooLargeError,
    "eventbridgetriggerconflict": exceptions.EventBridgeTriggerConflictError,
    "functionalreadyexists": exceptions.FunctionAlreadyExistsError,
    "functionnotempty": exceptions.FunctionNotEmptyError,
    "functionnotfound": exceptions.FunctionNotFoundError,
    "instancenotfound": exceptions.InstanceNotFoundError,
    "internalservererror": exceptions.InternalServerError,
    "invalidaccesskeyid": exceptions.InvalidAccessKeyIdError,
    "invalidargument": exceptions.InvalidArgumentError,
    "layernotfound": exceptions.LayerNotFoundError,
    "layerversionnotfound": exceptions.LayerVersionNotFoundError,
    "limitexceedederror": exceptions.LimitExceededError,
    "missingrequiredheader": exceptions.MissingRequiredHeaderError,
    "ondemandconfignotfound": exceptions.OnDemandConfigNotFoundError,
    "pathnotsupported": exceptions.PathNotSupportedError,
    "preconditionfailed": exceptions.PreconditionFailedError,
    "requesttimetooskewed": exceptions.RequestTimeTooSkewedError,
    "resourceexhausted": exceptions.ResourceExhaustedError,
    "resourcethrottled": exceptions.ResourceThrottledError,
    "servicealreadyexists": exceptions.ServiceAlreadyExistsError,
    "servicenotempty": exceptions.ServiceNotEmptyError,
    "servicenotfound": exceptions.ServiceNotFoundError,
    "signaturenotmatch": exceptions.SignatureNotMatchError,
    "statefulasyncinvocationnotfound": exceptions.StatefulAsyncInvocationNotFoundError,
    "triggeralreadyexists": exceptions.TriggerAlreadyExistsError,
    "triggernotfound": exceptions.TriggerNotFoundError,
    "versionnotfound": exceptions.VersionNotFoundError,
    "versionpublisherror": exceptions.VersionPublishError,
}

_BY_STATUS: dict[int, type[APIError]] = {
    400: exceptions.BadRequestError,
    403: exceptions.PermissionDeniedError,
    404: exceptions.NotFoundError,
    409: exceptions.ConflictError,
    412: exceptions.PreconditionFailedError,
    429: exceptions.ThrottlingError,
    499: exceptions.ClientClosedRequestError,
}


def raise_for_status(operation: str, response: Response) -> Response:
    """Return *response* if its status is 2xx, else raise.

    Raises:
        APIError: the status is 4xx or 5xx; the error code selects the class.
        ResponseError: any other status, or a body in a coding that was not
            requested; redirects are not followed.
    """
    status = response.status_code
    coding = response.headers.content_coding
    if 200 <= status < 300 and coding is None:
        return response
    if status >= 400:
        raise _api_error(operation, response)
    raise ResponseError(
        _coding_problem(coding) if coding else _redirect_problem(response),
        operation=operation,
        status_code=status,
        request_id=response.request_id,
    )


def checked_response(request: Request, response: Response) -> Response:
    """Return *response* unless it is an error of the service, which is raised.

    An HTTP function may reply with any status and coding. Its reply is an
    error of the service only if it has an error code.

    Raises:
        APIError: the service returned an error.
        ResponseError: as for :func:`raise_for_status`.
    """
    if request.http is None:
        return raise_for_status(request.operation, response)
    if response.status_code >= 400 and _error_fields(response)[0] is not None:
        raise _api_error(request.operation, response)
    return response


def _coding_problem(coding: str) -> str:
    return f"the response has the Content-Encoding {coding[:60]!r}, which was not requested"


def _redirect_problem(response: Response) -> str:
    location = response.headers.get("location")
    return f"redirect to {location} not followed" if location else "unexpected status"


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


def api_error_class(status_code: int, code: str | None) -> type[APIError]:
    """Return the class for an error: by its code, else by its status."""
    fallback = (
        exceptions.ServerError if status_code >= 500 else _BY_STATUS.get(status_code, APIError)
    )
    return _BY_CODE.get((code or "").lower(), fallback)


def _error_fields(response: Response) -> tuple[str | None, str]:
    """Return code and message of the Error schema, in the guide's and in the service's spelling."""
    if response.headers.content_coding:
        return None, _coding_problem(response.headers.content_coding)
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
        # Dates in HTTP are GMT; naive datetimes cannot be compared with aware ones.
        # At the ends of time the offset of a time zone leads beyond them.
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(
            timezone.utc
        )
    except (TypeError, ValueError, OverflowError):
        return None


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
        return checked(parse(response))
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as exc:
        problem = f"no {exc}" if isinstance(exc, KeyError) else shown(exc, limit=_MAX_PROBLEM)
    except RecursionError:
        problem = "nested too deeply"
    # Raised here: what parsers raise quotes the response, secrets included.
    raise ResponseError(
        f"the response could not be parsed ({problem}): {json_excerpt(response.body)}",
        operation=operation,
        status_code=response.status_code,
        request_id=response.request_id,
    )
