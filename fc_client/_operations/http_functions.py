"""HTTP functions: calls of them, by the API's endpoint and by custom domains."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import quote, urlsplit

from fc_client import models
from fc_client._arguments import header, integer, required_text, string_map, text
from fc_client._call.engine import Engine
from fc_client._call.http_streams import reply_fields
from fc_client._call.payload import Payload
from fc_client._disclosure import shown
from fc_client._messages import JSON, HttpCall, Request, Response, Stream, path, query_of

# Names with one value or several, or pairs of name and value.
Params = Mapping[str, Any] | Iterable[tuple[str, Any]]

# Running it twice does what running it once does (RFC 9110, 9.2.1).
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})

# The characters that a path may have as they are, besides letters and digits (RFC 3986, 3.3).
_PATH_CHARACTERS = "/-._~!$&'()*+,;=:@"

_SIGNATURE_PARAMETERS = frozenset(
    {"x-fc-access-key-id", "x-fc-expires", "x-fc-security-token", "x-fc-signature"}
)

_DOMAIN = re.compile(r"(?i:https?)://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/?")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

# What the client sets itself.
_OWN_HEADERS = frozenset(
    {"authorization", "connection", "content-length", "content-md5", "date", "host"}
    | {"transfer-encoding", "x-fc-account-id", "x-fc-security-token"}
)
# Only who calls the URL knows the body.
PRESIGN_OWN_HEADERS = _OWN_HEADERS - {"content-md5"}


def http_request(
    method: str,
    service_name: str | None,
    function_name: str | None,
    below: str,
    *,
    qualifier: str | None,
    domain: str | None,
    params: Params | None,
    headers: Mapping[str, str] | None,
    body: bytes | Stream = b"",
    is_json: bool = False,
    signed: bool = True,
    idempotent: bool | None = None,
    own_headers: frozenset[str] = _OWN_HEADERS,
) -> Request:
    """Return the request of a call of an HTTP function.

    Args:
        method: The HTTP method.
        service_name: Name of the service; None with a *domain*.
        function_name: Name of the function; None with a *domain*.
        below: The path that the function sees, decoded.
        qualifier: A version or an alias of the service.
        domain: Scheme and host of a custom domain.
        params: The query.
        headers: Headers for the function.
        body: The body.
        is_json: Whether the body is JSON.
        signed: Whether to sign the call.
        idempotent: Whether it is safe to run it twice; None for what the
            method says.
        own_headers: Those that *headers* must not have, in lower case.
    """
    verb = _checked_method(method)
    queries = _checked_params(params)
    given = _checked_headers(headers, own_headers)
    if is_json and not any(name.lower() == "content-type" for name in given):
        given["Content-Type"] = JSON
    return Request(
        "HTTPInvokeFunction",
        verb,
        _base_path(service_name, function_name, qualifier, domain) + _encoded_path(below),
        query=query_of(queries),
        headers=given,
        body=body,
        idempotent=verb in _SAFE_METHODS if idempotent is None else idempotent,
        http=HttpCall(queries, _checked_domain(domain), signed),
    )


def _base_path(
    service_name: str | None, function_name: str | None, qualifier: str | None, domain: str | None
) -> str:
    names = (service_name, function_name, qualifier)
    if domain is not None:
        if any(name is not None for name in names):
            raise ValueError(
                "domain: its routes name the function; leave out service_name, function_name "
                "and qualifier"
            )
        return ""
    return path(
        "/proxy/{service_name}/{function_name}",
        service_name=required_text("service_name", service_name or ""),
        function_name=required_text("function_name", function_name or ""),
        qualifier=qualifier,
    )


def _checked_method(method: str) -> str:
    verb = required_text("method", method).upper()
    if verb not in _METHODS:
        raise ValueError(f"method: must be one of {', '.join(sorted(_METHODS))}, got {method!r}")
    return verb


def _encoded_path(below: str) -> str:
    checked = required_text("path", below)
    if not checked.startswith("/"):
        raise ValueError(f"path: must start with '/', got {below!r}")
    if "?" in checked or "#" in checked:
        raise ValueError(f"path: must not have '?' or '#', got {below!r}; pass params= for a query")
    if {".", ".."} & set(checked.split("/")):
        raise ValueError(f"path: must not have the segments '.' and '..', got {below!r}")
    return quote(checked, safe=_PATH_CHARACTERS)


def _checked_domain(domain: str | None) -> str:
    checked = text("domain", domain)
    if checked is None:
        return ""
    if _DOMAIN.fullmatch(checked) is None or not _has_valid_port(checked):
        # It may have a password.
        raise ValueError(
            "domain: must be a scheme and a host in ASCII, such as 'https://api.example.com', "
            f"with or without a port, got {shown(checked)!r}"
        )
    parts = urlsplit(checked)
    return f"{parts.scheme}://{parts.netloc}"


def _has_valid_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _checked_params(params: Params | None) -> dict[str, list[str]]:
    queries: dict[str, list[str]] = {}
    for name, value in _pairs(params):
        several = isinstance(value, (list, tuple))
        values = queries.setdefault(required_text("params", name), [])
        values += (_checked_param(name, each) for each in (value if several else [value]))
    # A name with an empty list is not sent, so it must not be signed.
    return {name: values for name, values in queries.items() if values}


def check_unsigned(request: Request) -> None:
    """Raise ValueError if the query has a parameter that a signature in the URL adds."""
    for name in request.http.queries if request.http else ():
        if name in _SIGNATURE_PARAMETERS:
            raise ValueError(f"params: {name!r} is set by presign; leave it out")


def _pairs(params: Params | None) -> list[tuple[str, Any]]:
    if params is None:
        return []
    try:
        pairs = params.items() if isinstance(params, Mapping) else params
        return [(name, value) for name, value in pairs]
    except (TypeError, ValueError):
        kind = type(params).__name__
        raise TypeError(
            f"params: expected a mapping or pairs of name and value, got {kind}"
        ) from None


def _checked_param(name: str, value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    checked = text(f"params[{name!r}]", value)
    if checked is None:
        raise TypeError(f"params[{name!r}]: expected a str, an int or a float, got None")
    return checked


def _checked_headers(
    headers: Mapping[str, str] | None, own_headers: frozenset[str]
) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in (string_map("headers", headers) or {}).items():
        if required_text("headers", name).lower() in own_headers:
            raise ValueError(f"headers: {name!r} is set by the client; leave it out")
        if _HEADER_NAME.fullmatch(name) is None:
            raise ValueError(
                f"headers: {name!r} is not a valid header name: use letters, digits and '-'"
            )
        if name.lower() in map(str.lower, given):
            raise ValueError(f"headers: {name!r} is given twice; join its values with commas")
        given[name] = header(f"headers[{name!r}]", value) or ""
    return given


def parse_http_response(response: Response) -> models.HttpResponse:
    """Return the reply of an HTTP function."""
    return models.HttpResponse(**reply_fields(response), body=response.body)


class HttpFunctionOperations(Engine):
    """Operations that call HTTP functions."""

    def request(
        self,
        method: str,
        service_name: str | None = None,
        function_name: str | None = None,
        path: str = "/",
        *,
        qualifier: str | None = None,
        domain: str | None = None,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        body: Payload | None = None,
        json: Any = None,
        auth: bool = True,
        idempotent: bool | None = None,
    ) -> models.HttpResponse:
        """Call an HTTP function and return its reply, whatever the status.

        Redirects are not followed, and the body is not decompressed.

        Args:
            method: ``GET``, ``POST``, ``PUT``, ``DELETE``, ``HEAD``, ``PATCH``
                or ``OPTIONS``; the trigger decides which it takes.
            service_name: Name of the service.
            function_name: Name of the function, which has an HTTP trigger.
            path: The path that the function sees, decoded; with the query at
                most 4 KB.
            qualifier: Version or alias of the service; None for ``LATEST``.
            domain: Scheme and host of a custom domain, such as
                ``https://api.example.com``, in place of the names; this is
                the operation HTTPInvokeFunctionByDomain.
            params: The query: a mapping of names to a value or a list of
                values, or pairs of name and value.
            headers: Headers for the function, at most 8 KB. Those that start
                with ``x-fc-`` are for the service, such as
                ``x-fc-invocation-type: Async``.
            body: The body: bytes, text (sent as UTF-8), a binary file or an
                iterable of bytes (for AsyncClient also an asynchronous one).
                At most 32 MB, 128 KB for Async.
            json: A value to send as JSON, in place of *body*.
            auth: Sign the call; False sends no credentials, which triggers
                of ``authType`` ``anonymous`` take.
            idempotent: Whether it is safe to run the function twice; if so, a
                lost connection is retried, too. Default: True for ``GET``,
                ``HEAD`` and ``OPTIONS``.
        Returns:
            Status, headers and body as the function sent them; 202 without a
            body for Async.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            TriggerNotFoundError: the function has no HTTP trigger.
            ThrottlingError: the function did not run, for lack of capacity.
        API: ANY /2016-08-15/proxy/{serviceName}[.{qualifier}]/{functionName}/{path}
            (later: HTTPInvokeFunction)
        """
        return self._call(
            http_request(
                method,
                service_name,
                function_name,
                path,
                qualifier=qualifier,
                domain=domain,
                params=params,
                headers=headers,
                body=self._body(body, json, "body"),
                is_json=json is not None,
                signed=auth,
                idempotent=idempotent,
            ),
            parse_http_response,
        )

    def stream(
        self,
        method: str,
        service_name: str | None = None,
        function_name: str | None = None,
        path: str = "/",
        *,
        qualifier: str | None = None,
        domain: str | None = None,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        body: Payload | None = None,
        json: Any = None,
        auth: bool = True,
    ) -> AbstractContextManager[models.HttpStream]:
        """Call an HTTP function and give its reply while it is received.

        Use it as a context manager, which closes the connection on exit. The
        call is made once, without retries.

        Args:
            method: As for :meth:`request`.
            service_name: Name of the service.
            function_name: Name of the function, which has an HTTP trigger.
            path: The path that the function sees, decoded.
            qualifier: Version or alias of the service; None for ``LATEST``.
            domain: Scheme and host of a custom domain, in place of the names.
            params: As for :meth:`request`.
            headers: As for :meth:`request`.
            body: As for :meth:`request`.
            json: A value to send as JSON, in place of *body*.
            auth: Sign the call.
        Returns:
            A context manager that gives the status, the headers and, by
            ``iter_bytes()`` or ``read()``, the body, which may be of any size.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            TriggerNotFoundError: the function has no HTTP trigger.
        API: ANY /2016-08-15/proxy/{serviceName}[.{qualifier}]/{functionName}/{path}
            (later: HTTPInvokeFunction)
        """
        return self._stream(
            http_request(
                method,
                service_name,
                function_name,
                path,
                qualifier=qualifier,
                domain=domain,
                params=params,
                headers=headers,
                body=self._body(body, json, "body"),
                is_json=json is not None,
                signed=auth,
            )
        )

    def presign(
        self,
        method: str,
        service_name: str | None = None,
        function_name: str | None = None,
        path: str = "/",
        *,
        qualifier: str | None = None,
        domain: str | None = None,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        expires_in: int = 3600,
    ) -> str:
        """Return a URL that calls an HTTP function without a key, for some time.

        Nothing is sent. Treat the URL as a secret: everyone who has it can
        make this call.

        Args:
            method: The method that the URL is valid for.
            service_name: Name of the service.
            function_name: Name of the function, which has an HTTP trigger.
            path: The path that the function sees, decoded.
            qualifier: Version or alias of the service; None for ``LATEST``.
            domain: Scheme and host of a custom domain, in place of the names.
            params: The query, as for :meth:`request`.
            headers: Headers that a call by this URL must have, with these
                values: ``Content-Type``, ``Content-MD5`` and ``x-fc-*``.
            expires_in: Seconds from now until the URL expires, at least 1.
        Returns:
            The URL.
        API: ANY /2016-08-15/proxy/{serviceName}[.{qualifier}]/{functionName}{path}
            (later: PresignedHTTPInvokeURL)
        """
        seconds = integer("expires_in", expires_in)
        if seconds is None or seconds < 1:
            raise ValueError(f"expires_in: must be at least 1 second, got {expires_in}")
        request = http_request(
            method,
            service_name,
            function_name,
            path,
            qualifier=qualifier,
            domain=domain,
            params=params,
            headers=headers,
            own_headers=PRESIGN_OWN_HEADERS,
        )
        check_unsigned(request)
        return self._presign(request, seconds)
