"""Both clients, to be called in one way."""

import asyncio
import inspect

from fc_client import AsyncClient, Client, RetryPolicy

_OPTIONS = {
    "access_key_id": "i",
    "access_key_secret": "s",
    "retry": RetryPolicy(base_delay=0),
    "timeout": 5,
}


class Awaited:
    """An AsyncClient that is called as a Client is: each call runs its event loop."""

    def __init__(self, *arguments, **options):
        self._client = AsyncClient(*arguments, **options)
        self.loop = asyncio.new_event_loop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._run(self._client.close())
        self._run(self.loop.shutdown_default_executor())
        self.loop.close()

    def __getattr__(self, name):
        method = getattr(self._client, name)
        return lambda *arguments, **options: self._run(method(*arguments, **options))

    def _run(self, call):
        return self.loop.run_until_complete(call)


CLIENTS = {"Client": Client, "AsyncClient": Awaited}


def client_of(url, **options):
    """Return a Client that repeats at once, with a made-up key."""
    return Client(url, **{**_OPTIONS, **options})


def aio_of(url, **options):
    """Return an AsyncClient that repeats at once, with a made-up key."""
    return AsyncClient(url, **{**_OPTIONS, **options})


def run(url, *calls, **options):
    """Make calls with an AsyncClient, and return what the last one returns."""

    async def main():
        async with aio_of(url, **options) as client:
            for call in calls:
                result = call(client)
                result = await (result if inspect.isawaitable(result) else _listed(result))
            return result

    return asyncio.run(main())


async def _listed(items):
    return [item async for item in items]


def get(client):
    return client.get_service("s")


def invoke(client):
    return client.invoke_function("s", "f", b"x")
