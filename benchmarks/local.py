"""How fast the embedded Function Compute is: ``python -m benchmarks.local``.

Serves from a process of its own, as fc-local does, and prints what a client
in this process sees.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil

import fc_client

PYTHON = """
import time

def handler(event, context):
    if event == b"sleep":
        time.sleep(0.1)
    return event
"""
NODE = "exports.handler = (event, context, callback) => callback(null, event);\n"
RUNTIMES = {"python3": ("index.py", PYTHON), "nodejs8": ("index.js", NODE)}

FIRST_REPLY = """
import time
start = time.perf_counter()
from fc_client.local import LocalFunctionCompute
with LocalFunctionCompute() as function_compute, function_compute.client() as client:
    client.list_services()
    print(time.perf_counter() - start)
"""

Row = tuple[str, str]


@contextmanager
def served(folder: Path) -> Iterator[tuple[fc_client.Client, psutil.Process]]:
    """Give a client of a server that runs in a process of its own."""
    command = [sys.executable, "-m", "fc_client.local.cli", "--max-instances", "20"]
    with subprocess.Popen(
        [*command, "--data-dir", str(folder)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(4)][1:]
        values = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
        try:
            with fc_client.Client(
                values["FC_ENDPOINT"],
                access_key_id=values["ALIBABA_CLOUD_ACCESS_KEY_ID"],
                access_key_secret=values["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
                pool_size=100,
            ) as client:
                yield client, psutil.Process(server.pid)
        finally:
            server.terminate()


def create(client: fc_client.Client, name: str, runtime: str, folder: Path) -> None:
    """Create a function that returns its event."""
    file, source = RUNTIMES[runtime]
    (folder / file).write_text(source, encoding="utf-8")
    client.create_function(
        "bench", name, runtime=runtime, handler="index.handler", code=folder / file
    )


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def milliseconds(values: list[float]) -> str:
    """Return median and 99th percentile as text."""
    ordered = sorted(values)
    last = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"p50 {statistics.median(ordered) * 1000:.2f} ms, p99 {last * 1000:.2f} ms"


def first_reply(repeats: int) -> Row:
    """Measure from the import to the first reply."""
    times = [
        float(subprocess.check_output([sys.executable, "-c", FIRST_REPLY])) for _ in range(repeats)
    ]
    return "import to first reply", f"{statistics.median(times):.3f} s"


def starts(client: fc_client.Client, runtime: str, folder: Path, repeats: int) -> Row:
    """Measure the first call of functions that have no instance."""
    times = []
    for number in range(repeats):
        name = f"{runtime}-cold-{number}"
        create(client, name, runtime, folder)
        times.append(seconds(lambda name=name: client.invoke_function("bench", name, b"x")))  # type: ignore[misc]
    return f"cold start, {runtime}", milliseconds(times)


def round_trips(client: fc_client.Client, name: str, calls: int) -> Row:
    """Measure calls of a warm instance with 1 KiB."""
    event = b"x" * 1024
    times = [seconds(lambda: client.invoke_function("bench", name, event)) for _ in range(calls)]
    return f"warm call, {name}", milliseconds(times[calls // 10 :])


def throughput(client: fc_client.Client, name: str, threads: int, calls: int) -> Row:
    """Measure calls per second of a warm function."""
    with ThreadPoolExecutor(threads) as pool:

        def burst(count: int) -> None:
            list(pool.map(lambda _: client.invoke_function("bench", name, b"x"), range(count)))

        burst(20 * threads)
        rate = calls / seconds(lambda: burst(calls))
    return f"warm calls, {name}, {threads} threads", f"{rate:.0f}/s"


def sleepers(client: fc_client.Client, name: str) -> Row:
    """Measure 100 concurrent calls of a function that sleeps 100 ms."""
    with ThreadPoolExecutor(100) as pool:
        taken = seconds(
            lambda: list(
                pool.map(lambda _: client.invoke_function("bench", name, b"sleep"), range(100))
            )
        )
    return "100 calls that sleep 100 ms, 20 instances", f"{taken:.2f} s"


def memory(server: psutil.Process) -> list[Row]:
    """Measure what idle instances hold."""
    held: dict[str, list[int]] = {}
    for process in server.children(recursive=True):
        command = " ".join(process.cmdline())
        for runtime, script in (("python3", "bootstrap.py"), ("nodejs8", "bootstrap.js")):
            if script in command:
                held.setdefault(runtime, []).append(process.memory_info().rss)
    return [
        (f"memory of an idle instance, {runtime}", f"{statistics.median(sizes) / 1e6:.1f} MB")
        for runtime, sizes in sorted(held.items())
    ]


def measure(repeats: int, calls: int) -> Iterator[Row]:
    """Yield all rows."""
    yield first_reply(repeats)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with served(folder / "data") as (client, server):
            client.create_service("bench")
            for runtime in RUNTIMES:
                yield starts(client, runtime, folder, repeats)
                create(client, runtime, runtime, folder)
                yield round_trips(client, runtime, calls)
                for threads in (1, 8):
                    yield throughput(client, runtime, threads, calls)
            yield from memory(server)
            yield sleepers(client, "python3")


def main() -> None:
    """Print the table, and write it as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7, help="starts that are measured")
    parser.add_argument("--calls", type=int, default=1000, help="warm calls that are measured")
    parser.add_argument("--json", type=Path, help="a file to write the rows to")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    rows = {}
    for name, value in measure(options.repeats, options.calls):
        print(f"{name:<45}{value}", flush=True)
        rows[name] = value
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
