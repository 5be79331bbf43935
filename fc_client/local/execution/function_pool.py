"""Assigns instances to calls, with one pool per version of a function.

This module neither starts nor ends processes. Everything runs in one event
loop and only ``acquire`` waits, so an idle instance is either acquired or
discarded, never both.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from fc_client.local.execution.function_spec import ResourceExhausted
from fc_client.local.execution.instances import Instance

__all__ = ["FunctionPool", "Limits"]


@dataclass(frozen=True)
class Limits:
    """Maximum size of a pool; seconds that an instance may idle and a call may wait."""

    max_instances: int
    idle_seconds: float
    wait_seconds: float


class FunctionPool:
    """The instances of one version of a function.

    A caller acquires an instance, or an empty slot for one that it starts and
    adds, and releases it after its call. Up to *concurrency* callers share an
    instance.

    Args:
        title: Name of the function for messages, ``service/function``.
        limits: The limits.
        on_discard: Called with each instance that leaves the pool, to end it.
        concurrency: Maximum callers of an instance at a time.
    """

    def __init__(
        self,
        title: str,
        limits: Limits,
        on_discard: Callable[[Instance], None],
        concurrency: int = 1,
    ) -> None:
        self._title = title
        self._concurrency = concurrency
        self._limits = limits
        self._on_discard = on_discard
        self._loop = asyncio.get_running_loop()
        self._slots = 0
        self._kept = 0
        # Slots without an instance yet, and the callers of each busy instance.
        self._empty = 0
        self._callers: dict[Instance, int] = {}
        self._idle: dict[Instance, asyncio.TimerHandle] = {}
        self._waiting: deque[asyncio.Future[Instance | None]] = deque()
        self._retired = False

    def keep(self, number: int) -> None:
        """Keep this number of instances warm; :meth:`add_slot` allows to start them."""
        self._kept = number

    def add_slot(self) -> bool:
        """Take a slot for an instance to keep warm; return whether one is missing and allowed."""
        missing = self._slots < min(self._kept, self._limits.max_instances)
        self._slots += missing
        self._empty += missing
        return missing

    def add(self, instance: Instance) -> None:
        """Put the instance that the caller has started into its empty slot."""
        self._empty -= 1
        self._callers[instance] = 1
        self._share(instance)

    async def acquire(self, max_on_demand: int | None = None) -> Instance | None:
        """Return a busy instance that takes another caller, an idle one, or None for an empty slot.

        Of the idle ones it is the most recently used. While all slots are taken, or
        instances are started that others can share, callers wait in the order of their
        calls.

        Args:
            max_on_demand: Maximum instances beyond those that are kept warm.
                A caller that would need one more is refused at once.

        Raises:
            ResourceExhausted: no slot was released in time, or may be taken.
        """
        instance = self._shareable() or self._pop_idle()
        if instance is not None:
            self._callers[instance] = self._callers.get(instance, 0) + 1
            return instance
        if len(self._waiting) < self._empty * (self._concurrency - 1):
            return await self._wait(max_on_demand)
        if max_on_demand is not None and self._slots >= self._kept + max_on_demand:
            raise ResourceExhausted(
                f"{self._title} may have at most {max_on_demand} on-demand instances, "
                "and all are busy"
            )
        if self._slots < self._limits.max_instances:
            self._slots += 1
            self._empty += 1
            return None
        return await self._wait(max_on_demand)

    def release(self, instance: Instance | None) -> None:
        """Take an instance or an empty slot back.

        An instance that is not usable any more is discarded after its last caller.
        """
        if instance is None:
            self._empty -= 1
        else:
            self._callers[instance] -= 1
            if self._callers[instance]:
                self._share(instance)
                return
            del self._callers[instance]
            if self._retired or not instance.usable:
                self._on_discard(instance)
                instance = None
        if self._hand_over(instance):
            return
        if instance is None:
            self._slots -= 1
        else:
            self._reap_later(instance)

    def _shareable(self) -> Instance | None:
        """Return a busy instance that takes another caller."""
        for instance, callers in self._callers.items():
            if callers < self._concurrency and instance.usable:
                return instance
        return None

    def _pop_idle(self) -> Instance | None:
        while self._idle:
            instance, reaping = self._idle.popitem()
            reaping.cancel()
            if instance.usable:
                return instance
            self._drop(instance)
        return None

    def _share(self, instance: Instance) -> None:
        """Let waiting callers use a busy instance, as many as it takes."""
        while self._callers[instance] < self._concurrency and instance.usable:
            if not self._hand_over(instance):
                return

    def _hand_over(self, instance: Instance | None) -> bool:
        """Give an instance or an empty slot to the next waiting caller; False without one."""
        waiter = self._next_waiting()
        if waiter is None:
            return False
        if instance is None:
            self._empty += 1
        else:
            self._callers[instance] = self._callers.get(instance, 0) + 1
        waiter.set_result(instance)
        return True

    def _reap_later(self, instance: Instance) -> None:
        self._idle[instance] = self._loop.call_later(
            self._limits.idle_seconds, self._reap, instance
        )

    def _reap(self, instance: Instance) -> None:
        """Discard an instance after its idle time, unless it is kept warm."""
        if self._slots > self._kept:
            self.remove_idle(instance)
        elif instance in self._idle:
            self._reap_later(instance)

    def remove_idle(self, instance: Instance) -> None:
        """Discard *instance* if it is idle, for instance when its process has ended."""
        reaping = self._idle.pop(instance, None)
        if reaping is not None:
            reaping.cancel()
            self._drop(instance)

    def retire(self) -> None:
        """Discard idle instances now and busy ones after their call.

        Callers that are already waiting are still served.
        """
        self._retired = True
        for instance in list(self._idle):
            self.remove_idle(instance)

    def _drop(self, instance: Instance) -> None:
        self._slots -= 1
        self._on_discard(instance)

    def _next_waiting(self) -> asyncio.Future[Instance | None] | None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():  # its caller has just been cancelled
                return waiter
        return None

    async def _wait(self, max_on_demand: int | None) -> Instance | None:
        """Wait for an instance or an empty slot, and return it."""
        released = await self._next_released()
        if released is None or released.usable:
            return released
        # It has ended since.
        self.release(released)
        return await self.acquire(max_on_demand)

    async def _next_released(self) -> Instance | None:
        waiter: asyncio.Future[Instance | None] = self._loop.create_future()
        self._waiting.append(waiter)
        timer = self._loop.call_later(self._limits.wait_seconds, self._refuse, waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            self._abandon(waiter)
            raise
        finally:
            timer.cancel()

    def _refuse(self, waiter: asyncio.Future[Instance | None]) -> None:
        if not waiter.done():
            self._waiting.remove(waiter)
            waiter.set_exception(
                ResourceExhausted(
                    f"all {self._limits.max_instances} instances of {self._title} "
                    f"were busy for {self._limits.wait_seconds:g} seconds"
                )
            )

    def _abandon(self, waiter: asyncio.Future[Instance | None]) -> None:
        """Undo the wait of a cancelled caller, which may already have a slot."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        elif not waiter.cancelled() and waiter.exception() is None:
            self.release(waiter.result())
