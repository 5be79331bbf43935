"""Calls the official client libraries, and turns their errors into those of this library."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from fc_client._clock import monotonic
from fc_client._transport.options import ca_bundle
from fc_client.cloud._failures import FailedAttempt, error_of, observed
from fc_client.cloud._results import missing_result
from fc_client.config import normalised
from fc_client.credentials import Credentials

__all__ = ["Sdk"]

log = logging.getLogger("fc_client")


class Sdk:
    """An official client library, with the settings of one client.

    Args:
        package: The package of the library.
        endpoint: Scheme, host and port.
        credentials: Credentials, or a callable that returns them before each call.
        timeout: Longest wait for the connection, and for the response, in seconds.
        service: The name of the service in policies.
        extra: The extra that installs the library.

    Raises:
        ConfigurationError: the endpoint is not a URL.
    """

    def __init__(
        self,
        package: str,
        endpoint: str,
        credentials: Credentials | Callable[[], Credentials],
        timeout: float,
        *,
        service: str = "",
        extra: str = "fcli",
    ) -> None:
        self._package = package
        self._service = service
        self._extra = extra
        self.endpoint = normalised(endpoint)
        self._credentials = credentials
        self._timeout = timeout
        self._client: tuple[Credentials, Any] | None = None

    def request(self, name: str, **fields: Any) -> Any:
        """Return a request of the library; None means "leave out"."""
        return getattr(self._module("models"), name)(**fields)

    def call(self, operation: str, method: str, *arguments: Any) -> dict[str, Any]:
        """Call a method of the library; return the JSON of the response.

        Args:
            operation: The service's name of the operation, for errors.
            method: The name of the method.
            arguments: Those of the method.

        Raises:
            CloudError: the service, or what is in front of it, returned an error.
            TransportError: no response was received.
            ResponseError: the response could not be parsed, or lacks the result.
            ImportError: the library is not installed.
        """
        credentials = self._credentials() if callable(self._credentials) else self._credentials
        client = self._client_of(credentials)
        library_error = import_module("Tea.exceptions").TeaException
        _log_request(operation, self.endpoint, arguments)
        started = monotonic()
        try:
            response = getattr(client, method)(*arguments)
        except (FailedAttempt, library_error) as exc:
            error = error_of(exc, operation, self.endpoint, self._service)
            _log_outcome(operation, error.status_code, error.request_id, started)
        else:
            body = response.to_map().get("body")
            body = body if isinstance(body, dict) else {}
            # RAM has the ID in the body, Log Service in a header.
            request_id = body.get("RequestId") or (response.headers or {}).get("x-log-requestid")
            _log_outcome(operation, response.status_code, request_id, started)
            missing = missing_result(operation, body, response.status_code)
            if missing is None:
                return body
            error = missing
        # Raised here, since the library's error has the signed request in it.
        error.redact((credentials.access_key_secret, credentials.security_token))
        raise error

    def _client_of(self, credentials: Credentials) -> Any:
        if self._client is None or self._client[0] != credentials:
            client = self._module("client").Client(self._config(credentials))
            self._client = (credentials, client)
        return self._client[1]

    def _config(self, credentials: Credentials) -> Any:
        models = import_module("alibabacloud_tea_openapi.utils_models")
        parts = urlsplit(self.endpoint)
        bundle = ca_bundle(True)
        milliseconds = int(self._timeout * 1000)
        return models.Config(
            access_key_id=credentials.access_key_id,
            access_key_secret=credentials.access_key_secret,
            security_token=credentials.security_token,
            endpoint=parts.netloc,
            protocol=parts.scheme,
            connect_timeout=milliseconds,
            read_timeout=milliseconds,
            ca=bundle if isinstance(bundle, str) else None,
            http_proxy=self._server_as_proxy(),
            retry_options=observed(),
        )

    def _server_as_proxy(self) -> str | None:
        """Return the endpoint if its host cannot have names in front of it in DNS.

        A request to a project of Log Service goes to PROJECT.HOST. The embedded
        server is reached by its address or its own name alone, so it is used as
        the proxy of such requests.
        """
        parts = urlsplit(self.endpoint)
        is_cloud = (parts.hostname or "").endswith(".aliyuncs.com")
        return self.endpoint if parts.scheme == "http" and not is_cloud else None

    def _module(self, name: str) -> Any:
        try:
            return import_module(f"{self._package}.{name}")
        except ModuleNotFoundError as exc:
            if (exc.name or "").partition(".")[0] != self._package:
                raise
            raise ImportError(
                f"this needs {self._package}: pip install 'aliyun-fc-client[{self._extra}]'",
                name=self._package,
            ) from exc


def _log_request(operation: str, endpoint: str, arguments: tuple[Any, ...]) -> None:
    """Log what a method of the library is called with: the request before it is signed."""
    if log.isEnabledFor(logging.DEBUG):
        shown = [each if isinstance(each, str) else each.to_map() for each in arguments]
        text = " ".join(json.dumps(each, ensure_ascii=False) for each in shown)
        log.debug("%s to %s: %s", operation, endpoint, text)


def _log_outcome(
    operation: str, status_code: int | None, request_id: str | None, started: float
) -> None:
    milliseconds = (monotonic() - started) * 1000
    outcome = "no response" if status_code is None else f"{status_code} (request id {request_id})"
    log.debug("%s: %s in %.1f ms", operation, outcome, milliseconds)
