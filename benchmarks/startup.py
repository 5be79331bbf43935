"""What importing the library costs, next to requests."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator

Row = tuple[str, str]

STATEMENTS = {
    "import requests": "import requests",
    "import fc_client": "import fc_client",
    "from fc_client import Client": "from fc_client import Client",
}
SCRIPT = "import time; start = time.process_time(); {}; print(time.process_time() - start)"


def measure(rounds: int = 15) -> Iterator[Row]:
    """Yield all rows."""
    found: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(rounds):
        for name, statement in STATEMENTS.items():
            command = [sys.executable, "-c", SCRIPT.format(statement)]
            found[name].append(float(subprocess.check_output(command)))
    cost = {name: statistics.median(values) for name, values in found.items()}
    for name, seconds in cost.items():
        yield name, f"{seconds * 1e3:.0f} ms"
    for name in ("import fc_client", "from fc_client import Client"):
        ratio = cost[name] / cost["import requests"]
        yield f"  {name} / import requests (aim: at most 1.10)", f"{ratio:.2f}"


def main() -> None:
    """Print the rows."""
    for name, value in measure():
        print(f"{name:<50}{value}", flush=True)


if __name__ == "__main__":
    main()
