"""Upload and download of code, next to aliyun-fc2 and requests.

Each call runs in its own process, so that its peak of memory can be measured.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import MB, Row, Rows, in_turns
from benchmarks.servers import code_server
from benchmarks.trees import plant, words

MAX_MEMORY_MB = 24

# Memory is the growth of the peak since the imports and the client.
SCRIPT = """
import os, sys, time
from pathlib import Path
endpoint, path = sys.argv[1:]

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

{client}
before, start = peak(), time.perf_counter()
{call}
print(time.perf_counter() - start, peak() - before)
"""

CLIENT = """
import fc_client
client = fc_client.Client(endpoint, access_key_id="i", access_key_secret="s")
"""
UPLOAD = "client.create_function('s', 'f', runtime='python3', handler='i.h', code=path)"
ONE_CORE = "os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])"
OUR_UPLOAD = SCRIPT.format(client=CLIENT, call=UPLOAD)
OUR_UPLOAD_ON_ONE_CORE = SCRIPT.format(client=CLIENT + ONE_CORE, call=UPLOAD)
ALIYUN_UPLOAD = SCRIPT.format(
    client="""
import fc2
client = fc2.Client(endpoint=endpoint, accessKeyID="i", accessKeySecret="s", Timeout=600)
""",
    call="client.create_function('s', 'f', 'python3', 'i.h', codeDir=path)",
)

OUR_DOWNLOAD = SCRIPT.format(client=CLIENT, call="client.download_function_code('s', 'f', path)")
REQUESTS_DOWNLOAD = SCRIPT.format(
    client="import requests",
    call="Path(path).write_bytes(requests.get(endpoint + '/zip').content)",
)


@dataclass(frozen=True)
class Cost:
    """What a call took: seconds, and MB by which the peak of memory grew."""

    seconds: float
    memory: float


def run(script: str, endpoint: str, path: Path) -> Cost:
    """Make a call in its own process."""
    command = [sys.executable, "-c", script, endpoint, str(path)]
    printed = subprocess.check_output(command, text=True, start_new_session=True)
    seconds, memory = map(float, printed.split())
    return Cost(seconds, memory / MB)


def costs(scripts: Mapping[str, str], endpoint: str, path: Path, rounds: int) -> list[Cost]:
    """Return the median of seconds and the maximum of memory for each script."""

    def contestant(script: str) -> Callable[[], Cost]:
        return lambda: run(script, endpoint, path)

    found = in_turns({name: contestant(script) for name, script in scripts.items()}, rounds)
    return [
        Cost(statistics.median(run.seconds for run in runs), max(run.memory for run in runs))
        for runs in found.values()
    ]


def upload(endpoint: str, tree: Path, size: str, rounds: int) -> Rows:
    """Measure creating a function from incompressible files."""
    scripts = {"aliyun-fc2": ALIYUN_UPLOAD, "fc_client": OUR_UPLOAD}
    theirs, ours = costs(scripts, endpoint, tree, rounds)
    yield Row(f"create from {size}, aliyun-fc2", theirs.seconds, "s")
    yield Row(f"create from {size}, fc_client", ours.seconds, "s")
    yield Row(
        f"create from {size}, aliyun-fc2 / fc_client", theirs.seconds / ours.seconds, at_least=4
    )
    yield Row(f"memory for {size}, aliyun-fc2", theirs.memory, "MB")
    yield Row(f"memory for {size}, fc_client", ours.memory, "MB", at_most=MAX_MEMORY_MB)


def upload_of_text(endpoint: str, tree: Path, size: str, rounds: int) -> Rows:
    """Measure creating a function from compressible files, on one and on all cores."""
    scripts = {
        "aliyun-fc2": ALIYUN_UPLOAD,
        "fc_client on one core": OUR_UPLOAD_ON_ONE_CORE,
        "fc_client": OUR_UPLOAD,
    }
    found = costs(scripts, endpoint, tree, rounds)
    for name, cost in zip(scripts, found, strict=True):
        yield Row(f"create from {size} of text, {name}", cost.seconds, "s")
    theirs, one_core, ours = (cost.seconds for cost in found)
    yield Row(f"create from {size} of text, aliyun-fc2 / fc_client", theirs / ours)
    yield Row(f"create from {size} of text, one core / all cores", one_core / ours)


def large_upload(endpoint: str, tree: Path, size: str) -> Rows:
    """Measure that memory does not depend on the size; larger code is uploaded to OSS."""
    cost = run(OUR_UPLOAD, endpoint, tree)
    yield Row(f"create from {size}, fc_client", cost.seconds, "s")
    yield Row(f"memory for {size}, fc_client", cost.memory, "MB", at_most=MAX_MEMORY_MB)


def download(endpoint: str, path: Path, size: str, rounds: int) -> Rows:
    """Measure saving code to a file."""
    scripts = {"requests.get": REQUESTS_DOWNLOAD, "fc_client": OUR_DOWNLOAD}
    theirs, ours = costs(scripts, endpoint, path, rounds)
    yield Row(f"download {size}, requests.get", theirs.seconds, "s")
    yield Row(f"download {size}, fc_client", ours.seconds, "s")
    yield Row(f"memory for download of {size}, requests.get", theirs.memory, "MB")
    yield Row(f"memory for download of {size}, fc_client", ours.memory, "MB", at_most=MAX_MEMORY_MB)


def measure(*, quick: bool = False) -> Rows:
    """Yield all rows."""
    size, largest, large = (MB, 2 * MB, 2 * MB) if quick else (48 * MB, 96 * MB, 300 * MB)
    named, largest_named, large_named = (f"{each // MB} MB" for each in (size, largest, large))
    rounds = 1 if quick else 8
    with tempfile.TemporaryDirectory() as name, code_server(large) as url:
        folder = Path(name)
        yield from upload(url, plant(folder / "noise", size), named, rounds)
        yield from upload_of_text(url, plant(folder / "text", size, words), named, rounds)
        yield from large_upload(url, plant(folder / "largest", largest), largest_named)
        yield from download(url, folder / "code.zip", large_named, 1 if quick else 2)
