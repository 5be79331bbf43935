"""What importing the library costs, next to requests and aliyun-fc2."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable

from benchmarks.measuring import Row, Rows, in_turns

REQUESTS = "import requests"
OURS = ("import fc_client", "from fc_client import Client")
STATEMENTS = (REQUESTS, *OURS, "import fc2")
SCRIPT = "import time; start = time.process_time(); {}; print(time.process_time() - start)"


def run(statement: str) -> Callable[[], float]:
    """Return what measures the processor time of a statement in a new process."""
    command = [sys.executable, "-c", SCRIPT.format(statement)]
    return lambda: float(subprocess.check_output(command, start_new_session=True))


def measure(*, quick: bool = False) -> Rows:
    """Yield all rows."""
    found = in_turns({name: run(name) for name in STATEMENTS}, 1 if quick else 32)
    cost = {name: statistics.median(values) for name, values in found.items()}
    for name, seconds in cost.items():
        yield Row(name, seconds * 1e3, "ms")
    for name in OURS:
        yield Row(f"{name} / {REQUESTS}", cost[name] / cost[REQUESTS], at_most=1.10)
