"""Callers that take their time between two parts of a streamed reply."""

import asyncio
import time

import pytest
from support.at_once import at_once
from support.http_server import replying, serving
from support.ways import by_proxy, directly

from fc_client import AsyncClient, Client
from fc_client.timeouts import MAX_DRIP_FACTOR

KEYS = {"access_key_id": "i", "access_key_secret": "s"}


def read_slowly(url, pauses, **options):
    """Return the size of a streamed body, read with a pause before it and one after a part."""
    with Client(url, **KEYS, **options) as client, client.stream("GET", "s", "f") as reply:
        time.sleep(pauses[0])
        parts = reply.iter_bytes()
        size = len(next(parts))
        time.sleep(pauses[1])
        return size + sum(map(len, parts))


def read_slowly_async(url, pauses, **options):
    async def main():
        async with (
            AsyncClient(url, **KEYS, **options) as client,
            client.stream("GET", "s", "f") as reply,
        ):
            await asyncio.sleep(pauses[0])
            parts = reply.iter_bytes()
            size = len(await anext(parts))
            await asyncio.sleep(pauses[1])
            return size + sum([len(part) async for part in parts])

    return asyncio.run(main())


class TestSlowCaller:
    @at_once
    @pytest.mark.parametrize(
        ("way", "pauses"),
        # urllib3 and aiohttp limit the silence here, and only while the caller waits.
        [(directly, (0.8, 0.8)), (by_proxy, (0, 1.1 * MAX_DRIP_FACTOR * 0.6))],
    )
    @pytest.mark.parametrize("read", [read_slowly, read_slowly_async])
    def test_takes_none_of_the_time_of_the_service(self, read, way, pauses):
        """The body is more than AsyncClient reads ahead."""
        with serving(replying(200, b"x" * 2_000_000)) as server:
            url, options = way(server)
            assert read(url, pauses, timeout=(30, 0.6), **options) == 2_000_000
