"""Many calls at once, results in order: threads that take calls from a queue."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future
from itertools import count
from math import inf
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

from fc_client import _arguments

P = TypeVar("P")
R = TypeVar("R")


def checked_concurrency(concurrency: int) -> int:
    """Return *concurrency*, which is a number from 1 on."""
    checked = _arguments.integer("concurrency", concurrency)
    if checked is None or checked < 1:
        raise ValueError(f"concurrency: {checked} is no number of calls from 1 on")
    return checked


def checked_payloads(payloads: Any) -> Any:
    """Return *payloads*, which is iterable and does not look like a single payload."""
    single = isinstance(payloads, (str, bytes, bytearray, memoryview, Mapping))
    if single or not isinstance(payloads, Iterable):
        name = type(payloads).__name__
        raise TypeError(f"payloads: expected an iterable of payloads, got {name}")
    return payloads


def in_order(
    call: Callable[[P], R], payloads: Iterable[P], concurrency: int
) -> Generator[R, None, None]:
    """Return the results of *call* for each of *payloads*, in order and when asked for.

    Args:
        call: Runs in threads, at most *concurrency* at a time.
        payloads: Asked for the next one by whoever asks for results.
        concurrency: As many results as this may wait while as many calls run.

    Raises:
        TypeError: an argument has a wrong type.
        ValueError: *concurrency* is less than 1.
    """
    limit = checked_concurrency(concurrency)
    return _results(call, iter(checked_payloads(payloads)), limit)


def _results(
    call: Callable[[P], R], payloads: Iterator[P], concurrency: int
) -> Generator[R, None, None]:
    workers = _Workers(call, concurrency)
    futures: deque[Future[R]] = deque()
    more = True
    try:
        while more or futures:
            while more and len(futures) < 2 * concurrency:
                more = _submit_next(workers, payloads, futures)
                # What is ready is not kept back for payloads that may be slow.
                if futures and futures[0].done():
                    break
            if futures:
                yield futures.popleft().result()
    finally:
        workers.stop()


def _submit_next(workers: _Workers[P, R], payloads: Iterator[P], futures: deque[Future[R]]) -> bool:
    """Begin with the next payload; return whether others may follow."""
    if workers.failed:
        return False
    try:
        payload = next(payloads)
    except StopIteration:
        return False
    except Exception as exc:  # noqa: BLE001 - it comes after the results before it
        failure: Future[R] = Future()
        failure.set_exception(exc)
        futures.append(failure)
        return False
    futures.append(workers.submit(payload))
    return True


class _Workers(Generic[P, R]):
    """Threads, started as they are needed, that do not hold up the interpreter's exit."""

    def __init__(self, call: Callable[[P], R], size: int) -> None:
        self._call = call
        self._size = size
        self._threads = 0
        self._numbers = count()
        self._work: SimpleQueue[tuple[int, Future[R], P] | None] = SimpleQueue()
        # Calls after this one do not start: nobody will see their results.
        self._last = inf

    @property
    def failed(self) -> bool:
        """Whether a call has failed."""
        return self._last < inf

    def submit(self, payload: P) -> Future[R]:
        """Return the future of a call."""
        future: Future[R] = Future()
        self._work.put((next(self._numbers), future, payload))
        if self._threads < self._size:
            self._threads += 1
            Thread(target=self._run, name="fc_client-map", daemon=True).start()
        return future

    def stop(self) -> None:
        """End the threads, each after the call that it is in."""
        self._last = -1
        for _ in range(self._threads):
            self._work.put(None)

    def _run(self) -> None:
        while (job := self._work.get()) is not None:
            number, future, payload = job
            if number > self._last:
                continue
            try:
                future.set_result(self._call(payload))
            except BaseException as exc:  # noqa: BLE001 - raised where results are asked for
                self._last = min(self._last, number)
                future.set_exception(exc)
            # A thread that waits keeps no payload and no result alive.
            del job, future, payload
