"""Sync and Async invocations: dispatch, retries, and logs.

An Async invocation is a row of the store from before its 202 until it has
ended, so it outlives the process. It runs at least once: one that was
running when the process died runs again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha1
from pathlib import Path
from typing import Protocol

from fc_client.local.dispatch.file_scan import scan
from fc_client.local.execution.function_spec import FunctionSpec, Outcome, ResourceExhausted
from fc_client.local.storage.code_storage import CodeStorage
from fc_client.local.storage.schema import FUNCTION, SERVICE, FunctionKey, QueuedInvocation
from fc_client.local.storage.store import Store

__all__ = [
    "FunctionSpec",
    "Identity",
    "Invocations",
    "Outcome",
    "Pools",
    "ResourceExhausted",
    "RetrySettings",
]

logger = logging.getLogger("fc_client.local")


class Pools(Protocol):
    """Where functions run: the part of InstancePools that is used here."""

    async def invoke(self, spec: FunctionSpec, request_id: str, event: bytes) -> Outcome:
        """Run one event, whatever the function makes of it.

        Raises:
            ResourceExhausted: no instance was free for too long.
        """

    def retire(self, service_name: str, function_name: str) -> None:
        """End the instances of a function after their current call."""

    async def close(self) -> None:
        """End all instances now."""


class FunctionDeletedError(Exception):
    """The function was deleted before it could run."""


@dataclass(frozen=True)
class Identity:
    """What functions are told about the account that they run in."""

    account_id: str
    region: str
    access_key_id: str
    access_key_secret: str
    security_token: str


@dataclass(frozen=True)
class RetrySettings:
    """How Async invocations are tried.

    Attributes:
        attempts: How often in all one is run that the function fails.
        base_delay: Seconds before the second attempt; each further one
            waits twice as long as the one before it.
        concurrency: How many of one function run at a time.
        throttle_delay: Seconds after the first time that no instance was
            free; doubles as well, and uses up no attempt.
        max_delay: Seconds that no delay exceeds.
    """

    attempts: int = 3
    base_delay: float = 1.0
    concurrency: int = 10
    throttle_delay: float = 0.5
    max_delay: float = 60.0

    def after_failure(self, attempts: int) -> float:
        """Return the delay after so many failed attempts."""
        return self._delay(self.base_delay, attempts)

    def after_throttle(self, throttles: int) -> float:
        """Return the delay after no instance was free so many times in a row."""
        return self._delay(self.throttle_delay, throttles)

    def _delay(self, first: float, count: int) -> float:
        # The exponent is bounded, for a float can be too large to make.
        return min(first * 2.0 ** min(count - 1, 32), self.max_delay)


class Invocations:
    """Runs functions of the store, now or from its queue.

    All methods are for the loop that :meth:`start` ran in.

    Args:
        store: Services, functions, the queue and the logs.
        code: Where the unpacked code is.
        make_pools: Makes the pools; called again after :meth:`reset`.
        identity: What functions are told.
        clock: Seconds since the epoch.
        retry: How Async invocations are tried.
    """

    def __init__(
        self,
        store: Store,
        code: CodeStorage,
        make_pools: Callable[[], Pools],
        identity: Identity,
        *,
        clock: Callable[[], float],
        retry: RetrySettings,
    ) -> None:
        self._store = store
        self._code = code
        self._make_pools = make_pools
        self._pools = make_pools()
        self._identity = identity
        self._clock = clock
        self._retry = retry
        self._links: dict[FunctionKey, Path] = {}
        self._running: defaultdict[FunctionKey, dict[int, asyncio.Task[None]]] = defaultdict(dict)
        self._is_open = False
        self._timer: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()

    async def invoke(self, function: FunctionKey, request_id: str, event: bytes) -> Outcome:
        """Run a function as it is now, and keep the log.

        Raises:
            ResourceExhausted: no instance was free for too long.
        """
        spec = await self._linked(function, self._spec(function))
        outcome = await self._pools.invoke(spec, request_id, event)
        text = outcome.log.decode("utf-8", "replace")
        self._store.add_log(function, request_id, self._clock(), text)
        return outcome

    async def link(self, function: FunctionKey, directory: Path) -> None:
        """Run a function from a directory, as it is at each call."""
        self._links[function] = directory

    async def _linked(self, function: FunctionKey, spec: FunctionSpec) -> FunctionSpec:
        directory = self._links.get(function)
        if directory is None:
            return spec
        # The files' sizes and times are part of the version, so a saved
        # change retires the instances that run what was there before.
        files = await asyncio.to_thread(scan, directory)
        state = sha1(repr(sorted(files.items())).encode(), usedforsecurity=False).hexdigest()
        return replace(spec, code_dir=directory, version=f"{spec.version}-{state}")

    def enqueue(
        self, function: FunctionKey, request_id: str, event: bytes, delay: float = 0.0
    ) -> None:
        """Accept an Async invocation; when this returns it will not be lost.

        Args:
            function: Names of the service and the function.
            request_id: Its id, also for the log.
            event: What the function gets.
            delay: Seconds to wait before it runs.
        """
        self._store.enqueue(request_id, function, event, self._clock() + delay)
        self._dispatch(function)
        self._set_timer()

    def start(self) -> None:
        """Begin with the queue: also what an earlier process left in it."""
        self._is_open = True
        for function in self._store.functions_due(self._clock()):
            self._dispatch(function)
        self._set_timer()

    def retire(self, function: FunctionKey) -> None:
        """End the instances of a function that was deleted, and forget its queue."""
        self._pools.retire(*function)
        self._changed.set()

    def queued(self) -> int:
        """Return how many accepted Async invocations have not ended."""
        return self._store.queued()

    async def drain(self) -> None:
        """Return when every accepted Async invocation has ended."""
        while self.queued():
            self._changed.clear()
            await self._changed.wait()

    async def reset(self) -> None:
        """End all that runs, forget the links and go on with fresh instances."""
        await self.close()
        self._links.clear()
        self._pools = self._make_pools()
        self.start()

    async def close(self) -> None:
        """End all that runs; what is queued stays in the store."""
        self._is_open = False
        self._set_timer()
        # The tasks first, so that an instance that is killed here does not
        # count as an attempt that the function failed.
        tasks = [task for running in self._running.values() for task in running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._pools.close()
        self._changed.set()

    def _spec(self, function: FunctionKey) -> FunctionSpec:
        service_name, function_name = function
        service = self._store.get(SERVICE, (service_name,))
        record = self._store.get(FUNCTION, function)
        if service is None or record is None:
            raise FunctionDeletedError(f"{service_name}/{function_name} does not exist")
        fields = record.document
        log_config = service.document["logConfig"]
        return FunctionSpec(
            service_name=service_name,
            function_name=function_name,
            version=f"{service.etag}-{record.etag}",
            runtime=fields["runtime"],
            handler=fields["handler"],
            code_dir=self._code.tree(fields["codeChecksum"]),
            memory_size=fields["memorySize"],
            timeout=fields["timeout"],
            initializer=fields.get("initializer") or None,
            initialization_timeout=fields.get("initializationTimeout", 30),
            environment_variables=fields.get("environmentVariables", {}),
            log_project=log_config.get("project") or "",
            log_store=log_config.get("logstore") or "",
            **vars(self._identity),
        )

    def _dispatch(self, function: FunctionKey) -> None:
        """Run as many due invocations of a function as may run at a time."""
        if not self._is_open:
            return
        running = self._running.get(function, {})
        free = self._retry.concurrency - len(running)
        for invocation in self._store.due(function, self._clock(), free, running.keys()):
            task = asyncio.create_task(self._run(function, invocation))
            self._running[function][invocation.id] = task
            task.add_done_callback(partial(self._on_end, function, invocation.id))

    def _on_end(self, function: FunctionKey, number: int, _: asyncio.Task[None]) -> None:
        del self._running[function][number]
        if not self._running[function]:
            del self._running[function]
        self._changed.set()
        self._dispatch(function)

    def _set_timer(self) -> None:
        """Look at the queue again when the next invocation falls due."""
        if self._timer is not None:
            self._timer.cancel()
        now = self._clock()
        due = self._store.next_due(now)
        if self._is_open and due is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(due - now, self.start)

    async def _run(self, function: FunctionKey, invocation: QueuedInvocation) -> None:
        """Try an Async invocation once, and settle whether it is tried again."""
        try:
            outcome = await self.invoke(function, invocation.request_id, invocation.payload)
        except ResourceExhausted:
            throttles = invocation.throttles + 1
            self._postpone(
                replace(invocation, throttles=throttles), self._retry.after_throttle(throttles)
            )
            return
        except FunctionDeletedError:
            # Deleted between dispatch and start, and its queue with it.
            return
        except Exception:
            logger.exception("Async invocation %s failed here", invocation.request_id)
            failed = True
        else:
            failed = outcome.error_type is not None
        attempts = invocation.attempts + 1
        if failed and attempts < self._retry.attempts:
            retry = replace(invocation, attempts=attempts, throttles=0)
            self._postpone(retry, self._retry.after_failure(attempts))
        else:
            self._store.dequeue(invocation)

    def _postpone(self, invocation: QueuedInvocation, delay: float) -> None:
        self._store.reschedule(replace(invocation, due=self._clock() + delay))
        self._set_timer()
