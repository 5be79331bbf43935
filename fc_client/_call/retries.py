"""Whether a failed attempt is retried, and after which delay.

A request is retried if nothing was sent, if the service says that it did not
run, or if the request is idempotent. An invocation that may have reached the
function is never sent again. Clock and randomness are injected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fc_client._call.caller_errors import CallerErrors
from fc_client._clock import monotonic
from fc_client._messages import LostReplyCheck, Request
from fc_client.exceptions import APIError, FCError, RequestTimeoutError, TransportError
from fc_client.timeouts import Limits, Timeout

__all__ = ["RetryPolicy"]

_DEFAULT_TIMEOUT = Timeout()

# With these statuses the service says that it did not run the call.
_DID_NOT_RUN = frozenset({429, 503})

# A successful call returns this much of a token to the budget: one retry per ten calls.
_REFUND = 0.1


@dataclass(frozen=True)
class RetryPolicy:
    """How often, and after which delays, a failed call is retried.

    Attributes:
        attempts: Maximum number of attempts, the first one included; 1 turns
            retries off.
        base_delay: Seconds; maximum delay before the first retry. The maximum
            doubles with every retry.
        max_delay: Seconds; maximum of any delay, also of one that Retry-After
            asks for.
        max_elapsed: Seconds for all attempts of a call and the delays between
            them; shortens the timeout of the last attempt. None: no limit.
        budget: Size of the client's token bucket: a retry costs 1 token, a
            successful call returns 0.1, so that retries do not multiply the
            load during an outage. None: no limit.
    """

    attempts: int = 3
    base_delay: float = 0.5
    max_delay: float = 20.0
    max_elapsed: float | None = None
    budget: float | None = 10

    def __post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int):
            raise TypeError(f"attempts: expected an int, got {type(self.attempts).__name__}")
        if self.attempts < 1:
            raise ValueError(f"attempts: must be at least 1, got {self.attempts}")
        _check_number("base_delay", self.base_delay, "seconds")
        _check_number("max_delay", self.max_delay, "seconds")
        if self.max_elapsed is not None:
            _check_number("max_elapsed", self.max_elapsed, "seconds")
        if self.budget is not None:
            _check_number("budget", self.budget, "retries")


def _check_number(name: str, value: float, unit: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}: expected {unit}, got {type(value).__name__}")
    if not 0 <= value < float("inf"):
        raise ValueError(f"{name}: must be at least 0 {unit} and finite, got {value}")


class RetryBudget:
    """A token bucket for the retries of a client, shared by its threads.

    It has no lock, since a fork may copy a locked one. Threads that race here
    miscount by one token, which does not matter.

    Args:
        size: Tokens at the start and at most; None for no limit.
    """

    def __init__(self, size: float | None) -> None:
        self._size = size
        self._tokens = size or 0.0

    def earn(self) -> None:
        """Return a part of a token, after a successful call."""
        if self._size is not None and self._tokens < self._size:
            self._tokens = min(self._size, self._tokens + _REFUND)

    def spend(self) -> bool:
        """Take one token for a retry; return False if none is left."""
        if self._size is None:
            return True
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class RetryState:
    """The attempts of one call.

    Args:
        request: The request of the call.
        policy: The client's policy.
        budget: The client's budget.
        clock: Returns seconds of a monotonic clock.
        timeout: The client's timeout.
        max_response_size: Bytes of a response.

    Attributes:
        number: Number of the current attempt, from 1.
        token: The security token that it is sent with, or None.
        secrets: What no error may show of the attempts.
        caller_errors: What the caller's own code has raised.
        may_have_run: Whether the service may have run an earlier attempt.
    """

    def __init__(
        self,
        request: Request,
        policy: RetryPolicy,
        budget: RetryBudget,
        clock: Callable[[], float] = monotonic,
        timeout: Timeout = _DEFAULT_TIMEOUT,
        max_response_size: int | None = None,
    ) -> None:
        self.number = 1
        self.token: str | None = None
        self.secrets: set[str] = set()
        self.caller_errors = CallerErrors()
        self._request = request
        self._policy = policy
        self._budget = budget
        self._clock = clock
        self._max_attempts = policy.attempts
        self._recovered_from: set[type[FCError]] = set()
        self._previous: FCError | None = None
        self.may_have_run = False
        self._timeout = timeout
        self._max_response_size = max_response_size
        seconds = [limit for limit in (policy.max_elapsed, timeout.total) if limit is not None]
        self._deadline = clock() + min(seconds) if seconds else None

    def limits(self) -> Limits:
        """Return the limits of the current attempt."""
        timeout = self._timeout
        return Limits(timeout.connect, timeout.read, self._deadline, self._max_response_size)

    def record(self, error: FCError) -> None:
        """Record in *error* the number of attempts, and the error before it as its cause."""
        error.attempts = self.number
        if self._previous is not None:
            _chain(error, self._previous)

    def lost_reply_check(self, error: FCError) -> LostReplyCheck | None:
        """Return the check of the request, if *error* may be due to an attempt that ran."""
        check = self._request.lost_reply_check
        applies = self.may_have_run and check is not None and check.applies_to(error)
        return check if applies else None

    def next_delay(self, error: FCError, jitter: float, *, recovered: bool) -> float:
        """Decide whether the call is retried: return the seconds to wait before, or raise.

        Args:
            error: The error of the current attempt.
            jitter: A random number from 0 to 1, which spreads clients out.
            recovered: The cause of *error* has been removed: make one more
                attempt, which the policy does not count.

        Raises:
            FCError: *error*, if the call is not retried.
        """
        if recovered and type(error) not in self._recovered_from and self._request.replayable:
            self._recovered_from.add(type(error))
            self._max_attempts += 1
            delay: float | None = 0.0
        else:
            delay = self._delay(error, jitter)
        if delay is None:
            raise error
        self._previous = error
        self.may_have_run |= _may_have_run(error)
        self.number += 1
        return delay

    def _delay(self, error: FCError, jitter: float) -> float | None:
        if self.number >= self._max_attempts or not may_retry(self._request, error):
            return None
        delay = delay_after(self._policy, self.number, error, jitter)
        if self._deadline is not None and self._clock() + delay >= self._deadline:
            return None
        return delay if self._budget.spend() else None


def delay_after(policy: RetryPolicy, attempt: int, error: FCError, jitter: float) -> float:
    """Return the seconds to wait after a failed attempt.

    Args:
        policy: The client's policy.
        attempt: Number of the failed attempt, from 1.
        error: The error of that attempt.
        jitter: A random number from 0 to 1.
    """
    asked = error.retry_after if isinstance(error, APIError) else None
    if asked is not None:
        return min(asked, policy.max_delay)
    # The exponent is limited, since 2.0 ** 1024 overflows.
    return jitter * min(policy.max_delay, policy.base_delay * 2.0 ** min(attempt - 1, 60))


def may_retry(request: Request, error: FCError) -> bool:
    """Return whether it is safe to send *request* again after *error*."""
    if isinstance(error, TransportError) and error.client_closed:
        # A retry would open connections that are never closed.
        return False
    if isinstance(error, TransportError) and not error.request_sent:
        return True
    if not request.replayable:
        return False
    if isinstance(error, APIError):
        status = error.status_code or 0
        return status in _DID_NOT_RUN or (status >= 500 and request.idempotent)
    # After a read timeout the caller has waited as long as it wanted to.
    lost = isinstance(error, TransportError) and not isinstance(error, RequestTimeoutError)
    return lost and (request.idempotent or request.lost_reply_check is not None)


def _may_have_run(error: FCError) -> bool:
    if isinstance(error, TransportError):
        return error.request_sent
    status = error.status_code or 0
    return status >= 500 and status not in _DID_NOT_RUN


def _chain(error: FCError, earlier: FCError) -> None:
    """Make a traceback of *error* show *earlier* before it."""
    if error.__cause__ is None:
        error.__cause__ = earlier
    else:
        error.__context__ = earlier
