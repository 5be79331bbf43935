"""How long to wait for the next bytes of a reply, which no peer can stretch for ever."""

from __future__ import annotations

from math import inf

from fc_client._clock import monotonic
from fc_client.timeouts import MAX_DRIP_FACTOR, Limits

# Enough of a body to allow the peer as much time again.
PROGRESS_BYTES = 16 * 1024


class ReadTimer:
    """Tells how long to wait for the next bytes of a reply.

    The peer must not be silent for longer than the read timeout. Nor must it
    take more than five times as long for the head, or for 16 KB of the body:
    one that sends byte by byte would hold a call for ever. What the caller of
    a streamed reply does with a part of it takes none of the peer's time.

    Args:
        limits: The limits of the attempt.
        sees_all: Whether :meth:`progress` is called for all bytes; else others
            watch for silence.
    """

    def __init__(self, limits: Limits, *, sees_all: bool = True) -> None:
        self._limits = limits
        self._silence = limits.read if sees_all else inf
        self._received = 0
        # The time at which the caller stopped waiting for the peer.
        self._paused_at: float | None = None
        now = monotonic()
        self._ends = now + MAX_DRIP_FACTOR * limits.read
        self._silent_until = now + self._silence

    def pause(self) -> None:
        """Stop the clock: the caller does not wait for the peer."""
        if self._paused_at is None:
            self._paused_at = monotonic()

    def go_on(self) -> None:
        """Start the clock again: the caller waits for the peer."""
        if self._paused_at is not None:
            pause = monotonic() - self._paused_at
            self._ends += pause
            self._silent_until += pause
            # Set last: a watchdog thread may call seconds() at any moment.
            self._paused_at = None

    def seconds(self) -> float:
        """Return the seconds to wait for bytes.

        Raises:
            TimeoutError: the time is over.
        """
        left = min(self._ends, self._silent_until) - (self._paused_at or monotonic())
        if left <= 0:
            raise TimeoutError
        return self._limits.left(left)

    def progress(self, size: int = 0, *, head: bool = False) -> None:
        """Take note of bytes: *size* more of the body, or others.

        Args:
            size: Bytes of the body.
            head: The head is complete with them.
        """
        now = self._paused_at or monotonic()
        self._silent_until = now + self._silence
        self._received += size
        if head or self._received >= PROGRESS_BYTES:
            self._received = 0
            self._ends = now + MAX_DRIP_FACTOR * self._limits.read
