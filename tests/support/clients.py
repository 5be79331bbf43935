"""Both clients, to be called in one way."""

import asyncio

from fc_client import AsyncClient, Client


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
