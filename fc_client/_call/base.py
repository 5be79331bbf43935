"""What both clients share and what needs no I/O: options, signing, the log."""

from __future__ import annotations

import copy
import logging
import sys
from collections.abc import Mapping
from functools import partial
from typing import Any, NoReturn, SupportsIndex, TypeVar, cast

from fc_client import _arguments, signing
from fc_client._call.clock import Clock
from fc_client._call.redaction import url_secrets
from fc_client._call.retries import RetryBudget, RetryPolicy, RetryState
from fc_client._call.uploads import Uploads
from fc_client._clock import monotonic
from fc_client._messages import (
    JSON,
    Attempt,
    HttpCall,
    Request,
    Response,
    Stream,
    origin_of,
    query_of,
)
from fc_client._redaction import Environment, Secret
from fc_client._version import __version__
from fc_client.config import of_context, resolve
from fc_client.credentials import Credentials, CredentialsProvider
from fc_client.credentials.chain import find_credentials
from fc_client.credentials.providers import says_token_expired
from fc_client.exceptions import (
    APIError,
    FCError,
    RequestTimeTooSkewedError,
    TransportError,
)
from fc_client.timeouts import Limits, Timeout

log = logging.getLogger("fc_client")

C = TypeVar("C", bound="BaseClient")

# Bytes. The service sends 32 MB at most.
MAX_RESPONSE_SIZE = 1024**3


# A deep copy shares these, or has new ones.
_NOT_COPIED = frozenset({"_credentials", "_lifetime", "_new_transport", "_transport"})


class Lifetime:
    """Whether a client, and all of its copies by *with_options*, have been closed."""

    is_over = False


class BaseClient:
    """Options of a client, and the parts of a call that need no network."""

    # Error reports show the repr of a client whose constructor failed.
    _endpoint = ""
    _new_transport: partial[Any]
    _transport: Any

    def __init__(
        self,
        *,
        endpoint: str | None,
        access_key_id: str | None,
        access_key_secret: str | None,
        security_token: str | None,
        credentials: Credentials | CredentialsProvider | None,
        account_id: str | None,
        region: str | None,
        internal: bool,
        timeout: float | tuple[float, float] | Timeout,
        retry: RetryPolicy,
        user_agent: str | None,
        max_response_size: int,
    ) -> None:
        environ = Environment()
        settings = resolve(
            endpoint=endpoint,
            account_id=_arguments.header("account_id", account_id),
            region=_arguments.text("region", region),
            internal=internal,
            environ=environ,
        )
        self._endpoint = settings.endpoint
        self._host = host_header(settings.endpoint)
        self._account_id = settings.account_id
        self._credentials = find_credentials(
            credentials=credentials,
            access_key_id=access_key_id,
            access_key_secret=access_key_secret,
            security_token=security_token,
            environ=environ,
        )
        self._timeout = Timeout.of(timeout)
        self._max_response_size = _checked_size(max_response_size)
        self._set_retry(retry)
        self._lifetime = Lifetime()
        self._clock = Clock(secure=settings.endpoint.startswith("https:"))
        self._unsigned_headers = {
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "User-Agent": _arguments.header("user_agent", user_agent) or default_user_agent(),
        }

    @property
    def endpoint(self) -> str:
        """The endpoint: scheme, host and port."""
        return self._endpoint

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._endpoint!r})"

    def __copy__(self) -> Any:
        """Return a client with connections of its own."""
        return self._copied(vars(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Return a client with connections of its own; the source of credentials is shared."""
        copied = memo[id(self)] = self._copied({})
        for name, value in vars(self).items():
            if name not in _NOT_COPIED:
                setattr(copied, name, copy.deepcopy(value, memo))
        return copied

    def _copied(self, attributes: Mapping[str, Any]) -> Any:
        copied = type(self).__new__(type(self))
        own = {
            "_credentials": self._credentials,
            "_lifetime": Lifetime(),
            "_new_transport": self._new_transport,
            "_transport": self._new_transport(),
        }
        vars(copied).update({**attributes, **own})
        return copied

    def _shared(self) -> Any:
        """Return a copy that shares connections and lifetime."""
        copied = type(self).__new__(type(self))
        vars(copied).update(vars(self))
        return copied

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        name = type(self).__name__
        raise TypeError(
            f"{name} cannot be pickled: it has an access key and connections; "
            "make one in each process, for example in the initializer of a pool"
        )

    @classmethod
    def from_context(  # noqa: PYI019 - Self came with Python 3.11
        cls: type[C],
        context: object,
        *,
        endpoint: str | None = None,
        internal: bool = False,
        **options: Any,
    ) -> C:
        """Return a client for use in a function, with the credentials of its service's role.

        These credentials are valid for the invocation, so make a client for
        each, and close it.

        Args:
            context: The second argument of the function's handler, or a
                mapping of the same form.
            endpoint: Default: the environment's ``FC_ENDPOINT``, which the
                embedded Function Compute sets, else that of the account and
                region of the function.
            internal: Use the region's internal network.
            options: Further arguments of the constructor.
        Raises:
            TypeError: *context* has no credentials.
            ConfigurationError: the endpoint is missing or invalid.
        """
        settings = {} if endpoint else of_context(context, Environment())
        return cls(
            endpoint=endpoint,
            internal=internal,
            credentials=Credentials.from_context(context),
            **{**settings, **options},
        )

    def _retry_state(self, request: Request) -> RetryState:
        return RetryState(
            request,
            self._retry,
            self._budget,
            timeout=self._timeout,
            max_response_size=self._max_response_size,
        )

    def _stream_limits(self, request: Request) -> Limits:
        """Return the limits of a call whose reply may be of any size."""
        return RetryState(request, self._retry, self._budget, timeout=self._timeout).limits()

    def _set_retry(self, retry: RetryPolicy) -> None:
        self._retry = checked_retry(retry)
        self._budget = RetryBudget(retry.budget)

    def _recover(self, error: FCError, token: str | None) -> bool:
        """Renew an expired token or correct the clock, if *error* is due to that.

        Args:
            error: The error of an attempt.
            token: The security token that the attempt was sent with.

        Returns:
            Whether another attempt can succeed because of it.
        """
        if isinstance(error, APIError) and says_token_expired(error):
            return self._credentials.renew(token)
        return isinstance(error, RequestTimeTooSkewedError) and self._clock.correct(error)

    def _signed(self, request: Request) -> Attempt:
        """Return *request* as an attempt, dated now and signed."""
        self._check_open(request.operation)
        origin, host = self._endpoint, self._host
        if request.http is not None and request.http.origin:
            origin = request.http.origin
            host = host_header(origin)
        url = f"{origin}{request.path}{request.query}"
        headers = {"Host": host, "Date": self._clock.gmt_date(), **request.headers}
        secrets = self._sign(request, headers)
        length = content_length(request)
        if length is not None:
            headers["Content-Length"] = str(length)
        headers = {**headers, **self._unsigned_headers}
        return Attempt(request.operation, request.method, url, headers, request.body, secrets)

    def _sign(self, request: Request, headers: dict[str, str]) -> tuple[str, ...]:
        """Add to *headers* what the signature needs, and the signature; return its secrets."""
        if request.body and isinstance(request.body, bytes):
            headers["Content-MD5"] = signing.content_md5(request.body)
        http = request.http
        if http is None:
            headers.setdefault("Content-Type", JSON)
        elif not http.signed:
            return ()
        credentials = self._credentials()
        if self._account_id:
            headers["x-fc-account-id"] = self._account_id
        if credentials.security_token:
            headers["x-fc-security-token"] = credentials.security_token
        authorization = _authorization(request, headers, credentials)
        headers["Authorization"] = authorization
        return (
            Secret(authorization.rpartition(":")[2]),
            credentials.access_key_secret,
            credentials.security_token or "",
        )

    def _presigned(self, request: Request, seconds: int) -> str:
        """Return the URL of *request* with a signature that is valid for *seconds* from now."""
        http = cast("HttpCall", request.http)
        credentials = self._credentials()
        queries = {
            **http.queries,
            "x-fc-expires": [str(self._clock.now() + seconds)],
            "x-fc-access-key-id": [credentials.access_key_id],
        }
        if credentials.security_token:
            queries["x-fc-security-token"] = [credentials.security_token]
        queries["x-fc-signature"] = [
            signing.presigned_signature(
                credentials.access_key_secret,
                request.method,
                request.signed_path,
                request.headers,
                queries,
            )
        ]
        return Secret(f"{http.origin or self._endpoint}{request.path}{query_of(queries)}")

    def _uploads(self) -> Uploads:
        return Uploads(
            self._endpoint,
            self._account_id,
            (self._timeout.connect, self._timeout.read),
            self._retry,
            **self._connection_options(),
        )

    def _connection_options(self) -> dict[str, Any]:
        """Return the options of the transport that other connections of this client have."""
        return {name: self._new_transport.keywords[name] for name in ("verify", "proxies")}

    def _check_open(self, operation: str) -> None:
        if self._lifetime.is_over:
            raise TransportError(
                "the client is closed; make another one",
                operation=operation,
                request_sent=False,
                client_closed=True,
            )

    def _unsigned(self, operation: str, url: str) -> Attempt:
        """Return an attempt to GET *url*, which carries its own permission."""
        self._check_open(operation)
        headers = {"Host": host_header(origin_of(url)), **self._unsigned_headers}
        return Attempt(operation, "GET", url, headers, secrets=url_secrets(url))


def _authorization(
    request: Request, headers: Mapping[str, str], credentials: Credentials
) -> Secret:
    return Secret(
        signing.authorization(
            credentials.access_key_id,
            credentials.access_key_secret,
            request.method,
            request.signed_path,
            headers,
            None if request.http is None else request.http.queries,
        )
    )


def host_header(endpoint: str) -> str:
    """Return the Host header for requests to *endpoint*, without the scheme's default port."""
    scheme, _, host = endpoint.partition("://")
    return host.removesuffix(":443" if scheme == "https" else ":80")


def content_length(request: Request) -> int | None:
    """Return the value of Content-Length; None if the length is unknown or there is no body."""
    if isinstance(request.body, Stream):
        return request.body.length
    length = len(request.body)
    return length if length or request.method in ("POST", "PUT") else None


def default_user_agent() -> str:
    """Return the User-Agent of this library."""
    python = ".".join(map(str, sys.version_info[:3]))
    return f"aliyun-fc-client/{__version__} python/{python} {sys.platform}"


def _checked_size(size: int) -> int:
    checked = _arguments.integer("max_response_size", size)
    if checked is None or checked < 1:
        raise ValueError(f"max_response_size: must be at least 1 byte, got {checked}")
    return checked


def checked_retry(retry: RetryPolicy) -> RetryPolicy:
    """Return *retry*; TypeError if it is not a RetryPolicy."""
    if not isinstance(retry, RetryPolicy):
        raise TypeError(f"retry: expected a RetryPolicy, got {type(retry).__name__}")
    return retry


def log_attempt(operation: str, attempt: int, response: Response | None, started: float) -> None:
    """Log one DEBUG line about an attempt: neither headers nor a body.

    Args:
        operation: The guide's name of the operation.
        attempt: Number of the attempt, from 1.
        response: The response, or None if none was received.
        started: When the attempt began, by the monotonic clock.
    """
    if not log.isEnabledFor(logging.DEBUG):
        return
    milliseconds = (monotonic() - started) * 1000
    outcome = "no response"
    if response is not None:
        outcome = f"{response.status_code} (request id {response.request_id})"
    log.debug("%s attempt %d: %s in %.1f ms", operation, attempt, outcome, milliseconds)
