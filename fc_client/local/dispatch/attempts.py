"""Decides what comes after an attempt of an Async invocation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from fc_client.local.dispatch.retry_settings import RetrySettings
from fc_client.local.execution.function_spec import Outcome
from fc_client.local.storage.async_configs import AsyncConfig
from fc_client.local.storage.schema import QueuedInvocation

__all__ = ["Attempt", "AttemptRules", "Status"]


class Status:
    """States of stateful invocations that attempts lead to."""

    ENQUEUED = "Enqueued"
    RUNNING = "Running"
    RETRYING = "Retrying"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    EXPIRED = "Expired"
    STOPPING = "Stopping"
    STOPPED = "Stopped"


@dataclass(frozen=True)
class Attempt:
    """What an attempt has led to.

    Attributes:
        state: The new state of the invocation.
        status: The same as a state of stateful invocations.
        config: The configuration that applied.
        next_step: For the log: what comes next; "" if nothing does.
        outcome: How the function has ended; None if it has not run.
    """

    state: QueuedInvocation
    status: str
    config: AsyncConfig
    next_step: str = ""
    outcome: Outcome | None = None


class AttemptRules:
    """The rules of one server.

    Args:
        retry: How Async invocations are retried, unless their function has a configuration.
        clock: Returns seconds since the epoch, and never jumps.
    """

    def __init__(self, retry: RetrySettings, clock: Callable[[], float]) -> None:
        self._retry = retry
        self._clock = clock

    def before(self, invocation: QueuedInvocation, config: AsyncConfig) -> Attempt | None:
        """Return the end of an invocation that is too old to run; None if it may run."""
        if _is_in_time(invocation, config, self._clock()):
            return None
        return _expired(invocation, config)

    def postponed(
        self, invocation: QueuedInvocation, config: AsyncConfig, cause: Exception
    ) -> Attempt:
        """Return what comes after an attempt in which the function has not run."""
        throttles = invocation.throttles + 1
        delay = self._retry.after_throttle(throttles)
        state = replace(invocation, throttles=throttles, due=self._clock() + delay)
        if not _is_in_time(state, config, state.due):
            return _expired(invocation, config)
        if config.max_age is None and self._retry.is_throttled_for_too_long(throttles):
            note = f"{cause}; gave up after {self._retry.max_throttling:g} s of delays"
            return Attempt(replace(state, ended=True), Status.EXPIRED, config, note)
        return Attempt(state, Status.ENQUEUED, config, f"{cause}; again in {delay:g} s")

    def after_run(
        self, invocation: QueuedInvocation, config: AsyncConfig, outcome: Outcome | None
    ) -> Attempt:
        """Return what comes after a run of the function; without *outcome* it has failed."""
        attempts = invocation.attempts + 1
        ended = replace(invocation, attempts=attempts, ended=True)
        if outcome is not None and outcome.error_type is None:
            return Attempt(ended, Status.SUCCEEDED, config, "", outcome)
        most = self._retry.attempts if config.retries is None else config.retries + 1
        if attempts >= most:
            note = f"gave up after {attempts} attempts"
            return Attempt(ended, Status.FAILED, config, note, outcome)
        delay = self._retry.after_failure(attempts)
        due = self._clock() + delay
        state = replace(invocation, attempts=attempts, throttles=0, due=due)
        if not _is_in_time(state, config, due):
            return replace(_expired(state, config), outcome=outcome)
        note = f"attempt {attempts} of {most}, again in {delay:g} s"
        return Attempt(state, Status.RETRYING, config, note, outcome)


def _is_in_time(invocation: QueuedInvocation, config: AsyncConfig, moment: float) -> bool:
    if config.max_age is None or not invocation.accepted:
        return True
    return moment - invocation.accepted <= config.max_age


def _expired(invocation: QueuedInvocation, config: AsyncConfig) -> Attempt:
    note = f"expired: older than {config.max_age:g} s"
    return Attempt(replace(invocation, ended=True), Status.EXPIRED, config, note)
