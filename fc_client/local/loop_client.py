"""An AsyncClient for a fixture, which cannot know when the event loop of a test ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

from fc_client import AsyncClient
from fc_client._messages import Request, Response
from fc_client._transport.aiohttp_transport import Transport

__all__ = ["LoopClient"]

T = TypeVar("T")


class LoopClient(AsyncClient):
    """An AsyncClient that closes its connections when the event loop that uses it ends.

    pytest-asyncio, anyio and ``asyncio.run`` end a loop before a fixture that
    knows none of them is finished, and connections of a loop that has ended
    cannot be closed any more.
    """

    _used_loop: asyncio.AbstractEventLoop | None = None
    _closer: AsyncGenerator[None, None] | None = None

    async def _call(self, request: Request, parse: Callable[[Response], T]) -> T:
        loop = asyncio.get_running_loop()
        if self._used_loop is not loop:
            self._used_loop = loop
            # Every runner closes the asynchronous generators of its loop at the end.
            self._closer = _closed_with_loop(self._transport)
            await anext(self._closer)
        return await super()._call(request, parse)

    def close_after_test(self) -> None:
        """Close the client in its event loop, if that goes on after the test."""
        if self._used_loop is not None and not self._used_loop.is_closed():
            self._used_loop.run_until_complete(self.close())


async def _closed_with_loop(transport: Transport) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await transport.close()
        # asyncio closes the socket of an aborted connection in its next turn.
        await asyncio.sleep(0)
