"""Whether a failed attempt is repeated, and after how long. Pure.

What may be repeated follows from what is known: nothing was sent, the server
said that it did not run, or the verb is idempotent. An invocation that may
have reached the function is never sent again.
"""

from __future__ import annotations

from dataclasses import dataclass

from fc_client._messages import Request
from fc_client.exceptions import APIError, RequestTimeoutError, TransportError

__all__ = ["RetryPolicy"]

_IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})

# The statuses with which the service says that it did not run the call.
_DID_NOT_RUN = frozenset({429, 503})


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently a call is repeated.

    Attributes:
        attempts: How often a call is made in all; 1 is: no retry.
        base_delay: Seconds; the first pause is at most this long, each
            further one at most twice the one before.
        max_delay: Seconds; no pause is longer, whatever Retry-After says.
    """

    attempts: int = 3
    base_delay: float = 0.5
    max_delay: float = 20.0

    def __post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int):
            raise TypeError(f"attempts: expected an int, got {type(self.attempts).__name__}")
        if self.attempts < 1:
            raise ValueError(f"attempts: {self.attempts} is less than 1, the call itself")
        for name, seconds in (("base_delay", self.base_delay), ("max_delay", self.max_delay)):
            if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
                raise TypeError(f"{name}: expected seconds, got {type(seconds).__name__}")
            if not 0 <= seconds < float("inf"):
                raise ValueError(f"{name}: {seconds} is no number of seconds from 0 on")


def delay_before_next(
    policy: RetryPolicy, attempt: int, request: Request, error: Exception, jitter: float
) -> float | None:
    """Return the seconds to wait before the next attempt, or None to give up.

    Args:
        policy: What the user wants.
        attempt: The attempt that failed, from 1.
        request: What was tried.
        error: What came of it.
        jitter: A random number from 0 to 1, which spreads the callers out.
    """
    if attempt >= policy.attempts or not _may_repeat(request, error):
        return None
    asked = error.retry_after if isinstance(error, APIError) else None
    if asked is not None:
        return min(asked, policy.max_delay)
    # Doubling stops where max_delay has long won: 2.0 ** 1024 overflows.
    return jitter * min(policy.max_delay, policy.base_delay * 2.0 ** min(attempt - 1, 60))


def _may_repeat(request: Request, error: Exception) -> bool:
    if isinstance(error, TransportError) and not error.request_sent:
        return True
    if not request.replayable:
        return False
    if isinstance(error, APIError):
        status = error.status_code or 0
        return status in _DID_NOT_RUN or (status >= 500 and request.method in _IDEMPOTENT)
    # After a read timeout the caller has waited as long as it agreed to.
    lost = isinstance(error, TransportError) and not isinstance(error, RequestTimeoutError)
    return lost and request.method in _IDEMPOTENT
