"""AsyncClient and map_function next to bare HTTP libraries.

``python -m benchmarks.asyncio_client --url http://127.0.0.1:8099`` needs a server
that answers every request with 200, such as nginx with ``return 200``.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import requests

import fc_client

IN_FLIGHT = 64
FAN_OUT = 32

PATH = "/2016-08-15/services/s/functions/f/invocations"
EVENT = b"x" * 128

Row = tuple[str, float]
# Makes a number of calls and returns the seconds they took.
Contestant = Callable[[int], float]


def keys() -> dict[str, str]:
    """Return made-up credentials: nobody checks them here."""
    return {"access_key_id": "id", "access_key_secret": "secret"}


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


async def keep_in_flight(call: Callable[[], Awaitable[object]], calls: int, tasks: int) -> float:
    """Return the seconds that *calls* calls take, *tasks* of them at a time."""
    left = iter(range(calls))

    async def work() -> None:
        for _ in left:
            await call()

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(tasks)))
    return time.perf_counter() - start


def bare_aiohttp(url: str) -> Contestant:
    """Post with aiohttp as its documents show it."""

    async def run(calls: int) -> float:
        connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def call() -> None:
                async with session.post(url + PATH, data=EVENT) as reply:
                    await reply.read()

            await keep_in_flight(call, IN_FLIGHT * 2, IN_FLIGHT)
            return await keep_in_flight(call, calls, IN_FLIGHT)

    return lambda calls: asyncio.run(run(calls))


def async_client(url: str) -> Contestant:
    """Invoke with AsyncClient."""

    async def run(calls: int) -> float:
        async with fc_client.AsyncClient(url, **keys(), pool_size=IN_FLIGHT) as client:

            async def call() -> None:
                await client.invoke_function("s", "f", EVENT)

            await keep_in_flight(call, IN_FLIGHT * 2, IN_FLIGHT)
            return await keep_in_flight(call, calls, IN_FLIGHT)

    return lambda calls: asyncio.run(run(calls))


def async_map(url: str) -> Contestant:
    """Invoke with AsyncClient.map_function."""

    async def run(calls: int) -> float:
        async with fc_client.AsyncClient(url, **keys(), pool_size=FAN_OUT) as client:

            async def take(count: int) -> None:
                payloads = (EVENT for _ in range(count))
                async for _ in client.map_function("s", "f", payloads, concurrency=FAN_OUT):
                    pass

            await take(FAN_OUT * 2)
            start = time.perf_counter()
            await take(calls)
            return time.perf_counter() - start

    return lambda calls: asyncio.run(run(calls))


def sync_map(url: str) -> Contestant:
    """Invoke with Client.map_function."""

    def run(calls: int) -> float:
        with fc_client.Client(url, **keys(), pool_size=FAN_OUT) as client:

            def take(count: int) -> None:
                payloads = (EVENT for _ in range(count))
                for _ in client.map_function("s", "f", payloads, concurrency=FAN_OUT):
                    pass

            take(FAN_OUT * 2)
            return seconds(lambda: take(calls))

    return run


def requests_in_threads(url: str) -> Contestant:
    """Post with one requests.Session in as many threads."""

    def run(calls: int) -> float:
        with requests.Session() as session, ThreadPoolExecutor(FAN_OUT) as pool:
            adapter = requests.adapters.HTTPAdapter(pool_maxsize=FAN_OUT)
            session.mount("http://", adapter)

            def take(count: int) -> None:
                list(pool.map(lambda _: session.post(url + PATH, data=EVENT), range(count)))

            take(FAN_OUT * 2)
            return seconds(lambda: take(calls))

    return run


def rates(contestants: dict[str, Contestant], calls: int, rounds: int) -> dict[str, float]:
    """Return the median of calls per second; contestants take turns in every round."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            found[name].append(calls / run(calls))
    return {name: statistics.median(values) for name, values in found.items()}


def measure(url: str, calls: int = 3000, rounds: int = 5) -> Iterator[Row]:
    """Yield requests per second, and what matters of their ratios."""
    flight = {
        f"aiohttp, {IN_FLIGHT} in flight": bare_aiohttp(url),
        f"AsyncClient, {IN_FLIGHT} in flight": async_client(url),
    }
    found = rates(flight, calls, rounds)
    yield from found.items()
    bare, ours = found.values()
    yield "AsyncClient / aiohttp (goal: 0.8)", ours / bare
    fans = {
        f"requests in {FAN_OUT} threads": requests_in_threads(url),
        f"Client.map_function, concurrency {FAN_OUT}": sync_map(url),
        f"AsyncClient.map_function, concurrency {FAN_OUT}": async_map(url),
    }
    found = rates(fans, calls, rounds)
    yield from found.items()
    threads, *maps = found.values()
    for name, rate in zip(("Client", "AsyncClient"), maps, strict=True):
        yield f"{name}.map_function / requests in threads", rate / threads


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="a server that answers everything with 200")
    parser.add_argument("--calls", type=int, default=3000, help="of each contestant in a round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for name, value in measure(options.url, options.calls, options.rounds):
        print(f"{name:<50}{value:>10.2f}", flush=True)


if __name__ == "__main__":
    main()
