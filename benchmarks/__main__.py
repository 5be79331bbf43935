"""Measure everything next to its peers: ``python -m benchmarks``, extra ``bench``.

Takes some five minutes. Prints a table, and writes it as JSON and as a plot of
the aims. Machines are noisy: contestants take turns, and ratios are what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from benchmarks import asyncio_client, calls, code_transfer, deployment, fan_out, local, startup
from benchmarks.measuring import Row, Rows
from benchmarks.plot import plot
from benchmarks.servers import nginx

PARTS: dict[str, Callable[..., Rows]] = {
    "One small Sync invocation": calls.measure,
    "Code on its way": code_transfer.measure,
    "Unchanged code": deployment.measure,
    "AsyncClient": asyncio_client.measure,
    "Fan-out": fan_out.measure,
    "Start-up": startup.measure,
    "The embedded Function Compute": local.measure,
}
PEERS = ("aiohttp", "aliyun-fc2", "fc-client", "httpx", "requests", "urllib3")

HERE = Path(__file__).parent


def options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", help="words of the parts to measure; default: all")
    parser.add_argument(
        "--quick", action="store_true", help="only see that all of it runs: measures little"
    )
    parser.add_argument("--json", type=Path, default=HERE / "results.json", metavar="FILE")
    parser.add_argument("--plot", type=Path, default=HERE / "results.png", metavar="FILE")
    return parser.parse_args()


def circumstances() -> dict[str, Any]:
    """Return what the numbers depend on."""
    installed = {found.name: found.version for found in distributions()}
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "server": "nginx" if nginx() else "small_server.py",
        "versions": {name: installed[name] for name in PEERS if name in installed},
    }


def title(found: dict[str, Any]) -> str:
    """Return the circumstances in a line."""
    return f"{found['date']}, {found['cores']} cores, Python {found['python']}, {found['server']}"


def measured(words: Sequence[str], *, quick: bool) -> Iterator[tuple[str, Row]]:
    """Measure the parts that are named, print their rows and yield them."""
    for part, measure in PARTS.items():
        if words and not any(word.lower() in part.lower() for word in words):
            continue
        print(f"\n{part}")
        # Closed, so that servers end whatever happens here.
        with closing(measure(quick=quick)) as rows:
            for row in rows:
                print(line(row), flush=True)
                yield part, row


def line(row: Row) -> str:
    """Return a row of the table."""
    verdict = "" if row.met is None else f"{row.aim}: {'met' if row.met else 'MISSED'}"
    return f"  {row.name:<62}{row.amount:>12}  {verdict}".rstrip()


def use_no_proxy() -> None:
    """Take proxies out of the environment: all servers are on this machine."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            del os.environ[name]


def end_children() -> None:
    """End what a signal has caught between its start and the block that would end it."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.terminate()
    psutil.wait_procs(children, timeout=5)


def main() -> None:
    """Measure all parts, or those that are named."""
    chosen = options()
    use_no_proxy()
    found = circumstances()
    print(title(found))
    rows = list(measured(chosen.parts, quick=chosen.quick))
    table = [{"part": part, **asdict(row), "met": row.met} for part, row in rows]
    chosen.json.write_text(json.dumps({**found, "rows": table}, indent=1) + "\n", encoding="utf-8")
    if find_spec("matplotlib"):
        plot([row for _, row in rows], title(found), chosen.plot)
    else:
        print(f"\nno {chosen.plot.name}: matplotlib is not installed")


if __name__ == "__main__":
    # Set, since who is started in the background ignores it; asyncio tidies up on this one alone.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    finally:
        end_children()
