"""AsyncClient and bare aiohttp, with many calls in flight."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
)
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp

import fc_client
from benchmarks.invocation import EVENT, KEYS, PATH, signed_headers
from benchmarks.measuring import Row, Rows, in_turns
from benchmarks.servers import fast_server

IN_FLIGHT = 64


@dataclass(frozen=True)
class Target:
    """The server to call, the headers to send, and the number of calls in flight."""

    url: str
    headers: Mapping[str, str]
    at_once: int


@dataclass(frozen=True)
class Cost:
    """What a call took, in seconds of wall and CPU time."""

    wall: float
    cpu: float


# Makes the given number of calls.
Take = Callable[[int], Awaitable[object]]
Contestant = Callable[[Target], AbstractAsyncContextManager[Take]]
Measured = Callable[[], Cost]


@asynccontextmanager
async def bare_aiohttp(target: Target) -> AsyncIterator[Take]:
    """Post with aiohttp as its documentation shows."""
    connector = aiohttp.TCPConnector(limit=target.at_once)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def call() -> None:
            url = target.url + PATH
            async with session.post(url, data=EVENT, headers=target.headers) as reply:
                await reply.read()

        yield partial(keep_in_flight, call, target.at_once)


@asynccontextmanager
async def async_client(target: Target) -> AsyncIterator[Take]:
    """Invoke with AsyncClient."""
    async with fc_client.AsyncClient(target.url, **KEYS, pool_size=target.at_once) as client:
        call = partial(client.invoke_function, "s", "f", EVENT)
        yield partial(keep_in_flight, call, target.at_once)


async def keep_in_flight(call: Callable[[], Awaitable[object]], at_once: int, count: int) -> None:
    """Make *count* calls, *at_once* at a time."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await call()

    await asyncio.gather(*(work() for _ in range(at_once)))


def measured(contestant: Contestant, target: Target, count: int) -> Measured:
    """Return a function that measures *count* calls over open connections."""

    async def run() -> Cost:
        async with contestant(target) as take:
            await take(target.at_once * 2)
            before = clocks()
            await take(count)
            return cost_since(before, count)

    return lambda: asyncio.run(run())


def clocks() -> Cost:
    """Return the current readings of both clocks."""
    return Cost(time.perf_counter(), time.process_time())


def cost_since(before: Cost, count: int) -> Cost:
    """Return what each of *count* calls took since *before*."""
    now = clocks()
    return Cost((now.wall - before.wall) / count, (now.cpu - before.cpu) / count)


def medians(contestants: Mapping[str, Measured], rounds: int) -> dict[str, Cost]:
    """Return the median cost of a call for each contestant."""
    return {
        name: Cost(
            statistics.median(cost.wall for cost in costs),
            statistics.median(cost.cpu for cost in costs),
        )
        for name, costs in in_turns(contestants, rounds).items()
    }


def measure(*, quick: bool = False) -> Rows:
    """Yield all rows."""
    count, rounds = (100, 1) if quick else (3000, 10)
    with tempfile.TemporaryDirectory() as folder, fast_server(Path(folder)) as url:
        target = Target(url, signed_headers(), IN_FLIGHT)
        contestants = {"aiohttp": bare_aiohttp, "AsyncClient": async_client}
        found = medians(
            {name: measured(contestants[name], target, count) for name in contestants}, rounds
        )
    for name, cost in found.items():
        yield Row(f"{name}, {IN_FLIGHT} in flight", 1 / cost.wall, "/s")
    bare, ours = found.values()
    yield Row("AsyncClient / aiohttp, calls per second", bare.wall / ours.wall, at_least=1.0)
    for name, cost in found.items():
        yield Row(f"CPU of a call, {name}", cost.cpu * 1e6, "us")
    yield Row("CPU of a call, aiohttp / AsyncClient", bare.cpu / ours.cpu)
