"""Providers: each gives the credentials of an attempt and refreshes them in time."""

from __future__ import annotations

import logging
import os
import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Protocol

from fc_client.credentials import Credentials, CredentialsProvider
from fc_client.credentials.sources import Source
from fc_client.exceptions import APIError, ConfigurationError

log = logging.getLogger("fc_client")

# Seconds before credentials expire at which new ones are fetched.
_REFRESH_LEAD = 300.0

# Least seconds between two refreshes, whatever the first one brought.
_MIN_INTERVAL = 5.0


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
    """The credentials in use, and when to refresh them; None for never."""

    credentials: Credentials
    refresh_at: datetime | None


class RefreshingProvider:
    """Returns the credentials of a source and refreshes them before they expire.

    One thread refreshes while the others keep using the old credentials. They
    wait for it only when the old ones have expired.

    Args:
        source: Returns new credentials, or why there are none.
        name: The source's name, for messages.
        first: The credentials to start with.
        now: The clock.
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
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._source = source
        self._name = name
        self._now = now
        self._jitter = jitter
        self._failure: str | None = None
        self._not_before = now()
        self._locks: dict[int, threading.Lock] = {}
        self._current = self._scheduled(first)

    @property
    def needs_refresh(self) -> bool:
        """Whether it is time to refresh."""
        at, now = self._current.refresh_at, self._now()
        return at is not None and now >= max(at, self._not_before)

    def __call__(self) -> Credentials:
        """Return the credentials, refreshed if it is time."""
        if self.needs_refresh:
            self._refresh_in_one_thread()
        credentials = self._current.credentials
        # Without a failure the source has nothing newer, and the clock here
        # may be wrong: the service decides.
        if self._failure is not None and self._has_expired(credentials):
            raise ConfigurationError(
                "credentials have expired and could not be refreshed: "
                f"{self._name}: {self._failure}"
            )
        return credentials

    def renew(self, token: str | None) -> bool:
        """Refresh if *token* is still in use; return whether another is in use now."""
        if token is None:
            return False
        with self._process_lock():
            in_use = self._current.credentials.security_token == token
            if in_use and self._now() >= self._not_before:
                self._refresh()
        return self._current.credentials.security_token != token

    def _refresh_in_one_thread(self) -> None:
        lock = self._process_lock()
        if not lock.acquire(blocking=self._has_expired(self._current.credentials)):
            return
        try:
            # A thread that waited for the lock finds the work done.
            if self.needs_refresh:
                self._refresh()
        finally:
            lock.release()

    def _refresh(self) -> None:
        found = self._source()
        self._not_before = self._now() + timedelta(seconds=_MIN_INTERVAL)
        if isinstance(found, Credentials):
            self._current, self._failure = self._scheduled(found), None
            return
        if self._failure is None:
            log.warning("could not refresh credentials: %s: %s", self._name, found.reason)
        self._failure = found.reason

    def _scheduled(self, credentials: Credentials) -> _Current:
        expiration = credentials.expiration
        if expiration is None:
            return _Current(credentials, None)
        remaining = (expiration - self._now()).total_seconds()
        # Short-lived credentials are used for three quarters of their time;
        # otherwise every attempt would refresh them.
        lead = min(_REFRESH_LEAD * (1 + 0.2 * self._jitter()), remaining / 4)
        return _Current(credentials, expiration - timedelta(seconds=lead))

    def _has_expired(self, credentials: Credentials) -> bool:
        expiration = credentials.expiration
        return expiration is not None and self._now() >= expiration

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
