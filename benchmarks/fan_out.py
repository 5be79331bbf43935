"""map_function of both clients, next to bare HTTP libraries."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import requests

import fc_client
from benchmarks.asyncio_client import (
    Cost,
    Measured,
    Take,
    Target,
    bare_aiohttp,
    clocks,
    cost_since,
    keep_in_flight,
    measured,
    medians,
)
from benchmarks.invocation import EVENT, KEYS, PATH, signed_headers
from benchmarks.measuring import Row, Rows
from benchmarks.servers import fast_server

FAN_OUT = 32

# Makes the given number of calls, without an event loop.
SyncTake = Callable[[int], object]
SyncContestant = Callable[[Target], AbstractContextManager[SyncTake]]


@asynccontextmanager
async def bare_httpx(target: Target) -> AsyncIterator[Take]:
    """Post with httpx as its documentation shows."""
    # Imported late: no other benchmark needs it.
    import httpx

    limits = httpx.Limits(max_connections=target.at_once, max_keepalive_connections=target.at_once)
    async with httpx.AsyncClient(limits=limits) as session:
        # Otherwise its default headers would be sent too.
        session.headers.clear()

        async def call() -> None:
            await session.post(target.url + PATH, content=EVENT, headers=target.headers)

        yield partial(keep_in_flight, call, target.at_once)


@asynccontextmanager
async def async_map(target: Target) -> AsyncIterator[Take]:
    """Invoke with AsyncClient.map_function."""
    async with fc_client.AsyncClient(target.url, **KEYS, pool_size=target.at_once) as client:

        async def take(count: int) -> None:
            payloads = (EVENT for _ in range(count))
            async for _ in client.map_function("s", "f", payloads, concurrency=target.at_once):
                pass

        yield take


@contextmanager
def sync_map(target: Target) -> Iterator[SyncTake]:
    """Invoke with Client.map_function."""
    with fc_client.Client(target.url, **KEYS, pool_size=target.at_once) as client:

        def take(count: int) -> None:
            payloads = (EVENT for _ in range(count))
            for _ in client.map_function("s", "f", payloads, concurrency=target.at_once):
                pass

        yield take


@contextmanager
def requests_in_threads(target: Target) -> Iterator[SyncTake]:
    """Post with one requests.Session, one thread for each call in flight."""
    with requests.Session() as session, ThreadPoolExecutor(target.at_once) as pool:
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=target.at_once))
        session.headers.clear()

        def call(_: int) -> None:
            session.post(target.url + PATH, data=EVENT, headers=target.headers)

        yield lambda count: list(pool.map(call, range(count)))


def sync_measured(contestant: SyncContestant, target: Target, count: int) -> Measured:
    """Like measured(), for a contestant without an event loop."""

    def run() -> Cost:
        with contestant(target) as take:
            take(target.at_once * 2)
            before = clocks()
            take(count)
            return cost_since(before, count)

    return run


def measure(*, quick: bool = False) -> Rows:
    """Yield all rows."""
    count, rounds = (50, 1) if quick else (1000, 6)
    with tempfile.TemporaryDirectory() as folder, fast_server(Path(folder)) as url:
        target = Target(url, signed_headers(), FAN_OUT)
        found = medians(
            {
                "aiohttp": measured(bare_aiohttp, target, count),
                "httpx": measured(bare_httpx, target, count),
                "requests in threads": sync_measured(requests_in_threads, target, count),
                "Client.map_function": sync_measured(sync_map, target, count),
                "AsyncClient.map_function": measured(async_map, target, count),
            },
            rounds,
        )
    for name, cost in found.items():
        yield Row(f"{name}, {FAN_OUT} in flight", 1 / cost.wall, "/s")
    bare, _, threads, ours, async_ours = (cost.wall for cost in found.values())
    yield Row("Client.map_function / requests in threads", threads / ours)
    yield Row("AsyncClient.map_function / aiohttp", bare / async_ours)
