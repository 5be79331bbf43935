"""A bounded pool of resources that loses none, whatever interrupts its user.

A signal handler may raise between any two bytecodes: Ctrl-C, or the soft time
limit of a task queue. So nothing here depends on code that runs afterwards.
How many resources there are is counted by weak references: a resource that an
interrupted frame drops is not counted any more. The only lock is taken by
``with`` around a few statements, which CPython enters and leaves in one piece.
Threads that wait are woken by a hint, and look by themselves if it is lost.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Generic, Protocol, TypeVar, cast

from fc_client._clock import monotonic

# How soon a thread that waits finds a free resource although no hint reached it.
_POLL_SECONDS = 0.05


class Resource(Protocol):
    """What a pool holds."""

    def is_usable(self) -> bool:
        """Return whether the resource can be used again after it was idle."""

    def close(self) -> None:
        """Free what the resource holds; a second call does nothing."""


R = TypeVar("R", bound=Resource)


class Lease(Generic[R]):
    """One use of a resource, which ends exactly once.

    Resources go from hand to hand within one statement, so that no variable
    of an interrupted frame keeps one: the exception may be kept for long.
    """

    __slots__ = ("_held", "_pool")

    def __init__(self, pool: Pool[R]) -> None:
        self._pool = pool
        self._held: list[R] = []

    @property
    def resource(self) -> R | None:
        """The resource while it is in use, else None."""
        return self._held[0] if self._held else None

    def take(self, resources: deque[R]) -> bool:
        """Take the last of *resources*; return False if there is none."""
        try:
            self._held.append(resources.pop())
        except IndexError:
            return False
        return True

    def create(self, create: Callable[[], R]) -> R:
        """Take a new resource, and return it."""
        self._held.append(create())
        return self._held[0]

    def release(self) -> None:
        """Give the resource back for another use."""
        if self._held:
            self._pool.idle.append(self._held.pop())
            self._pool.has_changed()

    def discard(self) -> None:
        """Close the resource; another one may take its place."""
        if self._held:
            # Its place is free from here on, whatever interrupts the rest.
            self._pool.existing.discard(weakref.ref(self._held[0]))
            try:
                self._held.pop().close()
            finally:
                self._pool.has_changed()


class Pool(Generic[R]):
    """At most *size* resources at a time; those used last are used first.

    How to wait for a resource is left to :class:`ThreadPool` and the pool of tasks.

    Args:
        create: Makes a resource. It must not wait.
        size: How many resources there may be.
    """

    def __init__(self, create: Callable[[], R], size: int) -> None:
        self.size = size
        self.idle: deque[R] = deque()
        self.existing: set[weakref.ref[R]] = set()
        self._create = create
        self._lock = Lock()
        self._closed = False

    def try_acquire(self, lease: Lease[R]) -> bool:
        """Put a resource into *lease*; return False if all are in use."""
        return self._take_idle(lease) or self._add(lease)

    def _take_idle(self, lease: Lease[R]) -> bool:
        while lease.take(self.idle):
            if cast("R", lease.resource).is_usable():
                return True
            lease.discard()
        return False

    def _add(self, lease: Lease[R]) -> bool:
        with self._lock:
            if len(self.existing) >= self.size:
                return False
            self.existing.add(weakref.ref(lease.create(self._create), self.existing.discard))
            return True

    def has_changed(self) -> None:
        """Take note that a resource was given back, or that there is room for another."""
        if self._closed:
            self._close_idle()
        self.wake()

    def wake(self) -> None:
        """Wake one that waits for a resource."""

    def close(self) -> None:
        """Close the idle resources now, and each of the others when it is given back."""
        self._closed = True
        self._close_idle()

    def _close_idle(self) -> None:
        lease = Lease(self)
        while lease.take(self.idle):
            lease.discard()


class ThreadPool(Pool[R]):
    """A pool whose users are threads."""

    def __init__(self, create: Callable[[], R], size: int) -> None:
        super().__init__(create, size)
        self._hints: SimpleQueue[None] = SimpleQueue()
        self._waiting = 0

    def acquire(self, lease: Lease[R], seconds: float) -> None:
        """Put a resource into *lease*, and wait for one if all are in use.

        Args:
            lease: Gets the resource in the same step in which the pool gives it away.
            seconds: How long to wait at most.

        Raises:
            TimeoutError: no resource became free in time.
        """
        if self.try_acquire(lease):
            return
        self._waiting += 1
        try:
            ends = monotonic() + seconds
            while not self.try_acquire(lease):
                left = ends - monotonic()
                if left <= 0:
                    raise TimeoutError
                self._wait_for_hint(min(_POLL_SECONDS, left))
        finally:
            self._waiting -= 1

    def _wait_for_hint(self, seconds: float) -> None:
        with suppress(Empty):
            self._hints.get(timeout=seconds)

    def wake(self) -> None:
        """Wake one thread that waits for a resource."""
        if self._waiting and self._hints.qsize() < self.size:
            self._hints.put(None)
