"""One client in many threads, tasks and two processes, closed while it is used, under load."""

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psutil
import pytest
from support.fault_proxy import FaultProxy
from support.fc_local import FcLocal

from faults import FULL
from faults.code import create_counting, create_function
from fc_client import AsyncClient, FCError, RetryPolicy

THREADS = 32
INVOCATIONS = 20_000 if FULL else 2_000
# Of them Async: the 202 of each promises one run.
ASYNC_SHARE = 10
# Every second one of these is cancelled unless it is fast.
HURRIED = 4_000 if FULL else 400

SLEEPING = """
import time

def handler(event, context):
    time.sleep(float(event))
    return event
"""

# Calls, forks, calls in both; prints for each process what came back wrong.
FORKING = """
import json, os, sys
from fc_client import Client, RetryPolicy

client = Client(sys.argv[1], retry=RetryPolicy(attempts=1), timeout=60)

def work(who):
    wrong = []
    for number in range(100):
        event = f"{who}-{number} " + "x" * 1000
        try:
            text = client.invoke_function("s", "counting", event).text
        except Exception as exc:
            text = repr(exc)
        if text != event:
            wrong.append([event[:20], text[:200]])
    return wrong

before = work("before")
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    os.write(writer, json.dumps(work("child")[:5]).encode())
    os._exit(0)
os.close(writer)
parent = work("parent")
with open(reader) as pipe:
    of_child = json.load(pipe)
os.waitpid(child, 0)
after = work("after")
print(json.dumps({"before": before, "child": of_child, "parent": parent, "after": after}))
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Yield a server in a process of its own, with functions, and the counter of runs."""
    directory = tmp_path_factory.mktemp("concurrency")
    with FcLocal(directory / "data") as server, server.client() as client:
        server.counter = directory / "runs"
        client.create_service("s")
        create_counting(client, "s", "counting", server.counter)
        create_function(client, "s", "sleeping", SLEEPING)
        yield server


def in_threads(work, count=THREADS):
    """Return what *work* returns in each of as many threads, given its number."""
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(work, range(count)))


def test_one_client_serves_many_threads(place):
    def life(number):
        name = f"thread-{number}"
        seen = [client.create_service(name, description=name).description]
        create_function(client, name, "f", "def handler(event, context):\n    return event\n")
        for call in range(10):
            event = f"{number}-{call}"
            seen.append(client.invoke_function("s", "counting", event).text == event)
            seen.append(client.update_service(name, description=event).description == event)
            seen.append(client.get_service(name).description == event)
        seen.append([item.function_name for item in client.iter_functions(name)])
        client.delete_function(name, "f")
        seen.append(client.delete_service(name))
        return seen

    with place.client(retry=RetryPolicy(attempts=1)) as client:
        lives = in_threads(life)

    assert lives == [[f"thread-{number}", *[True] * 30, ["f"], None] for number in range(THREADS)]


@pytest.fixture(scope="module")
def forked(place):
    """Return what the program said, and what the server was asked by connection."""
    url = urlsplit(place.environ["FC_ENDPOINT"])
    with FaultProxy((url.hostname, url.port)) as proxy:
        said = subprocess.run(
            [sys.executable, "-c", FORKING, f"http://127.0.0.1:{proxy.server_port}"],
            env={**os.environ, **place.environ},
            stdout=subprocess.PIPE,
            timeout=120,
            check=True,
        ).stdout
    return json.loads(said), list(proxy.raw_requests)


class TestFork:
    def test_both_sides_go_on_working(self, forked):
        wrong, _ = forked

        assert wrong == {"before": [], "child": [], "parent": [], "after": []}

    def test_they_share_no_connection(self, forked):
        _, requests = forked

        users = {}
        for request in requests:
            who = request.body.partition(b"-")[0]
            users.setdefault(request.connection, set()).add(who)

        assert [who for who in users.values() if b"child" in who] == [{b"child"}]
        assert len(requests) == 400


class TestClose:
    @pytest.mark.parametrize("pool_size", [THREADS, 2])
    def test_calls_in_flight_end(self, place, pool_size):
        """Also those that wait for a connection when there are few."""
        client = place.client(pool_size=pool_size, retry=RetryPolicy(attempts=1), timeout=(10, 30))
        outcomes = {}

        def call(number):
            try:
                event = f"0.{number:02}"
                answer = client.invoke_function("s", "sleeping", event).text
                outcomes[number] = "right" if answer == event else answer
            except FCError as error:
                outcomes[number] = type(error).__name__
            except BaseException as error:  # noqa: BLE001 - what it is, is tested
                outcomes[number] = repr(error)

        # Daemons: one that hangs must not hang the tests.
        threads = [threading.Thread(target=call, args=(n,), daemon=True) for n in range(16)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        client.close()
        deadline = time.monotonic() + 60
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))

        hanging = [number for number, thread in enumerate(threads) if thread.is_alive()]
        assert hanging == []
        assert set(outcomes.values()) <= {"right", "TransportError", "RequestTimeoutError"}

    @pytest.mark.parametrize("pool_size", [THREADS, 2])
    def test_tasks_in_flight_end(self, place, pool_size):
        """Also those that wait for a connection when there are few."""

        async def call(client, number):
            event = f"0.{number:02}"
            answer = await client.invoke_function("s", "sleeping", event)
            return answer.text == event

        async def main():
            client = place.client(AsyncClient, pool_size=pool_size, timeout=(10, 30))
            tasks = [asyncio.create_task(call(client, number)) for number in range(16)]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await client.close()
            done, hanging = await asyncio.wait(tasks, timeout=60)
            outcomes = await asyncio.gather(*done, return_exceptions=True)
            return hanging, outcomes

        hanging, outcomes = asyncio.run(main())

        assert hanging == set()
        assert [end for end in outcomes if end is not True and not isinstance(end, FCError)] == []
        assert len(outcomes) == 16
        assert True in outcomes


def test_cancelled_tasks_spoil_nothing(place, report):
    """No connection is lost, and no call gets what was meant for another one."""
    before, others = Counter(place.counter.read_text().split()), connections(place)
    chance = random.Random(1)
    pool_size = 4

    async def call(client, number, patience=None):
        # The largest are sent in pieces, so that they may be cancelled in between.
        event = f"cancelled-{number} {'x' * chance.choice((1, 3_000, 300_000))}"
        call = client.invoke_function("s", "counting", event)
        return (await asyncio.wait_for(call, patience)).text == event

    async def main():
        client = place.client(AsyncClient, pool_size=pool_size, retry=RetryPolicy(attempts=1))
        async with client:
            limited = asyncio.Semaphore(2 * pool_size)

            async def one(number):
                async with limited:
                    patience = chance.uniform(0, 0.04) if number % 2 else None
                    return await call(client, number, patience)

            ends = await asyncio.gather(*map(one, range(HURRIED)), return_exceptions=True)
            # As many at once as there are connections, and more.
            later = range(HURRIED, HURRIED + 4 * pool_size)
            after = await asyncio.wait_for(
                asyncio.gather(*(call(client, number) for number in later)), 60
            )
            open_ones = connections(place)
        return ends, open_ones, after

    ends, open_ones, after = asyncio.run(main())
    finished = {f"cancelled-{number}" for number, end in enumerate(ends) if end is True}
    runs = _settled(place.counter, before, len(finished) + len(after))

    report(f"cancelled: {HURRIED - len(finished)} of {HURRIED} invocations")
    assert {type(end) for end in ends} == {bool, asyncio.TimeoutError}
    assert False not in ends
    assert set(after) == {True}
    assert len(open_ones - others) <= pool_size
    assert connections(place) - others == set()
    assert set(runs.values()) == {1}
    assert finished <= set(runs)


def connections(place):
    """Return the ports of this process's connections to a server."""
    port = urlsplit(place.environ["FC_ENDPOINT"]).port
    return {
        each.laddr.port
        for each in psutil.net_connections("tcp")
        if each.pid == os.getpid()
        and each.raddr
        and each.raddr.port == port
        and each.status == psutil.CONN_ESTABLISHED
    }


def test_every_invocation_is_accounted_for(place, report):
    """Each payload returned to its caller, none lost, none run twice."""
    before = Counter(place.counter.read_text().split())
    client = place.client(pool_size=THREADS, retry=RetryPolicy(attempts=1), timeout=(30, 60))

    def call(number):
        event = f"stress-{number} {'x' * (number % 3000)}"
        if number % ASYNC_SHARE == 0:
            result = client.invoke_function("s", "counting", event, invocation_type="Async")
            return result.status_code == 202
        return client.invoke_function("s", "counting", event).text == event

    started = time.monotonic()
    with client, ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(call, range(INVOCATIONS)))
    seconds = time.monotonic() - started
    expected = Counter(f"stress-{number}" for number in range(INVOCATIONS))
    runs = _settled(place.counter, before, INVOCATIONS)

    report(f"stress: {INVOCATIONS} invocations in {seconds:.1f} s, {runs.total()} runs")
    assert answers.count(True) == INVOCATIONS
    assert runs == expected


def _settled(counter, before, count, seconds=60):
    """Return the runs since *before*, when there are *count* or after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        runs = Counter(counter.read_text().split()) - before
        if runs.total() >= count or time.monotonic() > deadline:
            # Time for one too many.
            time.sleep(0.5)
            return Counter(counter.read_text().split()) - before
        time.sleep(0.2)
