"""What all measurements have in common: rows, and contestants that take turns."""

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
        value: How much of it, in *unit*.
        unit: Empty for a ratio.
        at_most: What the value shall not exceed, if that is an aim.
        at_least: What the value shall reach, if that is an aim.
    """

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def amount(self) -> str:
        """Return the value to three digits, with its unit."""
        places = 2 if self.value < 10 else 1 if self.value < 100 else 0
        return f"{self.value:,.{places}f} {self.unit}".rstrip()

    @property
    def aim(self) -> str:
        """Return the aim in words, or nothing."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return "" if self.at_least is None else f"at least {self.at_least:g}"

    @property
    def margin(self) -> float | None:
        """Return how many times better than its aim it is; None where it has no aim."""
        if self.at_most is not None:
            return self.at_most / self.value
        return None if self.at_least is None else self.value / self.at_least

    @property
    def met(self) -> bool | None:
        """Tell whether the aim is met; None where there is none."""
        return None if self.margin is None else self.margin >= 1


# A part of the table, as it comes to be measured.
Rows = Generator[Row, None, None]


def in_turns(
    contestants: Mapping[str, Callable[[], Result]], rounds: int
) -> dict[str, list[Result]]:
    """Call all contestants in every round and return what each returned.

    Their order changes from round to round, so that none always follows the
    same one: machines drift, and one leaves work behind for the next.
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
    """Return the seconds that a call takes."""
    start = clock()
    call()
    return clock() - start
