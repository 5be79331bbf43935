"""How long a call may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from fc_client._clock import monotonic

__all__ = ["Timeout"]

# Thirty years; sockets do not accept much more.
_MAX_SECONDS = 1e9

# How many times the read timeout a response may take that comes byte by byte.
MAX_DRIP_FACTOR = 5


@dataclass(frozen=True)
class Timeout:
    """How long a call may take, in seconds.

    Attributes:
        connect: For opening a connection, including the TLS handshake.
        read: Longest silence of the service, and longest wait until it takes
            more of a request's body. A service that sends slowly has five
            times as long for the head of its response, and for each 16 KB of
            the body. Also the longest wait for a connection of the pool.
        total: For the whole call, from the wait for a connection to the last
            byte: all attempts and the delays between them. None: no limit.

    Raises:
        TypeError: one of them has a wrong type.
        ValueError: one of them is not greater than 0.
    """

    connect: float = 5.0
    read: float = 610.0
    total: float | None = None

    def __post_init__(self) -> None:
        _check("timeout: connect", self.connect)
        _check("timeout: read", self.read)
        if self.total is not None:
            _check("timeout: total", self.total)

    @classmethod
    def of(cls, value: TimeoutTypes) -> Timeout:
        """Return *value* as a Timeout: one number for *connect* and *read*, or a pair of them."""
        if isinstance(value, Timeout):
            return value
        pair = value if isinstance(value, (tuple, list)) else (value, value)
        if len(pair) != 2:
            raise ValueError(
                f"timeout: expected a number or a pair (connect, read), got {len(pair)} items"
            )
        for seconds in pair:
            _check("timeout", seconds)
        return cls(*pair)

    def limits(self) -> Limits:
        """Return the limits of a call that begins now."""
        deadline = None if self.total is None else monotonic() + self.total
        return Limits(self.connect, self.read, deadline)


# What options called timeout accept.
TimeoutTypes = float | tuple[float, float] | Timeout


def _check(name: str, seconds: float) -> None:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"{name}: expected seconds, got {type(seconds).__name__}")
    if not 0 < seconds <= _MAX_SECONDS:
        raise ValueError(
            f"{name}: must be above 0 and at most {_MAX_SECONDS:.0f} seconds, got {seconds}"
        )


class Limits(NamedTuple):
    """The limits of one attempt.

    Attributes:
        connect: Seconds for opening a connection.
        read: Seconds that the peer may be silent.
        deadline: When the call ends, as monotonic tells; None for never.
        max_bytes: Bytes of the body of a successful reply; None for no limit.
    """

    connect: float
    read: float
    deadline: float | None = None
    max_bytes: int | None = None

    def left(self, seconds: float) -> float:
        """Return *seconds*, or less if the call ends before.

        Raises:
            TimeoutError: the call has to end now.
        """
        if self.deadline is None:
            return seconds
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        return min(seconds, left)
