"""The speed of the embedded Function Compute, seen from a client in another process."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil

import fc_client
from benchmarks.measuring import MB, Row, Rows, timed
from benchmarks.servers import first_line, started

PYTHON = """
import time

def handler(event, context):
    if event == b"sleep":
        time.sleep(0.1)
    return event
"""
NODE = "exports.handler = (event, context, callback) => callback(null, event);\n"
RUNTIMES = {"python3": ("index.py", PYTHON), "nodejs8": ("index.js", NODE)}

# The last of those that the server prints and that a client needs.
_LAST_VARIABLE = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"

FIRST_REPLY = """
import time
start = time.perf_counter()
from fc_client.local import LocalFunctionCompute
with LocalFunctionCompute() as function_compute, function_compute.client() as client:
    client.list_services()
    print(time.perf_counter() - start)
"""


@contextmanager
def served(folder: Path) -> Iterator[tuple[fc_client.Client, psutil.Process]]:
    """Yield a client of a server in its own process, and that process."""
    command = [sys.executable, "-m", "fc_client.local.cli", "--quiet", "--max-instances", "20"]
    with started(*command, "--data-dir", folder) as server:
        values: dict[str, str] = {}
        while _LAST_VARIABLE not in values:
            name, _, value = first_line(server).removeprefix("export ").strip().partition("=")
            values[name] = value
        with fc_client.Client(
            values["FC_ENDPOINT"],
            access_key_id=values["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            access_key_secret=values[_LAST_VARIABLE],
            pool_size=100,
        ) as client:
            yield client, psutil.Process(server.pid)


def create(client: fc_client.Client, name: str, runtime: str, folder: Path) -> None:
    """Create a function that returns its event."""
    file, source = RUNTIMES[runtime]
    (folder / file).write_text(source, encoding="utf-8")
    client.create_function(
        "bench", name, runtime=runtime, handler="index.handler", code=folder / file
    )


def spread(name: str, values: list[float]) -> Rows:
    """Yield the median and the 99th percentile."""
    ordered = sorted(values)
    last = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    yield Row(f"{name}, p50", statistics.median(ordered) * 1e3, "ms")
    yield Row(f"{name}, p99", last * 1e3, "ms")


def first_reply(repeats: int) -> Row:
    """Measure the time from the import to the first response."""
    command = [sys.executable, "-c", FIRST_REPLY]
    times = [
        float(subprocess.check_output(command, start_new_session=True)) for _ in range(repeats)
    ]
    return Row("import to first reply", statistics.median(times), "s")


def starts(client: fc_client.Client, runtime: str, folder: Path, repeats: int) -> Rows:
    """Measure cold starts: the first call of a function."""
    times = []
    for number in range(repeats):
        name = f"{runtime}-cold-{number}"
        create(client, name, runtime, folder)
        times.append(timed(partial(client.invoke_function, "bench", name, b"x")))
    yield from spread(f"cold start, {runtime}", times)


def round_trips(client: fc_client.Client, name: str, calls: int) -> Rows:
    """Measure calls of a warm instance with an event of 1 KiB."""
    call = partial(client.invoke_function, "bench", name, b"x" * 1024)
    times = [timed(call) for _ in range(calls)]
    yield from spread(f"warm call, {name}", times[calls // 10 :])


def throughput(client: fc_client.Client, name: str, threads: int, calls: int) -> Row:
    """Measure calls per second of a warm function."""
    with ThreadPoolExecutor(threads) as pool:

        def burst(count: int) -> None:
            list(pool.map(lambda _: client.invoke_function("bench", name, b"x"), range(count)))

        burst(20 * threads)
        rate = calls / timed(lambda: burst(calls))
    return Row(f"warm calls, {name}, threads: {threads}", rate, "/s")


def sleepers(client: fc_client.Client, name: str) -> Row:
    """Measure 100 concurrent calls of a function that sleeps 100 ms."""

    def call(_: int) -> None:
        client.invoke_function("bench", name, b"sleep")

    with ThreadPoolExecutor(100) as pool:
        taken = timed(lambda: list(pool.map(call, range(100))))
    return Row("100 calls that sleep 100 ms, 20 instances", taken, "s")


def memory(server: psutil.Process) -> Rows:
    """Measure the memory of idle instances."""
    sizes_of: dict[str, list[int]] = {}
    for process in server.children(recursive=True):
        command = " ".join(process.cmdline())
        for runtime, script in (("python3", "bootstrap.py"), ("nodejs8", "bootstrap.js")):
            if script in command:
                sizes_of.setdefault(runtime, []).append(process.memory_info().rss)
    for runtime, sizes in sorted(sizes_of.items()):
        yield Row(f"memory of an idle instance, {runtime}", statistics.median(sizes) / MB, "MB")


def measure(*, quick: bool = False) -> Rows:
    """Yield all rows."""
    repeats, calls = (1, 20) if quick else (7, 1000)
    yield first_reply(repeats)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with served(folder / "data") as (client, server):
            client.create_service("bench")
            for runtime in RUNTIMES:
                yield from starts(client, runtime, folder, repeats)
                create(client, runtime, runtime, folder)
                yield from round_trips(client, runtime, calls)
                for threads in (1, 8):
                    yield throughput(client, runtime, threads, calls)
            yield from memory(server)
            yield sleepers(client, "python3")
