"""Sends calls again that a service refused because it was busy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fc_client.cloud.errors import CloudError

__all__ = ["call_until_done"]

Result = TypeVar("Result")

# Seconds. API Gateway takes some to finish a change of a group, and refuses others until then.
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)


def call_until_done(
    call: Callable[[], Result],
    sleep: Callable[[float], None],
    may_repeat: Callable[[CloudError], bool] = lambda error: error.is_busy,
) -> Result:
    """Make a call, again up to five times while it is refused because the service is busy.

    Args:
        call: Makes it once.
        sleep: Waits a number of seconds.
        may_repeat: Returns whether it may be made again after an error.
    """
    for pause in _PAUSES:
        try:
            return call()
        except CloudError as exc:
            if not may_repeat(exc):
                raise
        sleep(pause)
    return call()
