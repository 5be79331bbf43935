"""Writes accepted Async invocations, and what becomes of them, to the store."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from fc_client.local.dispatch.activity import ActivityLog
from fc_client.local.dispatch.attempts import Attempt, Status
from fc_client.local.dispatch.destinations import (
    destination_event,
    destination_of,
    function_of_arn,
)
from fc_client.local.dispatch.specs import Identity
from fc_client.local.dispatch.stateful import StatefulInvocations
from fc_client.local.storage.async_configs import read_async_config
from fc_client.local.storage.schema import FunctionKey, QueuedInvocation
from fc_client.local.storage.store import Store
from fc_client.local.storage.versions import MissingResourceError, find_function, resolve

__all__ = ["MAX_ASYNC_EVENT", "QueueRecords"]

# Bytes of an event in the queue.
MAX_ASYNC_EVENT = 128 * 1024


class QueueRecords:
    """The records of the queue: its rows, stateful invocations, events for destinations.

    All methods raise StoreError if the store fails.

    Args:
        store: The store.
        stateful: The stateful invocations in it.
        identity: The account and region that destinations are told.
        clock: Returns seconds since the epoch.
        log: Logs what destinations get.
    """

    def __init__(
        self,
        store: Store,
        stateful: StatefulInvocations,
        identity: Identity,
        clock: Callable[[], float],
        log: ActivityLog,
    ) -> None:
        self._store = store
        self._stateful = stateful
        self._identity = identity
        self._clock = clock
        self._log = log

    def accept(
        self, function: FunctionKey, request_id: str, event: bytes, due: float, stateful_id: str
    ) -> str:
        """Add an invocation; call it in a transaction.

        Returns:
            The ID of a stateful invocation; "" if its state is not stored.
        """
        if read_async_config(self._store, function).stateful:
            stateful_id = stateful_id or request_id
            self._stateful.accept(function, stateful_id, request_id, event)
        else:
            stateful_id = ""
        self._store.enqueue(
            request_id, function, event, due, accepted=self._clock(), stateful_id=stateful_id
        )
        return stateful_id

    def save(self, attempt: Attempt) -> FunctionKey | None:
        """Store what an attempt has led to; return a function with a new invocation, if any."""
        if not attempt.state.stateful_id and not destination_of(attempt):
            self._save_state(attempt.state)
            return None
        with self._store.transaction():
            self._save_state(attempt.state)
            status, receiver = self._send_on(attempt)
            self._stateful.save(attempt, status)
        return receiver

    def _save_state(self, state: QueuedInvocation) -> None:
        if state.ended:
            self._store.dequeue(state)
        else:
            self._store.reschedule(state)

    def _send_on(self, attempt: Attempt) -> tuple[str, FunctionKey | None]:
        """Send what has become of an invocation to its destination, if it has one.

        Returns:
            Whether that worked, as the service shows it, and the function that
            has a new invocation in its queue, if any.
        """
        arn = destination_of(attempt)
        if not arn:
            return "", None
        state, function, now = attempt.state, function_of_arn(arn), self._clock()
        event = destination_event(attempt, now, self._identity.region, self._identity.account_id)
        cause = f"{attempt.status}: {state.key}"
        if len(event) > MAX_ASYNC_EVENT:
            # This also ends loops of destinations, since each event has the one before it.
            note = f"{cause}; an event must have at most {MAX_ASYNC_EVENT} bytes, got {len(event)}"
            self._log.add_destination(arn, state.request_id, "failed", note, event)
            return Status.FAILED, None
        if function is None:
            # Other services do not exist here.
            self._log.add_destination(arn, state.request_id, "not sent", cause, event)
            return Status.SUCCEEDED, None
        try:
            version = resolve(self._store, function.service_name, function.qualifier)
            find_function(self._store, function.at(version))
        except MissingResourceError as exc:
            note = f"{cause}; {exc}"
            self._log.add_destination(arn, state.request_id, "failed", note, event)
            return Status.FAILED, None
        request_id = str(uuid.uuid4())
        self.accept(function, request_id, event, now, "")
        self._log.add_destination(arn, request_id, "sent", cause, event)
        return Status.SUCCEEDED, function
