"""Many calls at once, results in order: tasks that take turns at the payloads."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
)
from typing import Generic, TypeVar

from fc_client._call.fan_out import checked_concurrency, checked_payloads

P = TypeVar("P")
R = TypeVar("R")


def in_order(
    call: Callable[[P], Awaitable[R]],
    payloads: Iterable[P] | AsyncIterable[P],
    concurrency: int,
) -> AsyncGenerator[R, None]:
    """Return the results of *call* for each of *payloads*, in order.

    Args:
        call: Awaited in tasks, at most *concurrency* at a time.
        payloads: Asked for the next one by a task that is free.
        concurrency: As many results as this may wait while as many calls run.

    Raises:
        TypeError: an argument has a wrong type.
        ValueError: *concurrency* is less than 1.
    """
    limit = checked_concurrency(concurrency)
    if not isinstance(payloads, AsyncIterable):
        payloads = _each(checked_payloads(payloads))
    return _Fan(call, aiter(payloads), limit).results()


async def _each(payloads: Iterable[P]) -> AsyncIterator[P]:
    for payload in payloads:
        yield payload


class _Fan(Generic[P, R]):
    """The tasks, and the futures of the results that they have begun, in order."""

    def __init__(
        self, call: Callable[[P], Awaitable[R]], payloads: AsyncIterator[P], concurrency: int
    ) -> None:
        self._call = call
        self._payloads = payloads
        self._concurrency = concurrency
        self._ended = False
        self._tasks: list[asyncio.Task[None]] = []
        self._turn = asyncio.Lock()
        # None is the end.
        self._futures: asyncio.Queue[asyncio.Future[R] | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(2 * concurrency)

    async def results(self) -> AsyncGenerator[R, None]:
        self._start_another()
        try:
            while (future := await self._futures.get()) is not None:
                result = await future
                self._room.release()
                yield result
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start_another(self) -> None:
        if len(self._tasks) < self._concurrency:
            self._tasks.append(asyncio.create_task(self._work()))

    async def _work(self) -> None:
        while (job := await self._next()) is not None:
            # Not before there is work: concurrency may be a very large number.
            self._start_another()
            future, payload = job
            try:
                future.set_result(await self._call(payload))
            except Exception as exc:  # noqa: BLE001 - it is raised where results are asked for
                self._ended = True
                future.set_exception(exc)

    async def _next(self) -> tuple[asyncio.Future[R], P] | None:
        """Take the next payload and a place for its result; None if nothing starts any more."""
        async with self._turn:
            await self._room.acquire()
            if self._ended:
                return None
            try:
                payload = await anext(self._payloads)
            except StopAsyncIteration:
                self._ended = True
                self._futures.put_nowait(None)
                return None
            except Exception as exc:  # noqa: BLE001 - it comes after the results before it
                self._ended = True
                self._place().set_exception(exc)
                return None
            # A call may have failed in the meantime.
            return None if self._ended else (self._place(), payload)

    def _place(self) -> asyncio.Future[R]:
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        # Nobody may come for it: then its error is no news.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._futures.put_nowait(future)
        return future
