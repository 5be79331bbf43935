"""When a queue is looked at again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["NextLook"]

# A clock that counts the time that the machine was suspended runs ahead of the event loop's.
_MAX_SECONDS = 30.0


class NextLook:
    """Plans the next look at a queue.

    Args:
        look: Looks at the queue, and plans the next look.
        clock: Returns seconds since the epoch, and never jumps.
    """

    def __init__(self, look: Callable[[], None], clock: Callable[[], float]) -> None:
        self._look = look
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def plan(self, due: float) -> None:
        """Look at *due* at the latest, and at least every 30 seconds until then.

        A look that is planned for an earlier time remains, also where it is overdue: nothing has
        started yet what it is for.
        """
        if self._timer is not None:
            if self._due <= due:
                return
            self._timer.cancel()
        now = self._clock()
        self._due = min(due, now + _MAX_SECONDS)
        self._timer = asyncio.get_running_loop().call_later(self._due - now, self._run)

    def cancel(self) -> None:
        """Plan nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _run(self) -> None:
        self._timer = None
        self._look()
