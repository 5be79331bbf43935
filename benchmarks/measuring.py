"""What all benchmarks share: rows of the table, and contestants that take turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import TypeVar

MB = 1_000_000
KB = 1_000

Result = TypeVar("Result")


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        name: What was measured.
        value: The result, in *unit*.
        unit: Empty for a ratio.
        at_most: The aim, if a smaller value is better.
        at_least: The aim, if a larger value is better.
    """

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def amount(self) -> str:
        """Return the value rounded to three digits, with its unit."""
        places = 2 if self.value < 10 else 1 if self.value < 100 else 0
        return f"{self.value:,.{places}f} {self.unit}".rstrip()

    @property
    def aim(self) -> str:
        """Return the aim in words; empty without an aim."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return "" if self.at_least is None else f"at least {self.at_least:g}"

    @property
    def margin(self) -> float | None:
        """Return how many times better than the aim the value is; None without an aim."""
        if self.at_most is not None:
            return self.at_most / self.value
        return None if self.at_least is None else self.value / self.at_least

    @property
    def met(self) -> bool | None:
        """Return whether the aim is met; None without an aim."""
        return None if self.margin is None else self.margin >= 1


# Yields the rows of a part as they are measured.
Rows = Generator[Row, None, None]


def in_turns(
    contestants: Mapping[str, Callable[[], Result]], rounds: int
) -> dict[str, list[Result]]:
    """Call all contestants in every round and return the results of each.

    The order changes from round to round, so that no contestant always runs
    after the same one: the speed of a machine drifts, and one contestant may
    leave work (closing connections, writing to disk) to the next.
    """
    found: dict[str, list[Result]] = {name: [] for name in contestants}
    order = list(contestants)
    for number in range(rounds):
        for name in order:
            found[name].append(contestants[name]())
        order.reverse()
        if number % 2:
            order.append(order.pop(0))
    return found


def timed(call: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the seconds that *call* takes, read from *clock*."""
    start = clock()
    call()
    return clock() - start
