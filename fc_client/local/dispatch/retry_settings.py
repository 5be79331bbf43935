"""Defines how often and when Async invocations are retried."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RetrySettings"]


@dataclass(frozen=True)
class RetrySettings:
    """How Async invocations are retried.

    Attributes:
        attempts: Maximum attempts for a failing invocation.
        base_delay: Seconds before the second attempt; doubles with each
            further attempt.
        concurrency: Maximum concurrent Async invocations per function.
        throttle_delay: Seconds before the retry when no instance was free;
            doubles each time in a row, and does not count as an attempt.
        max_delay: Maximum seconds of any delay.
        max_throttling: Maximum seconds of such delays in a row, for functions
            without an async configuration.
        store_delay: Seconds before the store is used again after it failed.
    """

    attempts: int = 3
    base_delay: float = 1.0
    concurrency: int = 10
    throttle_delay: float = 0.5
    max_delay: float = 60.0
    max_throttling: float = 18_000.0
    store_delay: float = 1.0

    def after_failure(self, attempts: int) -> float:
        """Return the delay after this number of failed attempts."""
        return self._delay(self.base_delay, attempts)

    def after_throttle(self, throttles: int) -> float:
        """Return the delay after no instance was free this many times in a row."""
        return self._delay(self.throttle_delay, throttles)

    def is_throttled_for_too_long(self, throttles: int) -> bool:
        """Return whether the delays after this number of times in a row exceed the maximum."""
        delays = (self.after_throttle(count) for count in range(1, throttles + 1))
        return sum(delays) > self.max_throttling

    def _delay(self, first: float, count: int) -> float:
        # The exponent is bounded, since 2.0 ** 1024 is an OverflowError.
        return min(first * 2.0 ** min(count - 1, 32), self.max_delay)
