"""Clocks that run on when a test freezes time, and one that does not jump.

freezegun replaces the functions of the module time, except clock_gettime.
time-machine replaces what they do, and offers the real ones as escape_hatch.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from fc_client._clock import monotonic

__all__ = ["SteadyClock", "is_frozen", "monotonic", "real_time", "run_in_real_time"]

Result = TypeVar("Result")

# Between two readings of the same clock much less passes.
_FROZEN_SECONDS = 60

# Counts the time that the machine was suspended, where the system has it.
_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def real_time() -> float:
    """Return the seconds since the epoch, also while a test has frozen time."""
    now = time.clock_gettime(time.CLOCK_REALTIME)
    time_machine = sys.modules.get("time_machine")
    if time_machine is not None:
        # It raises ValueError while time is real.
        with suppress(ValueError):
            now = float(time_machine.escape_hatch.time.time())
    return now


def is_frozen() -> bool:
    """Return whether a test has frozen or moved the time of this process."""
    return abs(time.time() - real_time()) > _FROZEN_SECONDS


class SteadyClock:
    """Seconds since the epoch for intervals: does not jump when the system clock is set.

    Args:
        wall: Returns seconds since the epoch; read once.
    """

    def __init__(self, wall: Callable[[], float] = real_time) -> None:
        self._offset = wall() - time.clock_gettime(_BOOT_CLOCK)

    def __call__(self) -> float:
        """Return the seconds since the epoch."""
        return time.clock_gettime(_BOOT_CLOCK) + self._offset


class _Loop(asyncio.SelectorEventLoop):
    """An event loop whose timers run while a test has frozen time."""

    def time(self) -> float:
        return monotonic()


def run_in_real_time(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine like asyncio.run, in a loop whose timers cannot be frozen."""
    loop = _Loop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(main)
    finally:
        _close(loop)


def _close(loop: asyncio.AbstractEventLoop) -> None:
    try:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
