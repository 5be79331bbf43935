"""Mixed load on fc-local for some minutes: whether memory and descriptors stay flat.

    python tests/long/faults/soak.py --minutes 10

Prints a line per minute. At the end the second half is compared with the quarter before it, when
all is warm: flat is a median memory of at most 5 % or 4 MB more, and a median number of
descriptors and of threads of at most 4 more, for the server and for this process. The exit code
is 1 if something was not flat, or if a call ended as it should not have.
"""

# A command prints.
# ruff: noqa: T201

import argparse
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from support.fc_local import FcLocal

from faults.code import create_function
from fc_client import FCError, RetryPolicy, UnhandledInvocationError

THREADS = 6
SAMPLE_SECONDS = 1
MB = 1024 * 1024

MORE_MEMORY, MORE_MEMORY_MB, MORE_COUNT = 0.05, 4, 4

ECHO = "def handler(event, context):\n    return event\n"
FAILING = "def handler(event, context):\n    raise ValueError(event)\n"
SLOW = "import time\n\ndef handler(event, context):\n    time.sleep(30)\n"


@dataclass(frozen=True)
class Sample:
    """What a process takes: MB of memory, descriptors, threads."""

    memory: float
    descriptors: int
    threads: int


def sample(process):
    with process.oneshot():
        return Sample(process.memory_info().rss / MB, process.num_fds(), process.num_threads())


class Load:
    """Threads that call everything, until they are stopped."""

    def __init__(self, client):
        self._client = client
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(THREADS)]
        self.done = Counter()
        self.wrong = Counter()

    def __enter__(self):
        self._client.create_service("s")
        for name, source in (("echo", ECHO), ("failing", FAILING), ("slow", SLOW)):
            create_function(self._client, "s", name, source, timeout=1)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number):
        steps = (
            (self._sync, 60),
            (self._async, 15),
            (self._life, 6),
            (self._lists, 5),
            (self._failing, 10),
            (self._slow, 1),
        )
        choices, weights = zip(*steps, strict=True)
        chance = random.Random(number)
        while not self._stop.is_set():
            (step,) = chance.choices(choices, weights)
            try:
                right = step(f"n{number}-{chance.randrange(10**9)}")
            except FCError as error:
                right = False
                self.wrong[f"{type(error).__name__} in {step.__name__}"] += 1
            self.done[step.__name__.strip("_")] += 1
            if right is False:
                self.wrong[step.__name__] += 1

    def _sync(self, name):
        event = name * random.choice((1, 100, 10_000))
        return self._client.invoke_function("s", "echo", event).text == event

    def _async(self, name):
        function = random.choice(("echo", "echo", "echo", "echo", "failing"))
        result = self._client.invoke_function("s", function, name, invocation_type="Async")
        return result.status_code == 202

    def _life(self, name):
        """Create, update, use and delete a service and a function."""
        client = self._client
        client.create_service(name)
        create_function(client, name, "f", ECHO)
        client.update_service(name, description="new")
        client.update_function(name, "f", memory_size=256)
        answer = client.invoke_function(name, "f", name).text
        client.delete_function(name, "f")
        client.delete_service(name)
        return answer == name

    def _lists(self, _):
        services = [service.service_name for service in self._client.iter_services(page_size=5)]
        functions = [item.function_name for item in self._client.iter_functions("s")]
        return "s" in services and functions == ["echo", "failing", "slow"]

    def _failing(self, name):
        return self._fails("failing", name)

    def _slow(self, name):
        return self._fails("slow", name)

    def _fails(self, function, name):
        try:
            self._client.invoke_function("s", function, name)
        except UnhandledInvocationError:
            return True
        return False


def row(minute, samples, load, workers):
    """Return a line of the table."""
    cells = [f"{minute:>6}", f"{load.done.total():>8}"]
    for side in zip(*samples, strict=True):
        memory, descriptors, threads = (
            [getattr(each, name) for each in side] for name in ("memory", "descriptors", "threads")
        )
        cells.append(f"{statistics.median(memory):>9.1f} {max(descriptors):>5} {max(threads):>5}")
    return "  ".join([*cells, f"{workers:>7}"])


HEAD = """\
                   fc-local                 this process
minute     calls    RSS, MB   fds  thrd    RSS, MB   fds  thrd  workers"""


def growth(samples):
    """Return what has grown, as lines; samples are of one process."""
    quarter = len(samples) // 4
    base, late = samples[quarter : 2 * quarter], samples[2 * quarter :]
    for name in ("memory", "descriptors", "threads"):
        before, after = (
            statistics.median(getattr(each, name) for each in part) for part in (base, late)
        )
        more = max(before * MORE_MEMORY, MORE_MEMORY_MB) if name == "memory" else MORE_COUNT
        yield name, before, after, after - before <= more


def measure(seconds, server, load):
    """Return samples of both processes, one pair per second; print a line per minute."""
    processes = [psutil.Process(server.process.pid), psutil.Process(os.getpid())]
    print(HEAD)
    samples = []
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        time.sleep(SAMPLE_SECONDS)
        samples.append([sample(process) for process in processes])
        minute = 60 // SAMPLE_SECONDS
        if len(samples) % minute == 0:
            workers = len(processes[0].children(recursive=True))
            print(row(len(samples) // minute, samples[-minute:], load, workers), flush=True)
    return samples


def verdict(samples, load):
    """Print whether all was flat; return whether it was."""
    flat = True
    for who, side in zip(("fc-local", "this process"), zip(*samples, strict=True), strict=True):
        for name, before, after, passed in growth(side):
            flat &= passed
            word = "flat" if passed else "NOT FLAT"
            print(f"{who:12} {name:11} {before:7.1f} -> {after:7.1f}  {word}")
    print("calls:", ", ".join(f"{name} {count}" for name, count in load.done.most_common()))
    print("wrong:", dict(load.wrong) or "none")
    return flat and not load.wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    seconds = parser.parse_args().minutes * 60
    with (
        tempfile.TemporaryDirectory() as directory,
        FcLocal(Path(directory, "data")) as server,
        server.client(pool_size=THREADS, retry=RetryPolicy(attempts=1), timeout=(5, 60)) as client,
    ):
        with Load(client) as load:
            samples = measure(seconds, server, load)
        passed = verdict(samples, load)
        server.kill()
        # Whatever is left holds on to the directory.
        left = server.processes_after(5)
        print("left behind after a kill:", left or "nothing")
    return 0 if passed and not left else 1


if __name__ == "__main__":
    sys.exit(main())
