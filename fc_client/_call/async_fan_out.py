"""Many calls at once, results in order: tasks take turns at the payloads."""

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
        payloads: Read by the tasks, one at a time.
        concurrency: Maximum number of calls that run, and of results that
            wait to be yielded.

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
    """The tasks, and the futures of the calls that they have started, in order."""

    def __init__(
        self, call: Callable[[P], Awaitable[R]], payloads: AsyncIterator[P], concurrency: int
    ) -> None:
        self._call = call
        self._payloads = payloads
        self._concurrency = concurrency
        self._ended = False
        self._tasks: list[asyncio.Task[None]] = []
        self._turn = asyncio.Lock()
        # None marks the end.
        self._futures: asyncio.Queue[asyncio.Future[R] | None] = asyncio.Queue()
        self._slots = asyncio.Semaphore(2 * concurrency)

    async def results(self) -> AsyncGenerator[R, None]:
        self._start_another()
        try:
            while (future := await self._futures.get()) is not None:
                result = await future
                self._slots.release()
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
            # Only once there is work: concurrency may be a very large number.
            self._start_another()
            future, payload = job
            try:
                future.set_result(await self._call(payload))
            except Exception as exc:  # noqa: BLE001 - raised to the consumer
                self._ended = True
                future.set_exception(exc)

    async def _next(self) -> tuple[asyncio.Future[R], P] | None:
        """Return the future of a new call and its payload; None if no call is to start."""
        async with self._turn:
            await self._slots.acquire()
            if self._ended:
                return None
            try:
                payload = await anext(self._payloads)
            except StopAsyncIteration:
                self._ended = True
                self._futures.put_nowait(None)
                return None
            except Exception as exc:  # noqa: BLE001 - raised after the results before it
                self._ended = True
                self._new_future().set_exception(exc)
                return None
            # A call may have failed while this task waited for the payload.
            return None if self._ended else (self._new_future(), payload)

    def _new_future(self) -> asyncio.Future[R]:
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        # Without this asyncio logs the error of a future that is never awaited.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._futures.put_nowait(future)
        return future
