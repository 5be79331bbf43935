"""Notices that the machine stood still, so that a test which then missed a limit runs again."""

import threading
from time import monotonic, sleep

# A machine that is only busy lets a thread wait less.
LONGEST_WAIT = 0.1
# A test may fail long after what it waits for was late.
MEMORY_SECONDS = 60
_TICK = 0.02


class Stalls:
    """A thread that sleeps for a moment again and again, and sees when it slept much longer."""

    def __init__(self):
        self._last = float("-inf")

    def watch(self):
        """Start the thread, which ends with the process."""
        threading.Thread(target=self._watch, name="stalls", daemon=True).start()

    def recent(self):
        """Return whether the machine stood still in the last minute."""
        return monotonic() - self._last < MEMORY_SECONDS

    def _watch(self):
        while True:
            before = monotonic()
            sleep(_TICK)
            if monotonic() - before > _TICK + LONGEST_WAIT:
                self._last = monotonic()
