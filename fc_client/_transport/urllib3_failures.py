"""What urllib3 and requests raise, as errors of this library."""

from __future__ import annotations

import ssl

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from fc_client._redaction import strip_tracebacks
from fc_client._transport import failures, http1
from fc_client.exceptions import RequestTimeoutError, ResponseError, TransportError


def failure_of(exc: BaseException) -> TransportError | ResponseError:
    """Return this library's error for what urllib3, or requests on top of it, raised."""
    cause = _cause(exc)
    # In the middle of a body requests calls a timeout a ConnectionError.
    late = isinstance(cause, (requests.Timeout, ConnectTimeoutError))
    # In urllib3 1.26, a refused connection is a kind of timeout.
    late = late and not isinstance(cause, NewConnectionError)
    if isinstance(cause, (TimeoutError, http1.ProtocolError)):
        return failures.receiving(cause)
    if isinstance(cause, ReadTimeoutError):
        return failures.receiving(TimeoutError())
    kind = RequestTimeoutError if late else TransportError
    error = kind(_words(cause), request_sent=not certainly_not_sent(cause))
    error.__cause__ = strip_tracebacks(exc)
    return error


def _cause(exc: BaseException) -> BaseException:
    """Return what requests and urllib3 have wrapped into others of their exceptions."""
    inner = exc.args[0] if exc.args else None
    if isinstance(inner, MaxRetryError) or (
        isinstance(inner, (HTTPError, OSError)) and not isinstance(exc, HTTPError)
    ):
        exc = inner
    return (exc.reason or exc) if isinstance(exc, MaxRetryError) else exc


def certainly_not_sent(cause: BaseException) -> bool:
    """Return whether nothing of a request can have reached the service."""
    if isinstance(cause, ProxyError):
        # urllib3 says it as well of a proxy that hangs up after it took the request.
        cause = cause.original_error
        if str(cause).startswith("Tunnel connection failed"):
            return True
    if isinstance(cause, SSLError):
        # Other failures of TLS may come in the middle of a call.
        return bool(cause.args) and isinstance(cause.args[0], ssl.CertificateError)
    return isinstance(cause, (ConnectTimeoutError, NewConnectionError))


def _words(cause: BaseException) -> str:
    root = failures.root_of(cause)
    said = failures.words(cause)
    return said if root is cause or str(root) in said else f"{said}: {failures.words(root)}"
