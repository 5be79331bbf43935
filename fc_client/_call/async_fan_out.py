"""Many calls at once, results in order or as they come: tasks take turns at the payloads."""

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
    return _fan(call, payloads, concurrency, ordered=True).results()


def as_completed(
    call: Callable[[P], Awaitable[R]],
    payloads: Iterable[P] | AsyncIterable[P],
    concurrency: int,
) -> AsyncGenerator[R, None]:
    """Return the results of *call* for each of *payloads*, each as soon as it is available.

    Arguments and errors are those of :func:`in_order`.
    """
    return _fan(call, payloads, concurrency, ordered=False).results()


def _fan(
    call: Callable[[P], Awaitable[R]],
    payloads: Iterable[P] | AsyncIterable[P],
    concurrency: int,
    *,
    ordered: bool,
) -> _Fan[P, R]:
    limit = checked_concurrency(concurrency)
    return _Fan(call, aiter(_checked(payloads)), limit, ordered=ordered)


def _checked(payloads: Iterable[P] | AsyncIterable[P]) -> AsyncIterable[P]:
    if isinstance(payloads, AsyncIterable):
        return payloads
    return _each(checked_payloads(payloads))


async def _each(payloads: Iterable[P]) -> AsyncIterator[P]:
    for payload in payloads:
        yield payload


def numbered(payloads: Iterable[P] | AsyncIterable[P]) -> AsyncIterator[tuple[int, P]]:
    """Yield *payloads* with their numbers, from 0.

    Raises:
        TypeError: *payloads* is not an iterable of payloads.
    """
    return _numbered(_checked(payloads))


async def _numbered(payloads: AsyncIterable[P]) -> AsyncIterator[tuple[int, P]]:
    number = 0
    async for payload in payloads:
        yield number, payload
        number += 1


class _Fan(Generic[P, R]):
    """The tasks, and the futures of the calls that they have started."""

    def __init__(
        self,
        call: Callable[[P], Awaitable[R]],
        payloads: AsyncIterator[P],
        concurrency: int,
        *,
        ordered: bool,
    ) -> None:
        self._ordered = ordered
        self._unfinished = 0
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
            except asyncio.CancelledError:
                # The call may have raised it: the consumer must not wait for the future.
                self._ended = True
                future.cancel()
                raise
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
                if self._ordered or not self._unfinished:
                    self._futures.put_nowait(None)
                return None
            except asyncio.CancelledError:
                self._ended = True
                self._new_future().cancel()
                raise
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
        if self._ordered:
            self._futures.put_nowait(future)
        else:
            self._unfinished += 1
            future.add_done_callback(self._finished)
        return future

    def _finished(self, future: asyncio.Future[R]) -> None:
        self._unfinished -= 1
        self._futures.put_nowait(future)
        if self._ended and not self._unfinished:
            self._futures.put_nowait(None)
