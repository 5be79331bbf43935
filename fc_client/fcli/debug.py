"""Shows the requests and responses of ``--debug`` on stderr, without secrets."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from fc_client._disclosure import masked
from fc_client._messages import Attempt, Response
from fc_client._transport.requests_transport import Chunks, Transport
from fc_client.client import Client
from fc_client.fcli.configuration import SECRET_KEYS, Configuration
from fc_client.timeouts import Limits

__all__ = ["DebugClient", "show_settings"]

log = logging.getLogger("fc_client")

# The signature, and the log of a function, which may have anything in it.
_MASKED_HEADERS = frozenset({"authorization", "x-fc-security-token", "x-fc-log-result"})


def show_settings(settings: Configuration) -> None:
    """Send the log of the library to stderr, and begin it with the settings that are no secrets."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    for key, value in settings.values.items():
        if key not in SECRET_KEYS:
            log.debug("%s: %s (%s)", key, value.text, value.source)


class DebugClient(Client):
    """A client that logs the URL and the headers of each attempt, and those of its response."""

    def __init__(self, endpoint: str | None, *, pool_size: int, **options: Any) -> None:
        super().__init__(endpoint, pool_size=pool_size, **options)
        self._new_transport = partial(_DebugTransport, pool_size=pool_size)
        self._transport = self._new_transport()


class _DebugTransport(Transport):
    def send(self, attempt: Attempt, limits: Limits) -> Response:
        _log_attempt(attempt)
        response = super().send(attempt, limits)
        _log_response(attempt, response)
        return response

    @contextmanager
    def stream(self, attempt: Attempt, limits: Limits) -> Iterator[tuple[Response, Chunks]]:
        _log_attempt(attempt)
        with super().stream(attempt, limits) as (response, chunks):
            _log_response(attempt, response)
            yield response, chunks


def _log_attempt(attempt: Attempt) -> None:
    # A URL without a signature in the headers is pre-signed: its query is the permission.
    is_signed = any(name.lower() == "authorization" for name in attempt.headers)
    url = attempt.url if is_signed else masked(attempt.url, attempt.secrets)
    log.debug("> %s %s", attempt.method, url)
    _log_headers(">", attempt.headers.items(), attempt)


def _log_response(attempt: Attempt, response: Response) -> None:
    log.debug("< %d", response.status_code)
    _log_headers("<", response.headers.items(), attempt)


def _log_headers(direction: str, headers: Iterable[tuple[str, str]], attempt: Attempt) -> None:
    for name, value in headers:
        shown = "***" if name.lower() in _MASKED_HEADERS else masked(value, attempt.secrets)
        log.debug("%s %s: %s", direction, name, shown)
