"""Fires triggers: timers, and changes of files in the directory of a bucket.

Both put their events into the queue of Async invocations. Events that were
missed while the server did not run are not fired later.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol

from fc_client._threads import run_blocking
from fc_client.local.dispatch.activity import ActivityLog
from fc_client.local.dispatch.buckets import Bucket, Change, changes, oss_event, scan_bucket
from fc_client.local.dispatch.file_scan import FileState, Scan
from fc_client.local.dispatch.outages import Outage
from fc_client.local.dispatch.trigger_configs import OSSConfig, TimerConfig, bucket_of
from fc_client.local.dispatch.trigger_events import Firing, event_of
from fc_client.local.storage.schema import TRIGGER, FunctionKey, Record
from fc_client.local.storage.store import Store, StoreError
from fc_client.local.storage.versions import MissingResourceError, plain_qualifier

__all__ = ["Triggers"]

logger = logging.getLogger("fc_client.local")

# The system clock may be set, so it is read again after at most this time.
_MAX_SLEEP = 30.0


class Queue(Protocol):
    """Accepts events; Invocations implements it."""

    def enqueue(self, function: FunctionKey, request_id: str, event: bytes) -> object:
        """Accept an Async invocation of a function."""


@dataclass(frozen=True)
class _Timer:
    trigger: Record
    config: TimerConfig
    due: datetime


@dataclass
class _Watch:
    """A watched bucket: its reported state and its last scan."""

    known: dict[str, FileState]
    previous: Scan
    # Triggers that have fired for the change that is being reported.
    fired: set[tuple[str, ...]] = field(default_factory=set)
    warned: set[str] = field(default_factory=set)


class Triggers:
    """Fires the triggers of a store into a queue.

    Call all methods in the event loop that :meth:`start` ran in.

    Args:
        store: The store with the triggers.
        queue: Accepts the events.
        oss_root: Directory of the buckets; with None no OSS trigger fires.
        region: The region that events name.
        account_id: The account that events name.
        clock: Returns seconds since the epoch.
        log: Logs the triggers that fire.
        scan_seconds: Interval between scans of a bucket. A change is reported when two scans agree.
        retry_seconds: How long to wait after an error before firing continues.
    """

    def __init__(
        self,
        store: Store,
        queue: Queue,
        *,
        oss_root: Path | None,
        region: str,
        account_id: str,
        clock: Callable[[], float],
        log: ActivityLog,
        scan_seconds: float = 0.2,
        retry_seconds: float = 1.0,
    ) -> None:
        self._store = store
        self._queue = queue
        self._oss_root = oss_root
        self._region = region
        self._account_id = account_id
        self._clock = clock
        self._log = log
        self._scan_seconds = scan_seconds
        self._retry_seconds = retry_seconds
        self._timers: dict[tuple[tuple[str, ...], str], _Timer] = {}
        self._watches: dict[str, _Watch] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._wake = asyncio.Event()
        self._is_stale = False

    @property
    def has_buckets(self) -> bool:
        """Whether there is a directory of buckets."""
        return self._oss_root is not None

    async def start(self) -> None:
        """Start to fire the triggers of the store."""
        await self.refresh()
        steps = {"timers": self._run_timers, "OSS triggers": self._watch_buckets}
        self._tasks = [
            asyncio.create_task(self._repeat(step, subject)) for subject, step in steps.items()
        ]

    def fire(self, key: tuple[str, ...], what: Mapping[str, Any]) -> str:
        """Put the event of a trigger into the queue, as if its source had sent it.

        Args:
            key: The names of service, function and trigger.
            what: What the event says; see :func:`event_of`.

        Returns:
            The request ID of the invocation.

        Raises:
            LookupError: the trigger does not exist.
            TypeError, ValueError: *what* cannot be used.
        """
        for name, value in zip(("service", "function", "trigger"), key, strict=True):
            if not isinstance(value, str):
                raise TypeError(f"{name}: expected a str, got {type(value).__name__}")
        trigger = self._store.get(TRIGGER, key)
        if trigger is None:
            raise MissingResourceError("Trigger", "/".join(key))
        firing = Firing(key[-1], trigger.document, self._now(), self._region, self._account_id)
        event = event_of(firing, what)
        return self._enqueue(trigger, event, "FiredTrigger", trigger.document["triggerType"])

    async def close(self) -> None:
        """Stop firing."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _repeat(self, step: Callable[[], Awaitable[None]], subject: str) -> None:
        """Run *step* again and again, whatever it raises: firing recovers when its cause does."""
        outage = Outage(subject)
        while True:
            try:
                if self._is_stale:
                    await self._load()
                await step()
            except Exception as exc:  # noqa: BLE001 - logged
                outage.failed(exc)
                await asyncio.sleep(self._retry_seconds)
            else:
                outage.worked()

    async def refresh(self) -> None:
        """Load the triggers again after one was created, changed or deleted.

        Every change to a watched file after this returns is reported. If the
        triggers cannot be read now, they are read as soon as they can be: the
        change itself is stored, so this must not become its error.
        """
        self._is_stale = True
        try:
            await self._load()
        except (StoreError, OSError) as exc:
            logger.error("triggers cannot be read: %s", exc)  # noqa: TRY400 - the message says all
        self._wake.set()

    async def _load(self) -> None:
        self._timers = {
            (timer.trigger.key, timer.trigger.etag): timer for timer in self._planned_timers()
        }
        wanted = {bucket_of(trigger.document) for trigger in self._oss_triggers()}
        for name in wanted - self._watches.keys():
            found = await run_blocking(scan_bucket, self._bucket(name).folder, {})
            self._watches.setdefault(name, _Watch(dict(found.files), found.files))
        for name in self._watches.keys() - wanted:
            del self._watches[name]
        self._is_stale = False

    # Timers

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), timezone.utc)

    def _planned_timers(self) -> Iterator[_Timer]:
        for trigger in self._store.triggers_of_type("timer"):
            config = TimerConfig.parse(trigger.document["triggerConfig"])
            planned = self._timers.get((trigger.key, trigger.etag))
            due = planned.due if planned else config.next_after(self._now())
            if config.enable and due is not None:
                yield _Timer(trigger, config, due)

    async def _run_timers(self) -> None:
        """Fire the due timers, then wait for the next one."""
        self._wake.clear()
        for identity, timer in list(self._timers.items()):
            if timer.due <= self._now():
                self._fire_timer(timer)
                self._advance(identity, timer)
            else:
                self._bring_forward(identity, timer)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._wake.wait(), self._seconds_until_due())

    def _seconds_until_due(self) -> float:
        """Return the seconds until the next timer is due."""
        now = self._now()
        waits = [(timer.due - now).total_seconds() for timer in self._timers.values()]
        return max(0.0, min([*waits, _MAX_SLEEP]))

    def _advance(self, identity: tuple[tuple[str, ...], str], timer: _Timer) -> None:
        # From the due time, so that intervals do not drift; from now if the
        # machine was suspended at later due times.
        due = timer.config.next_after(timer.due)
        if due is not None and due <= self._now():
            due = timer.config.next_after(self._now())
        if due is None:
            del self._timers[identity]
        else:
            self._timers[identity] = replace(timer, due=due)

    def _bring_forward(self, identity: tuple[tuple[str, ...], str], timer: _Timer) -> None:
        """Plan a timer again if the system clock was set back since it was planned."""
        due = timer.config.next_after(self._now())
        if due is not None and due < timer.due:
            self._timers[identity] = replace(timer, due=due)

    def _fire_timer(self, timer: _Timer) -> None:
        event = {
            "triggerTime": timer.due.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "triggerName": timer.trigger.key[-1],
            "payload": timer.config.payload,
        }
        self._fire(timer.trigger, event, "TimerTrigger", "")

    # Buckets

    def _oss_triggers(self) -> list[Record]:
        return [] if self._oss_root is None else self._store.triggers_of_type("oss")

    def _bucket(self, name: str) -> Bucket:
        folder = (self._oss_root or Path()) / name
        return Bucket(name, folder, self._region, self._account_id)

    async def _watch_buckets(self) -> None:
        """Scan the buckets once and report their changes."""
        await asyncio.sleep(self._scan_seconds)
        for name, watch in list(self._watches.items()):
            await self._scan_bucket(self._bucket(name), watch)

    async def _scan_bucket(self, bucket: Bucket, watch: _Watch) -> None:
        current = await run_blocking(self._scan, bucket, watch)
        previous, watch.previous = watch.previous, current
        for change in changes(watch.known, previous, current):
            if not await self._fire_change(bucket, change, watch):
                continue
            watch.fired.clear()
            if change.after is None:
                del watch.known[change.key]
            else:
                watch.known[change.key] = change.after

    def _scan(self, bucket: Bucket, watch: _Watch) -> Scan:
        """Scan a bucket; what cannot be read counts as unchanged, and is logged once."""
        found = scan_bucket(bucket.folder, watch.known)
        for problem in sorted(found.problems):
            self._warn_once(bucket, problem, watch)
        return found.files

    def _warn_once(self, bucket: Bucket, problem: str, watch: _Watch) -> None:
        if problem not in watch.warned:
            watch.warned.add(problem)
            logger.warning("bucket %s: %s; it fires no events", bucket.name, problem)

    async def _fire_change(self, bucket: Bucket, change: Change, watch: _Watch) -> bool:
        """Fire all triggers of a change; return whether it is reported."""
        for trigger in self._oss_triggers():
            config = OSSConfig.parse(trigger.document["triggerConfig"])
            if bucket_of(trigger.document) != bucket.name or trigger.key in watch.fired:
                continue
            if config.matches(change.event, change.key):
                try:
                    event = await run_blocking(self._oss_event, bucket, change, trigger)
                except FileNotFoundError:
                    # Removed since the scan: the next one reports it.
                    return False
                except OSError as exc:
                    self._warn_once(bucket, f"cannot read {change.key!r}: {exc.strerror}", watch)
                    return False
                cause = f"{change.event} {bucket.name}/{change.key}"
                self._fire(trigger, event, "OSSTrigger", cause)
            # If the store fails at the next trigger, this one does not fire again.
            watch.fired.add(trigger.key)
        return True

    def _oss_event(self, bucket: Bucket, change: Change, trigger: Record) -> dict[str, Any]:
        rule_id = hashlib.sha1("/".join(trigger.key).encode(), usedforsecurity=False).hexdigest()
        return oss_event(bucket, change, rule_id, self._now())

    def _fire(self, trigger: Record, event: object, kind: str, cause: str) -> None:
        self._enqueue(trigger, json.dumps(event).encode(), kind, cause)

    def _enqueue(self, trigger: Record, event: bytes, kind: str, cause: str) -> str:
        """Accept an event and return the ID of its request."""
        service_name, function_name, _ = trigger.key
        qualifier = plain_qualifier(trigger.document.get("qualifier") or "")
        function = FunctionKey(service_name, function_name, qualifier)
        request_id = str(uuid.uuid4())
        self._queue.enqueue(function, request_id, event)
        self._log.add_firing(kind, trigger.key, request_id, cause)
        return request_id
