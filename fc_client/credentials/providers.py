"""Providers: each gives the credentials of an attempt and refreshes them in time."""

from __future__ import annotations

import logging
import math
import os
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import NamedTuple, Protocol

from fc_client.credentials import Credentials, CredentialsProvider
from fc_client.credentials.sources import Source
from fc_client.exceptions import APIError, ConfigurationError

log = logging.getLogger("fc_client")

# Seconds before credentials expire at which new ones are fetched.
_REFRESH_LEAD = 300.0

# Least seconds between two refreshes, whatever the first one brought.
_MIN_INTERVAL = 5.0

# Most seconds between them, for credentials that expire.
_MAX_INTERVAL = 86_400.0


class Provider(Protocol):
    """Called before every attempt; returns the credentials to sign it with."""

    @property
    def needs_refresh(self) -> bool:
        """Whether the next call reads a file or the network."""

    def __call__(self) -> Credentials:
        """Return the credentials to sign an attempt with."""

    def renew(self, token: str | None) -> bool:
        """Replace credentials whose *token* the service says has expired.

        Returns:
            Whether there are others now, so that the call can be repeated.
        """


class StaticProvider:
    """Returns the same credentials every time."""

    needs_refresh = False

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def __call__(self) -> Credentials:
        """Return the credentials."""
        return self._credentials

    def renew(self, token: str | None) -> bool:  # noqa: ARG002 - Provider's
        """Return False: there are no others."""
        return False


class CallableProvider:
    """Calls a function of the user for every attempt."""

    needs_refresh = False

    def __init__(self, function: CredentialsProvider) -> None:
        self._function = function

    def __call__(self) -> Credentials:
        """Return what the function returns."""
        found = self._function()
        if not isinstance(found, Credentials):
            raise TypeError(
                f"credentials: the callable must return Credentials, got {type(found).__name__}"
            )
        return found

    def renew(self, token: str | None) -> bool:
        """Return True if a token was sent: the function may return another by now."""
        return token is not None


class _Current(NamedTuple):
    """The credentials in use, by the monotonic clock: when to refresh them, when they expire."""

    credentials: Credentials
    refresh_at: float = math.inf
    expires_at: float = math.inf


class RefreshingProvider:
    """Returns the credentials of a source and refreshes them before they expire.

    One thread refreshes while the others keep using the old credentials. They
    wait for it only when the old ones have expired.

    Args:
        source: Returns new credentials, or why there are none.
        name: The source's name, for messages.
        first: The credentials to start with.
        now: The clock of the time of day. It only says how long new
            credentials are valid; a clock that is set later changes nothing.
        monotonic: Returns seconds of a clock that is never set.
        jitter: Returns a number from 0 to 1, so that processes do not all
            refresh at the same moment.
    """

    def __init__(
        self,
        source: Source,
        name: str,
        first: Credentials,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._source = source
        self._name = name
        self._now = now
        self._monotonic = monotonic
        self._jitter = jitter
        self._failure: str | None = None
        self._not_before = monotonic()
        self._locks: dict[int, threading.Lock] = {}
        self._current = self._scheduled(first)

    @property
    def needs_refresh(self) -> bool:
        """Whether it is time to refresh."""
        return self._monotonic() >= max(self._current.refresh_at, self._not_before)

    def __call__(self) -> Credentials:
        """Return the credentials, refreshed if it is time."""
        if self.needs_refresh:
            self._refresh_in_one_thread()
        current = self._current
        # Without a failure the source has nothing newer, and the clock here
        # may be wrong: the service decides.
        if self._failure is not None and self._has_expired(current):
            raise ConfigurationError(
                "credentials have expired and could not be refreshed: "
                f"{self._name}: {self._failure}"
            )
        return current.credentials

    def renew(self, token: str | None) -> bool:
        """Refresh if *token* is still in use; return whether another is in use now."""
        if token is None:
            return False
        with self._process_lock():
            in_use = self._current.credentials.security_token == token
            if in_use and self._monotonic() >= self._not_before:
                self._refresh()
        return self._current.credentials.security_token != token

    def _refresh_in_one_thread(self) -> None:
        lock = self._process_lock()
        if not lock.acquire(blocking=self._has_expired(self._current)):
            return
        try:
            # A thread that waited for the lock finds the work done.
            if self.needs_refresh:
                self._refresh()
        finally:
            lock.release()

    def _refresh(self) -> None:
        found = self._source()
        self._not_before = self._monotonic() + _MIN_INTERVAL
        if isinstance(found, Credentials):
            self._current, self._failure = self._scheduled(found), None
            return
        if self._failure is None:
            log.warning("could not refresh credentials: %s: %s", self._name, found.reason)
        self._failure = found.reason

    def _scheduled(self, credentials: Credentials) -> _Current:
        if credentials.expiration is None:
            return _Current(credentials)
        remaining = (credentials.expiration - self._now()).total_seconds()
        expires_at = self._monotonic() + remaining
        # Short-lived credentials are used for three quarters of their time;
        # otherwise every attempt would refresh them.
        lead = min(_REFRESH_LEAD * (1 + 0.2 * self._jitter()), remaining / 4)
        refresh_at = expires_at - lead
        # Beyond that, the clock of this machine may have been wrong, or asleep.
        return _Current(credentials, min(refresh_at, self._monotonic() + _MAX_INTERVAL), expires_at)

    def _has_expired(self, current: _Current) -> bool:
        return self._monotonic() >= current.expires_at

    def _process_lock(self) -> threading.Lock:
        """Return the lock of this process; after a fork the parent's may never be released."""
        return self._locks.setdefault(os.getpid(), threading.Lock())


def says_token_expired(error: APIError) -> bool:
    """Return whether the service refused a call because of its security token.

    The service's spellings of that are InvalidSecurityToken with and without
    an ending (.Expired, .Malformed), and OSS's SecurityTokenExpired. Such a
    call has not run.
    """
    code = (error.code or "").lower()
    client_error = 400 <= (error.status_code or 0) < 500
    return client_error and code.startswith(("invalidsecuritytoken", "securitytokenexpired"))
