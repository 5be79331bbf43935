"""Many calls at once, results in order or as they come: threads take calls from a queue."""

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
    """Return *concurrency* after checking that it is at least 1."""
    checked = _arguments.integer("concurrency", concurrency)
    if checked is None or checked < 1:
        raise ValueError(f"concurrency: must be at least 1, got {checked}")
    return checked


def checked_payloads(payloads: Any) -> Any:
    """Return *payloads* after checking that it is an iterable and not a single payload."""
    single = isinstance(payloads, (str, bytes, bytearray, memoryview, Mapping))
    if single or not isinstance(payloads, Iterable):
        name = type(payloads).__name__
        raise TypeError(f"payloads: expected an iterable of payloads, got {name}")
    return payloads


def in_order(
    call: Callable[[P], R], payloads: Iterable[P], concurrency: int
) -> Generator[R, None, None]:
    """Return the results of *call* for each of *payloads*, in order.

    Args:
        call: Runs in threads, at most *concurrency* at a time.
        payloads: Read by the thread that iterates over the results.
        concurrency: Maximum number of calls that run, and of results that
            wait to be yielded.

    Raises:
        TypeError: an argument has a wrong type.
        ValueError: *concurrency* is less than 1.
    """
    limit = checked_concurrency(concurrency)
    return _results(call, iter(checked_payloads(payloads)), limit, _InOrder())


def as_completed(
    call: Callable[[P], R], payloads: Iterable[P], concurrency: int
) -> Generator[R, None, None]:
    """Return the results of *call* for each of *payloads*, each as soon as it is available.

    Arguments and errors are those of :func:`in_order`.
    """
    limit = checked_concurrency(concurrency)
    return _results(call, iter(checked_payloads(payloads)), limit, _AsCompleted())


class _InOrder(Generic[R]):
    """Calls whose results are used in the order in which the calls were started."""

    def __init__(self) -> None:
        self._futures: deque[Future[R]] = deque()

    def __len__(self) -> int:
        return len(self._futures)

    def add(self, future: Future[R]) -> None:
        """Add a call."""
        self._futures.append(future)

    def is_ready(self) -> bool:
        """Return whether the next result is available."""
        return bool(self._futures) and self._futures[0].done()

    def next(self) -> Future[R]:
        """Return the call whose result comes next."""
        return self._futures.popleft()


class _AsCompleted(Generic[R]):
    """Calls whose results are used as soon as they are available."""

    def __init__(self) -> None:
        self._count = 0
        self._done: SimpleQueue[Future[R]] = SimpleQueue()

    def __len__(self) -> int:
        return self._count

    def add(self, future: Future[R]) -> None:
        """Add a call."""
        self._count += 1
        future.add_done_callback(self._done.put)

    def is_ready(self) -> bool:
        """Return whether a result is available."""
        return not self._done.empty()

    def next(self) -> Future[R]:
        """Wait for a result and return its call."""
        self._count -= 1
        return self._done.get()


def _results(
    call: Callable[[P], R],
    payloads: Iterator[P],
    concurrency: int,
    futures: _InOrder[R] | _AsCompleted[R],
) -> Generator[R, None, None]:
    workers = _Workers(call, concurrency)
    more = True
    try:
        while more or futures:
            while more and len(futures) < 2 * concurrency:
                more = _submit_next(workers, payloads, futures)
                # A payload may take long: yield the results that are ready first.
                if futures.is_ready():
                    break
            if futures:
                yield futures.next().result()
    finally:
        workers.stop()


def _submit_next(
    workers: _Workers[P, R], payloads: Iterator[P], futures: _InOrder[R] | _AsCompleted[R]
) -> bool:
    """Submit a call for the next payload; return whether more may follow."""
    if workers.failed:
        return False
    try:
        payload = next(payloads)
    except StopIteration:
        return False
    except Exception as exc:  # noqa: BLE001 - raised after the results before it
        failure: Future[R] = Future()
        failure.set_exception(exc)
        futures.add(failure)
        return False
    futures.add(workers.submit(payload))
    return True


class _Workers(Generic[P, R]):
    """Threads, started when they are needed, that do not delay the interpreter's exit."""

    def __init__(self, call: Callable[[P], R], size: int) -> None:
        self._call = call
        self._size = size
        self._threads = 0
        self._numbers = count()
        self._work: SimpleQueue[tuple[int, Future[R], P] | None] = SimpleQueue()
        # Calls with a higher number do not start, since their results are not used.
        self._last = inf

    @property
    def failed(self) -> bool:
        """Whether a call has failed."""
        return self._last < inf

    def submit(self, payload: P) -> Future[R]:
        """Return the future of a call for *payload*."""
        future: Future[R] = Future()
        self._start_another()
        if self._threads:
            self._work.put((next(self._numbers), future, payload))
        else:
            self._make(next(self._numbers), future, payload)
        return future

    def _start_another(self) -> None:
        if self._threads >= self._size:
            return
        try:
            Thread(target=self._run, name="fc_client-map", daemon=True).start()
        except RuntimeError:
            # The system has no more threads, or the interpreter ends: fewer have to do, or none.
            self._size = self._threads
        else:
            self._threads += 1

    def stop(self) -> None:
        """End the threads, each after its current call."""
        self._last = -1
        for _ in range(self._threads):
            self._work.put(None)

    def _run(self) -> None:
        while (job := self._work.get()) is not None:
            if job[0] <= self._last:
                self._make(*job)
            # A waiting thread must not keep a payload or a result alive.
            del job

    def _make(self, number: int, future: Future[R], payload: P) -> None:
        try:
            future.set_result(self._call(payload))
        except BaseException as exc:  # noqa: BLE001 - raised to the consumer
            self._last = min(self._last, number)
            future.set_exception(exc)
