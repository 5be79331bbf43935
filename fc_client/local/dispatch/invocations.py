"""Runs Sync and Async invocations, retries failed Async ones and stores the logs.

An Async invocation is a row of the store from before its 202 reply until it
has ended, so it survives a restart. It runs at least once: one that was
running when the process was killed runs again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from fc_client.local.execution.function_spec import FunctionSpec, Outcome, ResourceExhausted
from fc_client.local.execution.tracing import tracing_of
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

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})

logger = logging.getLogger("fc_client.local")


class Pools(Protocol):
    """Runs functions; InstancePools implements it."""

    async def invoke(self, spec: FunctionSpec, request_id: str, event: bytes) -> Outcome:
        """Run one event; errors of the function are part of the outcome.

        Raises:
            ResourceExhausted: no instance became free in time.
        """

    def retire(self, service_name: str, function_name: str) -> None:
        """End the instances of a function, busy ones after their current call."""

    async def close(self) -> None:
        """End all instances now."""


class FunctionDeletedError(Exception):
    """The function was deleted before it could run."""


@dataclass(frozen=True)
class Identity:
    """The account, region and credentials that functions see, and the endpoint that they call."""

    account_id: str
    region: str
    access_key_id: str
    access_key_secret: str
    security_token: str
    endpoint: str = ""


@dataclass(frozen=True)
class RetrySettings:
    """How Async invocations are retried.

    Attributes:
        attempts: Maximum attempts for a failing invocation.
        base_delay: Seconds before the second attempt; doubles with each
            further attempt.
        concurrency: Maximum concurrent Async invocations per function.
        throttle_delay: Seconds before the retry when no instance was free;
            doubles each time in a row, and does not count as an attempt.
        max_delay: Maximum seconds of any delay.
    """

    attempts: int = 3
    base_delay: float = 1.0
    concurrency: int = 10
    throttle_delay: float = 0.5
    max_delay: float = 60.0

    def after_failure(self, attempts: int) -> float:
        """Return the delay after this number of failed attempts."""
        return self._delay(self.base_delay, attempts)

    def after_throttle(self, throttles: int) -> float:
        """Return the delay after no instance was free this many times in a row."""
        return self._delay(self.throttle_delay, throttles)

    def _delay(self, first: float, count: int) -> float:
        # The exponent is bounded, since 2.0 ** 1024 is an OverflowError.
        return min(first * 2.0 ** min(count - 1, 32), self.max_delay)


class Invocations:
    """Runs functions of the store, at once or from its queue.

    Call all methods in the event loop that :meth:`start` ran in.

    Args:
        store: The store with services, functions, the queue and the logs.
        code: The storage with the unpacked code.
        make_pools: Makes the pools; called again by :meth:`reset`.
        identity: The identity that functions see in their context.
        clock: Returns seconds since the epoch.
        retry: How Async invocations are retried.
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

    async def invoke(
        self,
        function: FunctionKey,
        request_id: str,
        event: bytes,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> Outcome:
        """Run a function in its current version, and store the log.

        Args:
            function: The function to run.
            request_id: ID of the invocation, also in the log.
            event: The event for the function.
            headers: Headers of the request, with names in lower case.

        Raises:
            ResourceExhausted: no instance became free in time.
            FunctionDeletedError: the function does not exist.
        """
        spec = self._linked(function, self._spec(function, headers))
        outcome = await self._pools.invoke(spec, request_id, event)
        text = outcome.log.decode("utf-8", "replace")
        self._store.add_log(function, request_id, self._clock(), text)
        return outcome

    async def link(self, function: FunctionKey, directory: Path) -> None:
        """Run a function from a directory, with the files present at each call."""
        self._links[function] = directory

    def _linked(self, function: FunctionKey, spec: FunctionSpec) -> FunctionSpec:
        directory = self._links.get(function)
        if directory is None:
            return spec
        # Instances end by themselves when a source that they have loaded changes.
        return replace(spec, code_dir=directory, version=f"{spec.version}-{directory}", linked=True)

    def enqueue(
        self, function: FunctionKey, request_id: str, event: bytes, delay: float = 0.0
    ) -> None:
        """Accept an Async invocation, which is on disk when this returns.

        Args:
            function: The function to run.
            request_id: ID of the invocation, also in the log.
            event: The event for the function.
            delay: Seconds before it may run.
        """
        self._store.enqueue(request_id, function, event, self._clock() + delay)
        self._dispatch(function)
        self._set_timer()

    def start(self) -> None:
        """Start to run the queue, with the invocations that an earlier process left in it."""
        self._is_open = True
        for function in self._store.functions_due(self._clock()):
            self._dispatch(function)
        self._set_timer()

    def retire(self, function: FunctionKey) -> None:
        """End the instances of a deleted function, whose queue the store has removed."""
        self._pools.retire(*function)
        self._changed.set()

    def queued(self) -> int:
        """Return the number of accepted Async invocations that have not ended."""
        return self._store.queued()

    async def drain(self) -> None:
        """Return when every accepted Async invocation has ended."""
        while self.queued():
            self._changed.clear()
            await self._changed.wait()

    async def reset(self) -> None:
        """End all instances, remove the links and start with new pools."""
        await self.close()
        self._links.clear()
        self._pools = self._make_pools()
        self.start()

    async def close(self) -> None:
        """End all instances; queued invocations remain in the store."""
        self._is_open = False
        self._set_timer()
        # The tasks first, so that killing an instance here does not count as a
        # failed attempt.
        tasks = [task for running in self._running.values() for task in running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._pools.close()
        self._changed.set()

    def _spec(self, function: FunctionKey, headers: Mapping[str, str]) -> FunctionSpec:
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
            tracing=tracing_of(headers, service.document.get("tracingConfig")),
            **vars(self._identity),
        )

    def _dispatch(self, function: FunctionKey) -> None:
        """Start the due invocations of a function, up to the concurrency limit."""
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
        """Schedule the next look at the queue, for when the next invocation is due."""
        if self._timer is not None:
            self._timer.cancel()
        now = self._clock()
        due = self._store.next_due(now)
        if self._is_open and due is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(due - now, self.start)

    async def _run(self, function: FunctionKey, invocation: QueuedInvocation) -> None:
        """Run an Async invocation once, then remove or reschedule it."""
        try:
            outcome = await self.invoke(function, invocation.request_id, invocation.payload)
        except ResourceExhausted:
            throttles = invocation.throttles + 1
            self._postpone(
                replace(invocation, throttles=throttles), self._retry.after_throttle(throttles)
            )
            return
        except FunctionDeletedError:
            # Deleted after dispatch; its queued invocations are deleted as well.
            return
        except Exception:
            logger.exception("internal error in Async invocation %s", invocation.request_id)
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
