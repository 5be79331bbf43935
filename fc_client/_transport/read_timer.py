"""How long to wait for the next bytes of a reply, which no peer can stretch."""

from __future__ import annotations

from fc_client._clock import monotonic
from fc_client.timeouts import Limits

# A peer that sends less than this within the read timeout counts as silent.
PROGRESS_BYTES = 16 * 1024


class ReadTimer:
    """Tells how long to wait for the next bytes of a reply.

    Args:
        limits: The limits of the attempt.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._ends = monotonic() + limits.read
        self._received = 0

    def seconds(self) -> float:
        """Return the seconds to wait for bytes.

        Raises:
            TimeoutError: the time is over.
        """
        left = self._ends - monotonic()
        if left <= 0:
            raise TimeoutError
        return self._limits.left(left)

    def progress(self, size: int, *, head: bool = False) -> None:
        """Take note of *size* more bytes of the body, or of the complete head."""
        self._received += size
        if head or self._received >= PROGRESS_BYTES:
            self._ends, self._received = monotonic() + self._limits.read, 0
