"""Both clients, to be called in one way."""

import asyncio
import inspect

from fc_client import AsyncClient, Client, RetryPolicy

_OPTIONS = {
    "access_key_id": "i",
    "access_key_secret": "s",
    "retry": RetryPolicy(base_delay=0),
    # A call that succeeds takes far less.
    "timeout": 30,
}


class Awaited:
    """An AsyncClient that is called as a Client is: each call runs its event loop.

    What is iterated asynchronously becomes a list, and what is entered asynchronously, such as the
    reply of ``stream``, is entered and used as that of a Client.
    """

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
        return _awaited(self._run, getattr(self._client, name))

    def with_options(self, **options):
        """Return a copy that shares the connections, and the event loop that they belong to."""
        copied = object.__new__(Awaited)
        copied._client, copied.loop = self._client.with_options(**options), self.loop
        return copied

    def _run(self, call):
        return self.loop.run_until_complete(call)


class _Entered:
    """What an asynchronous context manager gives, used as that of a Client."""

    def __init__(self, run, context):
        self._run, self._context, self._given = run, context, None

    def __enter__(self):
        self._given = self._run(self._context.__aenter__())
        return self

    def __exit__(self, *failure):
        return self._run(self._context.__aexit__(*failure))

    def __iter__(self):
        return iter(self._run(_listed(self._given)))

    def __getattr__(self, name):
        return _awaited(self._run, getattr(self._given, name))


def _awaited(run, member):
    """Return a member of an object, without anything that has to be awaited."""
    if callable(member):
        return lambda *arguments, **options: run(_result(run, member, arguments, options))
    return run(_listed(member)) if hasattr(member, "__aiter__") else member


async def _result(run, method, arguments, options):
    result = method(*arguments, **options)
    if inspect.isawaitable(result):
        return await result
    if hasattr(result, "__aenter__"):
        return _Entered(run, result)
    return await _listed(result) if hasattr(result, "__aiter__") else result


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
