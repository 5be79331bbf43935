"""Waiting for the end of an asynchronous invocation, with growing delays."""

from __future__ import annotations

import time
from collections.abc import Callable

from fc_client import models
from fc_client._clock import monotonic
from fc_client.exceptions import (
    AliasNotFoundError,
    FunctionNotFoundError,
    InvocationTimeoutError,
    NotFoundError,
    ServiceNotFoundError,
    VersionNotFoundError,
)

# Seconds. The service stores the state of an invocation after it accepted the event.
_MAX_UNKNOWN = 30.0

# A 404 that does not mean that the state has not been stored yet.
_PERMANENT = (
    AliasNotFoundError,
    FunctionNotFoundError,
    ServiceNotFoundError,
    VersionNotFoundError,
)


class Polling:
    """The delays between the requests of one wait, and when it is over.

    Args:
        timeout: Seconds to wait; None: without a limit.
        min_delay: Seconds before the second request; the delay then doubles.
        max_delay: Largest delay, in seconds.

    Raises:
        TypeError: one of them is not a number.
        ValueError: one of them is not greater than 0, or *max_delay* is less
            than *min_delay*.
    """

    def __init__(self, timeout: float | None, min_delay: float, max_delay: float) -> None:
        if timeout is not None:
            _check("timeout", timeout)
        _check("min_delay", min_delay)
        _check("max_delay", max_delay)
        if max_delay < min_delay:
            raise ValueError(
                f"max_delay: must be at least min_delay ({min_delay}), got {max_delay}"
            )
        self._timeout = timeout
        self._delay = min_delay
        self._max_delay = max_delay
        self._started = monotonic()

    def next_delay(self, invocation: models.StatefulAsyncInvocation | None) -> float:
        """Return the seconds to wait before the next request.

        Args:
            invocation: The invocation as it is now; None if it is unknown.

        Raises:
            InvocationTimeoutError: the timeout is over.
        """
        delay, self._delay = self._delay, min(2 * self._delay, self._max_delay)
        if self._timeout is None:
            return delay
        left = self._started + self._timeout - monotonic()
        if left <= 0:
            status = "unknown" if invocation is None else invocation.status
            raise InvocationTimeoutError(
                f"the invocation has not ended within {self._timeout:g} seconds; "
                f"its status is {status}",
                operation="GetStatefulAsyncInvocation",
                invocation=invocation,
            )
        return min(delay, left)

    def may_appear(self, error: NotFoundError) -> bool:
        """Return whether an invocation that was not found may have been accepted just now."""
        is_new = monotonic() - self._started < _MAX_UNKNOWN
        return is_new and not isinstance(error, _PERMANENT)


def wait(
    fetch: Callable[[], models.StatefulAsyncInvocation], polling: Polling
) -> models.StatefulAsyncInvocation:
    """Return what *fetch* returns once the invocation has ended.

    Raises:
        InvocationTimeoutError: it has not ended within the timeout.
    """
    while True:
        invocation = None
        try:
            invocation = fetch()
        except NotFoundError as error:
            if not polling.may_appear(error):
                raise
        if invocation is not None and invocation.has_ended:
            return invocation
        time.sleep(polling.next_delay(invocation))


def _check(name: str, seconds: float) -> None:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"{name}: expected seconds, got {type(seconds).__name__}")
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{name}: must be above 0 seconds and finite, got {seconds}")
