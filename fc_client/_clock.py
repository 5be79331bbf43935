"""The clock for intervals: nothing sets it, and tests that freeze time do not stop it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

# freezegun replaces the functions of the module time, except clock_gettime, which Windows lacks.
monotonic: Callable[[], float] = (
    partial(time.clock_gettime, time.CLOCK_MONOTONIC)
    if hasattr(time, "clock_gettime")
    else time.monotonic
)
