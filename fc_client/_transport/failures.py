"""What went wrong below a call, as this library's errors."""

from __future__ import annotations

import socket

from fc_client._redaction import strip_tracebacks
from fc_client._transport.http1 import TooLargeError
from fc_client.exceptions import RequestTimeoutError, ResponseError, TransportError

_SOCKET_MODULES = ("fc_client.", "ssl", "socket", "gevent", "eventlet", "urllib3")


class Carried(Exception):  # noqa: N818 - it only carries one
    """Carries an exception of the caller's own code through an HTTP library.

    The library would take some of them for failures of its own.

    Attributes:
        exception: What the caller gets.
    """

    def __init__(self, exception: BaseException) -> None:
        super().__init__(exception)
        self.exception = exception


def connecting(host: str, exc: BaseException) -> TransportError:
    """Return the error for a connection that could not be opened.

    Args:
        host: Host and port.
        exc: What the HTTP library raised.
    """
    reason = root_of(exc)
    kind = RequestTimeoutError if isinstance(reason, TimeoutError) else TransportError
    verb = "resolve" if isinstance(reason, socket.gaierror) else "connect to"
    return _error(kind, f"cannot {verb} {host}: {words(reason)}", exc, sent=False)


def sending(exc: BaseException) -> TransportError:
    """Return the error for a request that could not be sent whole."""
    if isinstance(exc, TimeoutError):
        return _error(RequestTimeoutError, "timed out sending the request body", exc, sent=True)
    return _error(TransportError, f"the request could not be sent: {words(exc)}", exc, sent=True)


def receiving(exc: BaseException) -> TransportError | ResponseError:
    """Return the error for a response that did not come, or not whole, or is too large."""
    if isinstance(exc, TooLargeError):
        return ResponseError(str(exc))
    if isinstance(exc, TimeoutError):
        return _error(RequestTimeoutError, "timed out waiting for the response", exc, sent=True)
    return _error(TransportError, words(exc), exc, sent=True)


def waiting(exc: BaseException) -> TransportError:
    """Return the error for a call that waited too long for a connection of its own pool."""
    message = "timed out waiting for a free connection; consider a larger pool_size"
    return _error(RequestTimeoutError, message, exc, sent=False)


def closed(exc: BaseException, *, sent: bool) -> TransportError:
    """Return the error for a call whose client was closed while it was under way."""
    return _error(TransportError, "the client was closed", exc, sent=sent, client_closed=True)


def _error(
    kind: type[TransportError],
    message: str,
    exc: BaseException,
    *,
    sent: bool,
    client_closed: bool = False,
) -> TransportError:
    error = kind(message, request_sent=sent, client_closed=client_closed)
    error.__cause__ = strip_tracebacks(exc)
    return error


def root_of(exc: BaseException) -> BaseException:
    """Return the failure of the system that an HTTP library's exception came from."""
    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, OSError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return exc


def words(exc: BaseException) -> str:
    """Return what to say of a failure, with a hint where its own words do not help."""
    said = getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
    if isinstance(exc, TimeoutError):
        return "timed out"
    if "WRONG_VERSION_NUMBER" in str(exc):
        return f"{said}: the server does not speak TLS; did you mean http://?"
    return said


def is_from_elsewhere(exc: BaseException) -> bool:
    """Return whether an OSError came from a signal handler and not from a socket.

    A handler that ends a wait may well raise TimeoutError: the caller wants to
    see that one, not what this library makes of a socket's.
    """
    frame = None
    traceback = exc.__traceback__
    while traceback is not None:
        frame, traceback = traceback.tb_frame, traceback.tb_next
    return frame is not None and not frame.f_globals.get("__name__", "").startswith(_SOCKET_MODULES)
