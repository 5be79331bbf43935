"""The cost of importing the library, next to requests and aliyun-fc2."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable

from benchmarks.measuring import Row, Rows, in_turns

REQUESTS = "import requests"
OURS = ("import fc_client", "from fc_client import Client")
STATEMENTS = (REQUESTS, *OURS, "import fc2")
SCRIPT = "import time; start = time.process_time(); {}; print(time.process_time() - start)"


def run(statement: str, bytecode: str) -> Callable[[], float]:
    """Return a function that measures the CPU time of a statement in a new process.

    Args:
        statement: The statement to run.
        bytecode: A directory for compiled modules, so that they are compiled
            once, as in an installation.
    """
    command = [sys.executable, "-c", SCRIPT.format(statement)]
    variables = {
        name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    variables["PYTHONPYCACHEPREFIX"] = bytecode
    return lambda: float(subprocess.check_output(command, start_new_session=True, env=variables))


def measure(*, quick: bool = False) -> Rows:
    """Yield all rows."""
    with tempfile.TemporaryDirectory() as bytecode:
        imports = {name: run(name, bytecode) for name in STATEMENTS}
        for compile_all in imports.values():
            compile_all()
        found = in_turns(imports, 1 if quick else 32)
    cost = {name: statistics.median(values) for name, values in found.items()}
    for name, seconds in cost.items():
        yield Row(name, seconds * 1e3, "ms")
    package, client = (cost[name] / cost[REQUESTS] for name in OURS)
    yield Row(f"{OURS[0]} / {REQUESTS}", package, at_most=1.10)
    # Without an aim: it includes the import of requests.
    yield Row(f"{OURS[1]} / {REQUESTS}", client)
