"""A call leaves no cycles behind: large programs pay for each run of the garbage collector."""

import asyncio
import gc

import pytest
from support.http_server import serving

import fc_client

CALLS = 20
KEYS = {"access_key_id": "id", "access_key_secret": "secret"}

# In chunks, which keep a state between them.
REPLY = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
)


def reply(exchange):
    exchange.wfile.write(REPLY)


@pytest.fixture(autouse=True)
def _without_collector():
    gc.disable()
    yield
    gc.enable()


class TestGarbage:
    def test_client(self):
        with serving(reply) as server, fc_client.Client(server.url, **KEYS) as client:
            client.invoke_function("s", "f", b"event")
            gc.collect()
            for _ in range(CALLS):
                client.invoke_function("s", "f", b"event")
            found = gc.collect()

        # Fewer than one per call: nothing of the calls themselves.
        assert found < CALLS

    def test_async_client(self):
        async def main(url):
            async with fc_client.AsyncClient(url, **KEYS) as client:
                await client.invoke_function("s", "f", b"event")
                gc.collect()
                for _ in range(CALLS):
                    await client.invoke_function("s", "f", b"event")
                return gc.collect()

        with serving(reply) as server:
            found = asyncio.run(main(server.url))

        assert found < CALLS
