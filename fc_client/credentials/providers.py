"""What gives the credentials of each attempt, and has them fetched anew in time."""

from __future__ import annotations

import logging
import os
import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Protocol

from fc_client.credentials import Credentials, CredentialsProvider
from fc_client.exceptions import APIError, ConfigurationError

log = logging.getLogger("fc_client")

# Returns credentials, or says in words why there are none.
Source = Callable[[], Credentials | str]

# Long before credentials expire, others are there already.
_LEAD = 300.0

# A refresh that failed, or brought nothing that lasts, is not repeated sooner.
_PAUSE = 5.0


class Provider(Protocol):
    """Gives the credentials of an attempt, by being called."""

    @property
    def needs_refresh(self) -> bool:
        """Whether the next call may wait for a file or the network."""

    def __call__(self) -> Credentials:
        """Return the credentials to sign an attempt with."""

    def renew(self, token: str | None) -> bool:
        """Tell whether there are others now that the service says *token* has expired."""


class StaticProvider:
    """Gives the same credentials always."""

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
    """Gives what a callable of the user returns, which is asked every time."""

    needs_refresh = False

    def __init__(self, ask: CredentialsProvider) -> None:
        self._ask = ask

    def __call__(self) -> Credentials:
        """Return what the callable returns."""
        found = self._ask()
        if not isinstance(found, Credentials):
            raise TypeError(
                f"credentials: the callable returned {type(found).__name__}, not Credentials"
            )
        return found

    def renew(self, token: str | None) -> bool:
        """Return True if a token was sent: the callable may have another by now."""
        return token is not None


class _Held(NamedTuple):
    """Credentials, and when to look for others."""

    credentials: Credentials
    refresh_at: datetime | None


class RefreshingProvider:
    """Gives credentials of a source, and fetches others before they expire.

    One thread fetches while others go on with the old ones; they wait for it
    only once those have expired.

    Args:
        source: Where others are fetched.
        name: The source's, for messages.
        first: The first that it gave.
        now: The clock.
        jitter: Returns a number from 0 to 1, which spreads processes out.
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
        self._held = self._holding(first)

    @property
    def needs_refresh(self) -> bool:
        """Whether it is time to look for others."""
        at, now = self._held.refresh_at, self._now()
        return at is not None and now >= max(at, self._not_before)

    def __call__(self) -> Credentials:
        """Return credentials, refreshed if it is time."""
        if self.needs_refresh:
            self._refresh_or_leave_it_to_another()
        credentials = self._held.credentials
        # Without a failure the source has nothing newer, and the clock here
        # may be wrong: the service decides.
        if self._failure is not None and self._has_expired(credentials):
            raise ConfigurationError(f"credentials have expired; {self._name}: {self._failure}")
        return credentials

    def renew(self, token: str | None) -> bool:
        """Fetch others in place of those with *token*; tell whether there are any."""
        if token is None:
            return False
        with self._own_lock():
            if self._held.credentials.security_token == token and self._now() >= self._not_before:
                self._refresh()
        return self._held.credentials.security_token != token

    def _refresh_or_leave_it_to_another(self) -> None:
        lock = self._own_lock()
        if not lock.acquire(blocking=self._has_expired(self._held.credentials)):
            return
        try:
            # Who waited finds it done.
            if self.needs_refresh:
                self._refresh()
        finally:
            lock.release()

    def _refresh(self) -> None:
        found = self._source()
        self._not_before = self._now() + timedelta(seconds=_PAUSE)
        if isinstance(found, Credentials):
            self._held, self._failure = self._holding(found), None
            return
        if self._failure is None:
            log.warning("credentials could not be refreshed; %s: %s", self._name, found)
        self._failure = found

    def _holding(self, credentials: Credentials) -> _Held:
        expiration = credentials.expiration
        if expiration is None:
            return _Held(credentials, None)
        remaining = (expiration - self._now()).total_seconds()
        # A source that hands out what is nearly over is not asked all the time.
        lead = min(_LEAD * (1 + 0.2 * self._jitter()), remaining / 4)
        return _Held(credentials, expiration - timedelta(seconds=lead))

    def _has_expired(self, credentials: Credentials) -> bool:
        expiration = credentials.expiration
        return expiration is not None and self._now() >= expiration

    def _own_lock(self) -> threading.Lock:
        """Return the lock of this process: a fork may have copied a held one."""
        return self._locks.setdefault(os.getpid(), threading.Lock())


def says_token_expired(error: APIError) -> bool:
    """Tell whether the service refused a call for its security token.

    The service's spellings of that are InvalidSecurityToken with and without
    an ending (.Expired, .Malformed), and OSS's SecurityTokenExpired. Such a
    call has not run.
    """
    code = (error.code or "").lower()
    client_error = 400 <= (error.status_code or 0) < 500
    return client_error and code.startswith(("invalidsecuritytoken", "securitytokenexpired"))
