"""requests lives here and nowhere else: bytes out, bytes in, typed failures."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

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

from fc_client import _arguments
from fc_client._messages import Attempt, Headers, Response, Stream
from fc_client._redaction import strip_tracebacks
from fc_client._transport.options import (
    LONGEST_IDLE,
    ca_bundle,
    checked_pool_size,
    environment_proxies,
    explained,
    origin_of,
)
from fc_client._transport.requests_session import SentHeaders, Session
from fc_client.exceptions import RequestTimeoutError, TransportError

Timeout = tuple[float, float]
Chunks = Iterator[bytes]

_CHUNK_BYTES = 256 * 1024

# What urllib3 reports where the connection never came to carry a request.
_NOT_CONNECTED = (ConnectTimeoutError, NewConnectionError)


class Transport:
    """A pool of connections, safe to share between threads.

    Args:
        pool_size: How many connections there are; more threads wait for one.
        verify: As requests has it: False, or the path of a CA bundle; True
            takes the bundle that the environment names, else certifi's.
        proxies: URLs by scheme; None takes the environment's.
        longest_idle: Seconds after which an idle connection is not used.

    Raises:
        TypeError: an argument has a wrong type.
        ValueError: *pool_size* is less than 1.
        ConfigurationError: there is no CA bundle where one was named.
    """

    def __init__(
        self,
        *,
        pool_size: int = 10,
        verify: bool | str = True,
        proxies: Mapping[str, str] | None = None,
        longest_idle: float = LONGEST_IDLE,
    ) -> None:
        self._pool_size = checked_pool_size(pool_size)
        self._longest_idle = longest_idle
        self._open()
        self._verify = ca_bundle(verify)
        self._proxies = _arguments.string_map("proxies", proxies)
        self._environment_proxies: dict[str, dict[str, str]] = {}

    def _open(self) -> None:
        self._session = Session(self._pool_size, self._longest_idle)
        self._process = os.getpid()

    def send(self, attempt: Attempt, timeout: Timeout) -> Response:
        """Send one attempt and return the reply, read to its end.

        Raises:
            RequestTimeoutError: no connection or no reply in time.
            TransportError: no reply for another reason.
        """
        reply = self._send(attempt, timeout)
        try:
            return _response(reply, reply.raw.read(decode_content=True))
        except _UNREADABLE as exc:
            # Half read, it would keep its connection for as long as the error is kept.
            reply.close()
            raise _typed(exc, attempt.operation) from strip_tracebacks(exc)

    @contextmanager
    def stream(self, attempt: Attempt, timeout: Timeout) -> Iterator[tuple[Response, Chunks]]:
        """Send one attempt and give the reply, with its body as chunks.

        The reply's own body is empty unless it is an error's.

        Raises:
            RequestTimeoutError: no connection or no reply in time.
            TransportError: no reply for another reason.
        """
        with self._send(attempt, timeout) as reply:
            chunks = _chunks(attempt.operation, reply)
            yield _response(reply, b"" if reply.ok else b"".join(chunks)), chunks

    def _send(self, attempt: Attempt, timeout: Timeout) -> requests.Response:
        if self._process != os.getpid():
            # A fork's child would share its parent's connections, and get its replies.
            self._open()
        try:
            return self._session.send(
                _prepared(attempt),
                timeout=timeout,
                verify=self._verify,
                proxies=self._proxies_of(attempt.url),
                # Read by the caller, in one piece where it is wanted in one.
                stream=True,
                allow_redirects=False,
            )
        except _BodyError as marked:
            failure = marked.failure
        except _FAILURES as exc:
            raise _typed(exc, attempt.operation) from strip_tracebacks(exc)
        try:
            raise failure
        finally:
            # A failure that its own traceback refers to would stay, and files open.
            del failure

    def _proxies_of(self, url: str) -> dict[str, str]:
        if self._proxies is not None:
            return self._proxies
        origin = origin_of(url)
        if origin not in self._environment_proxies:
            self._environment_proxies[origin] = environment_proxies(origin)
        return self._environment_proxies[origin]

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()


def _prepared(attempt: Attempt) -> requests.PreparedRequest:
    # All is encoded and signed: what prepare() would do again is left out.
    prepared = requests.PreparedRequest()
    prepared.method = attempt.method
    prepared.url = attempt.url
    prepared.headers = SentHeaders(attempt.headers)  # type: ignore[assignment]
    body = attempt.body
    # An iterator is sent as it is read, which requests' types do not know.
    prepared.body = _marked(body.open()) if isinstance(body, Stream) else body or None  # type: ignore[arg-type, assignment]
    prepared.hooks = {"response": []}
    return prepared


class _BodyError(Exception):
    """A body could not be read; *failure* says why."""

    def __init__(self, failure: Exception) -> None:
        super().__init__(failure)
        self.failure = failure


def _marked(chunks: Chunks) -> Chunks:
    """Yield *chunks*; mark what they raise, which may look like a failed connection."""
    try:
        yield from chunks
    except Exception as exc:
        raise _BodyError(exc) from exc


def _response(reply: requests.Response, body: bytes) -> Response:
    return Response(reply.status_code, Headers(reply.headers.items()), body)


def _chunks(operation: str, reply: requests.Response) -> Chunks:
    try:
        yield from reply.iter_content(_CHUNK_BYTES)
    except _UNREADABLE as exc:
        raise _typed(exc, operation) from strip_tracebacks(exc)


# What requests and urllib3 raise where no reply came, or not all of it; the
# last two for a length that nobody can take.
_FAILURES = (requests.RequestException, HTTPError, MemoryError, OverflowError)

# In a body a ValueError, too: for a chunk of less than no bytes.
_UNREADABLE = (*_FAILURES, ValueError)


def _typed(exc: Exception, operation: str) -> TransportError:
    """Return this library's error for a failure of requests or urllib3."""
    # In the middle of a body requests calls a timeout a ConnectionError.
    late = isinstance(exc, (requests.Timeout, ReadTimeoutError)) or isinstance(
        _cause(exc), ReadTimeoutError
    )
    kind = RequestTimeoutError if late else TransportError
    return kind(_words(exc), operation=operation, request_sent=not _certainly_not_sent(exc))


def _cause(exc: BaseException) -> Any:
    """Return what lies under requests' and urllib3's wrapping."""
    inner = exc.args[0] if exc.args else None
    return inner.reason if isinstance(inner, MaxRetryError) else inner


def _certainly_not_sent(exc: Exception) -> bool:
    cause = _cause(exc)
    if isinstance(cause, ProxyError):
        # Said of a proxy that hangs up after it took the request, too.
        cause = cause.original_error
    if isinstance(cause, SSLError):
        # Other TLS failures may come in the middle of a call.
        return bool(cause.args) and isinstance(cause.args[0], ssl.CertificateError)
    return isinstance(cause, _NOT_CONNECTED)


def _words(exc: Exception) -> str:
    cause = _cause(exc)
    return explained(str(cause if isinstance(cause, Exception) else exc)) or type(exc).__name__
