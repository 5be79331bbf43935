"""Run all benchmarks: ``python -m benchmarks``, extra ``bench``.

Takes about five minutes. Prints a table and writes it as JSON; the rows with
an aim also become a plot. Machines are noisy, so the libraries that are
compared take turns: compare ratios, not absolute numbers.
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

from benchmarks import (
    asyncio_client,
    calls,
    code_transfer,
    command_line,
    deployment,
    fan_out,
    local,
    startup,
)
from benchmarks.measuring import Row, Rows
from benchmarks.plot import plot
from benchmarks.servers import SIGNAL_SECONDS, nginx

PARTS: dict[str, Callable[..., Rows]] = {
    "One small Sync invocation": calls.measure,
    "Code transfer": code_transfer.measure,
    "Unchanged code": deployment.measure,
    "AsyncClient": asyncio_client.measure,
    "Fan-out": fan_out.measure,
    "Start-up": startup.measure,
    "The embedded Function Compute": local.measure,
    "fcli": command_line.measure,
}
PEERS = ("aiohttp", "aliyun-fc-client", "aliyun-fc2", "httpx", "requests", "urllib3")

HERE = Path(__file__).parent


def options() -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", help="words in the titles of the parts to run; default: all"
    )
    parser.add_argument(
        "--quick", action="store_true", help="run everything briefly, to see that it works"
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=HERE / "results.json",
        metavar="FILE",
        help="where to write the table; default: benchmarks/results.json",
    )
    parser.add_argument(
        "--plot",
        type=Path,
        default=HERE / "results.png",
        metavar="FILE",
        help="where to write the plot; default: benchmarks/results.png",
    )
    return parser.parse_args()


def circumstances() -> dict[str, Any]:
    """Return the date, machine and versions that the results depend on."""
    installed = {found.name: found.version for found in distributions()}
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "server": "nginx" if nginx() else "small_server.py",
        "versions": {name: installed[name] for name in PEERS if name in installed},
    }


def title(found: dict[str, Any]) -> str:
    """Return the circumstances in one line."""
    return f"{found['date']}, {found['cores']} cores, Python {found['python']}, {found['server']}"


def measured(words: Sequence[str], *, quick: bool) -> Iterator[tuple[str, Row]]:
    """Run the parts that match *words*, print and yield their rows."""
    for part, measure in PARTS.items():
        if words and not any(word.lower() in part.lower() for word in words):
            continue
        print(f"\n{part}")
        # Closed explicitly, so that its servers end if this loop is interrupted.
        with closing(measure(quick=quick)) as rows:
            for row in rows:
                print(line(row), flush=True)
                yield part, row


def line(row: Row) -> str:
    """Return a row as a line of the table."""
    verdict = "" if row.met is None else f"{row.aim}: {'met' if row.met else 'MISSED'}"
    return f"  {row.name:<62}{row.amount:>12}  {verdict}".rstrip()


def use_no_proxy() -> None:
    """Remove proxies from the environment: all servers are on this machine."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            del os.environ[name]


def end_children() -> None:
    """Terminate processes that a signal left without the block that would end them."""
    children = psutil.Process().children(recursive=True)
    while children:
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.terminate()
        _, children = psutil.wait_procs(children, timeout=SIGNAL_SECONDS)


def main() -> None:
    """Run all parts, or those named on the command line."""
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
    # Set explicitly: a shell starts background processes with SIGINT ignored, and
    # asyncio cancels its tasks only if this handler is installed.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    finally:
        end_children()
