"""Client: its options, and how a call is made."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from random import random
from typing import TypeVar

from fc_client import models
from fc_client._call import downloads, responses
from fc_client._call.base import MAX_RESPONSE_SIZE, log_attempt
from fc_client._call.exec_frames import Connection
from fc_client._call.http_streams import HttpStreams
from fc_client._call.progress import DownloadProgress
from fc_client._call.redaction import redact_error, redact_headers
from fc_client._call.retries import RetryPolicy, RetryState
from fc_client._call.websockets import opened
from fc_client._clock import monotonic
from fc_client._messages import Attempt, Headers, LostReplyCheck, Request, Response, build
from fc_client._operations.all_operations import AllOperations
from fc_client._redaction import as_secret
from fc_client._transport.options import Verify
from fc_client._transport.requests_transport import Transport
from fc_client.credentials import Credentials, CredentialsProvider
from fc_client.exceptions import APIError, FCError, TransportError
from fc_client.timeouts import Timeout, TimeoutTypes

__all__ = ["Client"]

T = TypeVar("T")


class Client(HttpStreams, AllOperations):
    """Client of Function Compute, API version 2016-08-15.

    A client can be shared between threads. As a context manager it closes its
    connections on exit.

    Every method checks its arguments before anything is sent and raises
    TypeError or ValueError, naming the argument. Every method may raise:

    - ``InvalidArgumentError``: the service rejects a value; the message names
      the field.
    - ``PermissionDeniedError``: the service rejects the caller.
    - ``ThrottlingError``, ``ServerError``: after the last attempt.
    - ``TransportError``, ``RequestTimeoutError``: no response was received.
    - ``ResponseError``: the response could not be parsed, or was a redirect.

    The docstrings of the methods do not repeat these.

    Args:
        endpoint: URL of the service, such as
            ``https://123456.cn-shanghai.fc.aliyuncs.com``. Default: the
            environment's ``FC_ENDPOINT``, else built from account and region,
            else that of fcli's configuration.
        access_key_id: Default: the first source in the chain of
            :mod:`fc_client.credentials` that has credentials, from the
            environment's ``ALIBABA_CLOUD_ACCESS_KEY_ID`` to the role of an ECS
            instance.
        access_key_secret: Secret of *access_key_id*.
        security_token: STS token of temporary credentials.
        credentials: In place of those three: Credentials, or a callable that
            returns them; it is called before every attempt.
        account_id: Builds the endpoint. With an *endpoint* it is sent in a
            header, so that the endpoint's host may be an IP address. Default:
            ``ALIBABA_CLOUD_ACCOUNT_ID``, else ``FC_ACCOUNT_ID``, which
            functions have.
        region: Builds the endpoint. Default: ``ALIBABA_CLOUD_REGION_ID``, else
            ``ALIBABA_CLOUD_DEFAULT_REGION``, else ``FC_REGION``, which
            functions have, else the aliyun CLI's.
        internal: Build the endpoint of the region's internal network.
        timeout: Seconds to connect and seconds to wait for the response, as a
            pair, or one number for both; a :class:`Timeout` also limits the
            call in all. Default: 5 and 610, a little more than the longest
            run of a function.
        retry: How often, and after which delays, a failed call is retried.
        pool_size: Maximum number of connections; further calls wait for one.
            Default 10.
        verify: False turns off the verification of TLS certificates; a path
            names a CA bundle, a file or a directory. Default: what the
            environment's ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE``,
            ``SSL_CERT_FILE`` or ``SSL_CERT_DIR`` names, else certifi's.
        proxies: URLs by scheme; an empty mapping turns proxies off. Default:
            those of the environment, which is read once; this machine is
            always called directly. A proxy is an ``http`` or ``https`` URL;
            for Client also a SOCKS URL, which needs ``requests[socks]``.
        user_agent: Replaces the User-Agent of this library.
        max_response_size: Bytes; a longer response is a ResponseError.
            Default 1 GiB. Code that is downloaded to a file may be longer, and
            the body of an error has at most 1 MiB.

    Raises:
        ConfigurationError: the endpoint or the credentials are missing or
            invalid; the message says where to set them.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        access_key_id: str | None = None,
        access_key_secret: str | None = None,
        security_token: str | None = None,
        credentials: Credentials | CredentialsProvider | None = None,
        account_id: str | None = None,
        region: str | None = None,
        internal: bool = False,
        timeout: float | tuple[float, float] | Timeout = (5, 610),
        retry: RetryPolicy = RetryPolicy(),
        pool_size: int = 10,
        verify: Verify = True,
        proxies: Mapping[str, str] | None = None,
        user_agent: str | None = None,
        max_response_size: int = MAX_RESPONSE_SIZE,
    ) -> None:
        # Error reports show the arguments of the frames that they list.
        access_key_secret, security_token = as_secret(access_key_secret), as_secret(security_token)
        super().__init__(
            endpoint=endpoint,
            access_key_id=access_key_id,
            access_key_secret=access_key_secret,
            security_token=security_token,
            credentials=credentials,
            account_id=account_id,
            region=region,
            internal=internal,
            timeout=timeout,
            retry=retry,
            user_agent=user_agent,
            max_response_size=max_response_size,
        )
        self._new_transport = partial(
            Transport, pool_size=pool_size, verify=verify, proxies=proxies
        )
        self._transport: Transport = self._new_transport()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, including those of copies by :meth:`with_options`.

        Calls after that raise TransportError.
        """
        self._lifetime.is_over = True
        self._transport.close()

    def with_options(
        self,
        *,
        timeout: float | tuple[float, float] | Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> Client:
        """Return a client with other options that shares the connections.

        Args:
            timeout: As for the constructor; None keeps it.
            retry: As for the constructor; None keeps it.
        """
        client: Client = self._shared()
        if timeout is not None:
            client._timeout = Timeout.of(timeout)
        if retry is not None:
            client._set_retry(retry)
        return client

    def _with_timeout(self, timeout: TimeoutTypes | None) -> Client:
        return self.with_options(timeout=timeout)

    def _call(self, request: Request, parse: Callable[[Response], T]) -> T:
        state = self._retry_state(request)
        try:
            return self._attempts(request, parse, state)
        except FCError as error:
            if error in state.caller_errors:
                raise
            raise redact_error(request.operation, error, state.secrets)  # noqa: B904 - the same one

    def _attempts(self, request: Request, parse: Callable[[Response], T], state: RetryState) -> T:
        while True:
            try:
                response = responses.checked_response(request, self._attempt(request, state))
            except (APIError, TransportError) as error:
                if error in state.caller_errors:
                    raise
                state.record(error)
                check = state.lost_reply_check(error)
                if check is not None:
                    return self._result_of_lost_attempt(check, parse, error)
                with state.caller_errors.noting():
                    recovered = self._recover(error, state.token)
                time.sleep(state.next_delay(error, random(), recovered=recovered))
            else:
                self._budget.earn()
                return responses.parse_response(request.operation, response, parse)

    def _attempt(self, request: Request, state: RetryState) -> Response:
        if self._credentials.needs_refresh:
            # Fetching new ones may take long: do it before the attempt is dated.
            self._credentials()
        self._check_open(request.operation)
        with state.caller_errors.noting():
            attempt = self._signed(request)
        state.token = attempt.headers.get("x-fc-security-token")
        state.secrets.update(attempt.secrets)
        started, response = monotonic(), None
        try:
            sent = self._transport.send(state.caller_errors.noting_body(attempt), state.limits())
            response = redact_headers(attempt, sent)
        finally:
            log_attempt(request.operation, state.number, response, started)
        return response

    def _open_websocket(self, request: Request) -> Connection:
        # Imported late: its library is an extra.
        from fc_client._transport.websocket_connection import open_websocket

        attempt = self._signed(request)
        options = self._connection_options()
        return opened(attempt, open_websocket(attempt, self._timeout.limits(), **options))

    def _result_of_lost_attempt(
        self, check: LostReplyCheck, parse: Callable[[Response], T], refusal: FCError
    ) -> T:
        """Return the result of an attempt whose response was lost, or raise *refusal*."""
        if not check.path:
            return parse(Response(204, Headers()))
        stored = self._call(build(check.operation, "GET", check.path), responses.checked_json)
        if not check.matches(stored.json_object()):
            raise refusal
        return responses.parse_response(check.operation, stored, parse)

    def _download(
        self,
        request: Request,
        parse: Callable[[Response], models.FunctionCode],
        target: downloads.Target,
        progress: DownloadProgress | None,
    ) -> models.FunctionCode:
        download = downloads.Download(target, progress)
        # Begins here: the two requests of a download share one deadline. Code may be of any size.
        state = RetryState(request, self._retry, self._budget, timeout=self._timeout)
        code = self._call(request, parse)
        attempt = self._unsigned(request.operation, code.url)
        try:
            self._fetch(attempt, code, download, state)
        except FCError as error:
            if download.has_own_failure:
                raise
            raise redact_error(request.operation, error, attempt.secrets)  # noqa: B904 - the same one
        return code

    def _fetch(
        self,
        attempt: Attempt,
        code: models.FunctionCode,
        download: downloads.Download,
        state: RetryState,
    ) -> None:
        """Download *code* from its pre-signed URL, with retries."""
        while True:
            try:
                self._fetch_once(attempt, code, download, state)
            except (APIError, TransportError) as error:
                if download.has_own_failure:
                    raise
                state.record(error)
                delay = state.next_delay(error, random(), recovered=False)
                download.start_over(error)
                time.sleep(delay)
            else:
                self._budget.earn()
                return

    def _fetch_once(
        self,
        attempt: Attempt,
        code: models.FunctionCode,
        download: downloads.Download,
        state: RetryState,
    ) -> None:
        limits = state.limits()
        started, response = monotonic(), None
        try:
            with self._transport.stream(attempt, limits) as (response, chunks):
                responses.raise_for_status(attempt.operation, response)
                download.receive(chunks, response.content_length, code.checksum, limits)
                download.raise_failure()
        finally:
            log_attempt(attempt.operation, state.number, response, started)
