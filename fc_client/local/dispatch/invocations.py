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
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from fc_client.local.dispatch.activity import ActivityLog
from fc_client.local.dispatch.attempts import Attempt, AttemptRules, Status
from fc_client.local.dispatch.next_look import NextLook
from fc_client.local.dispatch.outages import Outage
from fc_client.local.dispatch.pools import Event, HttpExchange, Pools
from fc_client.local.dispatch.queue_records import QueueRecords
from fc_client.local.dispatch.retry_settings import RetrySettings
from fc_client.local.dispatch.specs import FunctionSpecs, Identity
from fc_client.local.dispatch.stateful import StatefulInvocations
from fc_client.local.execution.function_spec import FunctionSpec, Outcome, ResourceExhausted
from fc_client.local.storage.async_configs import AsyncConfig, read_async_config
from fc_client.local.storage.code_storage import CodeStorage
from fc_client.local.storage.concurrency_configs import OnDemandLimits
from fc_client.local.storage.schema import FunctionKey, FunctionVersion, QueuedInvocation, Record
from fc_client.local.storage.store import Store, StoreError
from fc_client.local.storage.versions import MissingResourceError

__all__ = [
    "LONGEST_DELAY",
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

# The API's limit for X-Fc-Async-Delay, in seconds.
LONGEST_DELAY = 3600


class Invocations:
    """Runs functions of the store, at once or from its queue.

    Call all methods in the event loop that :meth:`start` ran in.

    Args:
        store: The store with services, functions, the queue and the logs.
        code: The storage with the unpacked code.
        make_pools: Makes the pools; called again by :meth:`reset`.
        identity: The identity that functions see in their context.
        clock: Returns seconds since the epoch, and never jumps.
        retry: How Async invocations are retried.
        log: Logs the attempts of Async invocations.

    Attributes:
        stateful: The stateful Async invocations.
        limits: The maximum numbers of on-demand instances.
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
        log: ActivityLog,
    ) -> None:
        self._store = store
        self._make_pools = make_pools
        self._pools = make_pools()
        self._specs = FunctionSpecs(store, code, identity)
        self._clock = clock
        self._retry = retry
        self._rules = AttemptRules(retry, clock)
        self.stateful = StatefulInvocations(store, clock)
        self.limits = OnDemandLimits(store)
        self._records = QueueRecords(store, self.stateful, identity, clock, log)
        self._log = log
        self._running: defaultdict[FunctionKey, dict[int, asyncio.Task[None]]] = defaultdict(dict)
        self._is_open = False
        self._next_look = NextLook(self._start_due, clock)
        self._changed = asyncio.Event()
        self._unsaved: dict[int, Attempt] = {}  # what the store did not take
        self._outage = Outage("the queue of Async invocations")

    async def invoke(
        self,
        function: FunctionKey,
        request_id: str,
        event: Event,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> Outcome:
        """Run a function in the version that its qualifier stands for now, and store the log.

        Args:
            function: The function to run.
            request_id: ID of the invocation, also in the log.
            event: The event for the function, or the call of an HTTP function.
            headers: Headers of the request, with names in lower case.

        Raises:
            ResourceExhausted: no instance became free in time.
            MissingResourceError: the function, its service or the version does not exist.
            StoreError: the function cannot be read, and has not run.
        """
        return await self.run(self.spec(function, headers), request_id, event)

    def spec(self, function: FunctionKey, headers: Mapping[str, str] = _NO_HEADERS) -> FunctionSpec:
        """Return what runs if a function is invoked now, for :meth:`run`; see :meth:`invoke`."""
        spec = self._specs.of(function, headers)
        limit = self.limits.of(function)
        return spec if limit is None else replace(spec, max_on_demand=limit)

    async def run(self, spec: FunctionSpec, request_id: str, event: Event) -> Outcome:
        """Run a function as *spec* says, and store the log; see :meth:`invoke`."""
        outcome = await self._pools.invoke(spec, request_id, event)
        self._keep_log(FunctionVersion(*spec.key), request_id, outcome)
        return outcome

    def _keep_log(self, function: FunctionVersion, request_id: str, outcome: Outcome) -> None:
        """Store the log. The function has run, so a failure must not hide its outcome."""
        text = outcome.log.decode("utf-8", "replace")
        try:
            self._store.add_log(function, request_id, self._clock(), text)
        except StoreError as exc:
            logger.error(  # noqa: TRY400 - the message says all
                "the log of request %s of %s is lost: %s", request_id, function, exc
            )

    async def link(
        self, function: FunctionVersion, directory: Path, *, ahead: bool = False
    ) -> bool:
        """Run a function from a directory; see :meth:`FunctionSpecs.link`."""
        return self._specs.link(function, directory, ahead=ahead)

    async def unlink(self, function: FunctionVersion) -> bool:
        """Run a function from its own code again; return whether it was linked."""
        return self._specs.unlink(function)

    def enqueue(
        self,
        function: FunctionKey,
        request_id: str,
        event: bytes,
        delay: float = 0.0,
        stateful_id: str = "",
    ) -> str:
        """Accept an Async invocation, which is on disk when this returns.

        An alias is resolved before each attempt, so one that has moved since
        applies to invocations that were accepted before.

        Args:
            function: The function to run.
            request_id: ID of the invocation, also in the log.
            event: The event for the function.
            delay: Seconds before it may run.
            stateful_id: ID of a stateful invocation; "" for its request ID.

        Returns:
            The ID under which its state is stored; "" if the configuration of
            the function does not ask for that.

        Raises:
            StoreError: it cannot be stored, and is not accepted.
        """
        now = self._clock()
        with self._store.transaction():
            name = self._records.accept(function, request_id, event, now + delay, stateful_id)
        # Accepted: what fails from here on must not become the reply.
        self._dispatch(function, now)
        return name

    async def stop(self, function: FunctionKey, stateful: Record) -> bool:
        """Stop a stateful invocation; one that runs is ended together with its instance.

        Returns:
            Whether it had not ended before.
        """
        invocation = self._store.find_queued(function, stateful.document["requestId"])
        if invocation is None:
            return False
        with self._store.transaction():
            self._store.dequeue(invocation)
            stateful = self.stateful.stop(stateful, Status.STOPPING)
        task = self._running.get(function, {}).get(invocation.id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        self._unsaved.pop(invocation.id, None)
        # The function may have been deleted in that time.
        if self.stateful.find(function, invocation.stateful_id) is not None:
            self.stateful.stop(stateful, Status.STOPPED)
        self._changed.set()
        return True

    def start(self) -> None:
        """Start to run the queue, with the invocations that an earlier process left in it."""
        self._is_open = True
        self._start_due()

    def _start_due(self) -> None:
        """Start all due invocations, and plan the next look at the queue."""
        now = self._clock()
        try:
            # Later ones were stored before the system clock was set back.
            self._store.limit_due(now + LONGEST_DELAY)
            for function in self._store.functions_due(now):
                self._start_due_of(function)
        except StoreError as exc:
            self._look_again(exc)
        else:
            self._plan_look(now)

    def retire(self, function: FunctionVersion) -> None:
        """End the instances of a deleted function, whose queue the store has removed."""
        self._specs.end_link(function)
        self.limits.refresh()
        self.end_instances(function)
        self._changed.set()

    def end_instances(self, function: FunctionVersion) -> None:
        """End the instances of a function: idle ones now, busy ones after their call."""
        self._pools.retire(function)

    def main_spec(self, function: FunctionKey) -> FunctionSpec:
        """Return the spec of a function, in the main version of an alias; see :meth:`invoke`."""
        return self._specs.main(function)

    @property
    def pools(self) -> Pools:
        """The pools of instances, which :meth:`reset` replaces."""
        return self._pools

    def queued(self) -> int:
        """Return the number of accepted Async invocations that have not ended."""
        return self._store.queued()

    async def drain(self) -> None:
        """Return when every accepted Async invocation has ended."""
        while self.queued():
            self._changed.clear()
            await self._changed.wait()

    async def reset(self) -> None:
        """End all instances, remove the links to functions and start with new pools."""
        await self.close()
        self._specs.end_links()
        self.limits.refresh()
        self._pools = self._make_pools()
        self.start()

    async def close(self) -> None:
        """End all instances; queued invocations remain in the store."""
        self._is_open = False
        self._next_look.cancel()
        # The tasks first, so that killing an instance here does not count as a
        # failed attempt.
        tasks = [task for running in self._running.values() for task in running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._save_rest()
        await self._pools.close()
        self._changed.set()

    def _save_rest(self) -> None:
        """Store what could not be stored so far, or say what is lost with this process."""
        for attempt in list(self._unsaved.values()):
            if not self._save(attempt):
                logger.error(
                    "Async invocation %s has run, but the store fails: "
                    "it may run again after the next start",
                    attempt.state.request_id,
                )
        self._unsaved.clear()

    def _dispatch(self, function: FunctionKey, now: float) -> None:
        """Start the due invocations of a function, and plan a look for what is due after *now*.

        A failing store delays them.
        """
        try:
            self._start_due_of(function)
        except StoreError as exc:
            self._look_again(exc)
        else:
            self._plan_look(now)

    def _start_due_of(self, function: FunctionKey) -> None:
        """Start the due invocations of a function, up to the concurrency limit."""
        if not self._is_open:
            return
        running = self._running.get(function, {})
        free = self._retry.concurrency - len(running)
        for invocation in self._store.due(function, self._clock(), free, running.keys()):
            task = asyncio.create_task(self._run(invocation))
            self._running[function][invocation.id] = task
            task.add_done_callback(partial(self._on_end, function, invocation.id))

    def _on_end(self, function: FunctionKey, number: int, _: asyncio.Task[None]) -> None:
        del self._running[function][number]
        if not self._running[function]:
            del self._running[function]
        self._changed.set()
        self._dispatch(function, self._clock())

    def _plan_look(self, now: float) -> None:
        """Plan the next look at the queue, for what becomes due after *now*."""
        if not self._is_open:
            return
        try:
            due = self._store.next_due(now)
        except StoreError as exc:
            self._look_again(exc)
            return
        if due is not None:
            self._next_look.plan(due)

    def _look_again(self, error: StoreError) -> None:
        """Plan to look at the queue again, after the store has failed."""
        self._outage.failed(error)
        if self._is_open:
            self._next_look.plan(self._clock() + self._retry.store_delay)

    async def _run(self, invocation: QueuedInvocation) -> None:
        """Run an Async invocation until what has become of it is in the store.

        While the store fails, its attempts are counted here: the row in the
        store is not looked at, so it runs no more often than it may.
        """
        attempt = await self._attempt(invocation)
        while not self._save(attempt):
            state = attempt.state
            delay = max(state.due - self._clock(), self._retry.store_delay)
            await asyncio.sleep(delay)
            if not state.ended:
                attempt = await self._attempt(state)

    async def _attempt(self, invocation: QueuedInvocation) -> Attempt:
        """Run an Async invocation once, unless it is too old, and return what that has led to."""
        config = AsyncConfig()
        try:
            config = read_async_config(self._store, invocation.key)
            attempt = self._rules.before(invocation, config)
            if attempt is None:
                self.stateful.run(invocation)
                event = HttpExchange.from_queue(invocation.payload) or invocation.payload
                outcome = await self.invoke(invocation.key, invocation.request_id, event)
                attempt = self._rules.after_run(invocation, config, outcome)
        except (ResourceExhausted, StoreError) as exc:
            if isinstance(exc, StoreError):
                self._outage.failed(exc)
            attempt = self._rules.postponed(invocation, config, exc)
        except MissingResourceError as exc:
            # Deleted after it was accepted: the function, its version or the alias.
            ended = replace(invocation, ended=True)
            attempt = Attempt(ended, Status.FAILED, config, str(exc))
        except Exception:
            logger.exception("internal error in Async invocation %s", invocation.request_id)
            attempt = self._rules.after_run(invocation, config, None)
        self._log.add_attempt(
            invocation.key, invocation.request_id, attempt.outcome, attempt.next_step
        )
        return attempt

    def _save(self, attempt: Attempt) -> bool:
        """Store what an attempt has led to; return whether that worked."""
        state = attempt.state
        try:
            receiver = self._records.save(attempt)
        except StoreError as exc:
            self._unsaved[state.id] = attempt
            self._outage.failed(exc)
            return False
        # Only a write shows that the store works, and that the function could be read.
        if self._unsaved.pop(state.id, None) or attempt.outcome:
            self._outage.worked()
        if receiver is not None:
            self._dispatch(receiver, self._clock())
        return True
