"""Whether a failed attempt is repeated, and after how long. Clock and dice come in.

What may be repeated follows from what is known: nothing was sent, the server
said that it did not run, or the request is idempotent. An invocation that may
have reached the function is never sent again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from fc_client._messages import LostReplyCheck, Request
from fc_client.exceptions import APIError, FCError, RequestTimeoutError, TransportError

__all__ = ["RetryPolicy"]

# The statuses with which the service says that it did not run the call.
_DID_NOT_RUN = frozenset({429, 503})

# What a call that succeeds adds to the budget: one retry in ten calls.
_EARNED = 0.1


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently a call is repeated.

    Attributes:
        attempts: How often a call is made in all; 1 is: no retry.
        base_delay: Seconds; the first pause is at most this long, each
            further one at most twice the one before.
        max_delay: Seconds; no pause is longer, whatever Retry-After says.
        max_elapsed: Seconds for all attempts of a call and the pauses between
            them; it shortens the timeout of the last one. None: no limit.
        budget: Retries that a client has in hand. Each costs one, each call
            that succeeds earns a tenth, so that an outage is not multiplied.
            None: no limit.
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
            raise ValueError(f"attempts: {self.attempts} is less than 1, the call itself")
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
        raise ValueError(f"{name}: {value} is no number of {unit} from 0 on")


class RetryBudget:
    """The retries that a client has in hand; shared by its threads.

    Without a lock, which a fork might leave locked: threads that meet here
    miscount by one, which does no harm.

    Args:
        most: How many it starts with and can have; None for no limit.
    """

    def __init__(self, most: float | None) -> None:
        self._most = most
        self._left = most or 0.0

    def earn(self) -> None:
        """Note a call that succeeded."""
        if self._most is not None and self._left < self._most:
            self._left = min(self._most, self._left + _EARNED)

    def spend(self) -> bool:
        """Take one retry; False if none is left."""
        if self._most is None:
            return True
        if self._left < 1:
            return False
        self._left -= 1
        return True


class RetryState:
    """The attempts of one call.

    Args:
        request: What is tried.
        policy: What the user wants.
        budget: The client's retries.
        clock: Seconds of a clock that is never set.

    Attributes:
        number: Of the present attempt, from 1.
        token: The security token that it carries, or None.
        may_have_run: Whether an earlier one may have done what was asked.
    """

    def __init__(
        self,
        request: Request,
        policy: RetryPolicy,
        budget: RetryBudget,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.number = 1
        self.token: str | None = None
        self._request = request
        self._policy = policy
        self._budget = budget
        self._clock = clock
        self._limit = policy.attempts
        self._recovered_from: set[type[FCError]] = set()
        self._earlier: FCError | None = None
        self.may_have_run = False
        self._ends = None if policy.max_elapsed is None else clock() + policy.max_elapsed

    def timeout(self, timeout: tuple[float, float]) -> tuple[float, float]:
        """Return the timeout of the present attempt: *timeout*, or what time is left."""
        if self._ends is None:
            return timeout
        # Never 0, which sockets take for: do not wait at all.
        left = max(0.001, self._ends - self._clock())
        return min(timeout[0], left), min(timeout[1], left)

    def record(self, error: FCError) -> None:
        """Take in what came of the present attempt: its number, and what came before."""
        error.attempts = self.number
        if self._earlier is not None:
            _chain(error, self._earlier)

    def lost_reply_check(self, error: FCError) -> LostReplyCheck | None:
        """Return how to see that an earlier attempt did it, if *error* hints at that."""
        settled = self._request.lost_reply_check
        hinted = self.may_have_run and settled is not None and settled.applies_to(error)
        return settled if hinted else None

    def next_delay(self, error: FCError, jitter: float, *, recovered: bool) -> float:
        """Return the seconds to wait before the next attempt.

        Args:
            error: What came of the present attempt.
            jitter: A random number from 0 to 1, which spreads callers out.
            recovered: What made the service refuse it is put right: try once
                more, whatever the policy says.

        Raises:
            FCError: *error*, if it is not to be repeated.
        """
        if recovered and type(error) not in self._recovered_from and self._request.replayable:
            self._recovered_from.add(type(error))
            self._limit += 1
            delay: float | None = 0.0
        else:
            delay = self._delay(error, jitter)
        if delay is None:
            raise error
        self._earlier = error
        self.may_have_run |= _may_have_run(error)
        self.number += 1
        return delay

    def _delay(self, error: FCError, jitter: float) -> float | None:
        if self.number >= self._limit or not may_retry(self._request, error):
            return None
        delay = delay_after(self._policy, self.number, error, jitter)
        if self._ends is not None and self._clock() + delay >= self._ends:
            return None
        return delay if self._budget.spend() else None


def delay_after(policy: RetryPolicy, attempt: int, error: FCError, jitter: float) -> float:
    """Return the seconds to wait after a failed attempt.

    Args:
        policy: What the user wants.
        attempt: The attempt that failed, from 1.
        error: What came of it.
        jitter: A random number from 0 to 1.
    """
    asked = error.retry_after if isinstance(error, APIError) else None
    if asked is not None:
        return min(asked, policy.max_delay)
    # Doubling stops where max_delay has long won: 2.0 ** 1024 overflows.
    return jitter * min(policy.max_delay, policy.base_delay * 2.0 ** min(attempt - 1, 60))


def may_retry(request: Request, error: FCError) -> bool:
    """Tell whether *request* can be sent again after *error* without harm."""
    if isinstance(error, TransportError) and error.client_closed:
        # It would open connections that nobody closes.
        return False
    if isinstance(error, TransportError) and not error.request_sent:
        return True
    if not request.replayable:
        return False
    if isinstance(error, APIError):
        status = error.status_code or 0
        return status in _DID_NOT_RUN or (status >= 500 and request.idempotent)
    # After a read timeout the caller has waited as long as it agreed to.
    lost = isinstance(error, TransportError) and not isinstance(error, RequestTimeoutError)
    return lost and (request.idempotent or request.lost_reply_check is not None)


def _may_have_run(error: FCError) -> bool:
    if isinstance(error, TransportError):
        return error.request_sent
    status = error.status_code or 0
    return status >= 500 and status not in _DID_NOT_RUN


def _chain(error: FCError, earlier: FCError) -> None:
    """Make *earlier* what traceback shows before *error*."""
    if error.__cause__ is None:
        error.__cause__ = earlier
    else:
        error.__context__ = earlier
