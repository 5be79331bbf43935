"""The speed of fcli: its start, a long list, and completion from the names that it has stored."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.measuring import Row, Rows
from fc_client import Client
from fc_client.local import LocalFunctionCompute

# The most that the service returns in one call.
PAGE = 100
COMPLETING = {
    "_FCLI_COMPLETE": "bash_complete",
    "COMP_WORDS": "fcli info bench/",
    "COMP_CWORD": "2",
}
# Within a process that has imported what it needs, as the shell has.
COMPLETE = """
import time
from fc_client.fcli.completion import complete_path
from fc_client.fcli.session import Session
session = Session()
complete_path(session, "bench/")
start = time.process_time()
found = complete_path(session, "bench/f")
print(time.process_time() - start, len(found))
"""


@contextmanager
def many_functions(count: int) -> Iterator[dict[str, str]]:
    """Yield the environment of fcli for a server that has a service with *count* functions."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalFunctionCompute() as server,
        server.client() as client,
    ):
        code = Path(folder, "index.py")
        code.write_text("def handler(event, context): pass\n", encoding="utf-8")
        client.create_service("bench")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(partial(create, client, code), range(count)))
        environ = {**os.environ, **server.variables, "HOME": folder}
        environ["PYTHONPYCACHEPREFIX"] = str(Path(folder, "bytecode"))
        environ.pop("PYTHONDONTWRITEBYTECODE", None)
        yield environ


def create(client: Client, code: Path, number: int) -> None:
    """Create a small function."""
    client.create_function(
        "bench",
        f"f{number:04}",
        runtime="python3",
        handler="index.handler",
        code=code,
    )


def fcli(environ: Mapping[str, str], *words: str) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Run a command line; return the CPU seconds of its process, and what it printed."""
    before = _cpu_seconds()
    ended = subprocess.run(
        [sys.executable, "-m", "fc_client.fcli", *words],
        capture_output=True,
        text=True,
        env=environ,
        check=True,
    )
    return _cpu_seconds() - before, ended


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(*, quick: bool = False) -> Rows:
    """Yield all rows; the times are those of the CPU, which other processes disturb least."""
    repeats, count = (3, 200) if quick else (15, 1000)
    with many_functions(count) as environ:
        # These compile the modules, as an installation does.
        fcli(environ, "--help")
        fcli(environ, "ls", "bench")
        helps = [fcli(environ, "--help")[0] for _ in range(repeats)]
        yield Row("fcli --help", statistics.median(helps) * 1e3, "ms", at_most=150)
        _, listed = fcli(environ, "--debug", "ls", "bench")
        assert len(listed.stdout.splitlines()) == count
        calls = listed.stderr.count("> GET ")
        yield Row(f"Calls of a list of {count:,} functions", calls, at_most=count / PAGE)
        lists = [fcli(environ, "ls", "bench")[0] for _ in range(repeats)]
        yield Row(f"fcli ls of {count:,} functions", statistics.median(lists) * 1e3, "ms")
        yield from completion(environ, repeats, count)


def completion(environ: Mapping[str, str], repeats: int, count: int) -> Rows:
    """Yield the rows of completion."""
    times = []
    for _ in range(repeats):
        printed = subprocess.check_output(
            [sys.executable, "-c", COMPLETE], env=environ, text=True
        ).split()
        assert int(printed[1]) == count
        times.append(float(printed[0]))
    found = statistics.median(times) * 1e3
    yield Row(f"Completion of {count:,} stored names", found, "ms", at_most=50)
    shells = [fcli({**environ, **COMPLETING})[0] for _ in range(repeats)]
    yield Row("The same for bash, in a new process", statistics.median(shells) * 1e3, "ms")
