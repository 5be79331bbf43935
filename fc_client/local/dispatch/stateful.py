"""Stores what becomes of stateful Async invocations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fc_client.local.dispatch.attempts import Attempt, Status
from fc_client.local.dispatch.pools import HttpExchange
from fc_client.local.storage.belongings import (
    STATEFUL_INVOCATIONS,
    get_belonging,
    name_of,
    records_below,
)
from fc_client.local.storage.schema import (
    CLOUD_RESOURCE,
    LATEST,
    FunctionKey,
    QueuedInvocation,
    Record,
)
from fc_client.local.storage.store import Store

__all__ = ["ENDED", "StatefulInvocations"]

ENDED = frozenset({Status.SUCCEEDED, Status.FAILED, Status.EXPIRED, Status.STOPPED})

# As in the service, in milliseconds from the end.
_KEPT = 7 * 86_400_000
_REMOVAL_SECONDS = 3600


class StatefulInvocations:
    """The stateful invocations of a store, each for seven days from its end.

    All methods raise StoreError if the store fails.

    Args:
        store: The store.
        clock: Returns seconds since the epoch.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._next_removal = 0.0

    def find(self, function: FunctionKey, stateful_id: str) -> Record | None:
        """Return an invocation by its ID; None if it does not exist, or no more."""
        record = get_belonging(self._store, STATEFUL_INVOCATIONS, *_names(function), stateful_id)
        return None if record is None or self._is_expired(record) else record

    def page(self, function: FunctionKey, prefix: str) -> list[Record]:
        """Return the invocations of a function whose IDs start with *prefix*."""
        found = records_below(self._store, STATEFUL_INVOCATIONS, name_of(*_names(function), prefix))
        return [record for record in found if not self._is_expired(record)]

    def accept(
        self, function: FunctionKey, stateful_id: str, request_id: str, payload: bytes
    ) -> None:
        """Store a new invocation; of a call of an HTTP function its body."""
        self._remove_expired()
        body = HttpExchange.body_from_queue(payload)
        service, name, qualifier = _names(function)
        now = self._now()
        document = {
            "serviceName": service,
            "functionName": name,
            "qualifier": qualifier,
            "invocationId": stateful_id,
            "status": Status.ENQUEUED,
            "startedTime": now,
            "endTime": 0,
            "durationMs": 0,
            "destinationStatus": "",
            "invocationErrorMessage": "",
            "invocationPayload": (payload if body is None else body).decode("utf-8", "replace"),
            "requestId": request_id,
            "alreadyRetriedTimes": 0,
            "instanceId": "",
            "returnPayload": "",
            "events": [_event(1, Status.ENQUEUED, now, "")],
        }
        self._store.put(
            CLOUD_RESOURCE,
            (STATEFUL_INVOCATIONS, name_of(service, name, qualifier, stateful_id)),
            document,
        )

    def run(self, invocation: QueuedInvocation) -> None:
        """Store that an attempt begins."""
        record = self._record(invocation)
        if record is not None:
            begun = {"startedTime": self._now()} if invocation.attempts == 0 else {}
            self._change(record, Status.RUNNING, **begun)

    def save(self, attempt: Attempt, destination_status: str) -> None:
        """Store what an attempt has led to; an invocation that was stopped remains so."""
        record = self._record(attempt.state)
        if record is None or record.document["status"] in ENDED:
            return
        outcome, fields = attempt.outcome, dict[str, Any]()
        if outcome is not None:
            fields = {"instanceId": outcome.instance_id}
            payload = outcome.payload.decode("utf-8", "replace")
            key = "returnPayload" if outcome.error_type is None else "invocationErrorMessage"
            fields[key] = payload
        elif attempt.next_step:
            fields = {"invocationErrorMessage": attempt.next_step}
        if attempt.status == Status.RETRYING:
            fields["alreadyRetriedTimes"] = attempt.state.attempts
        if destination_status:
            fields["destinationStatus"] = destination_status
        self._change(record, attempt.status, **fields)

    def stop(self, record: Record, status: str) -> Record:
        """Store that an invocation is being stopped, or has been."""
        return self._change(record, status)

    def _is_expired(self, record: Record) -> bool:
        document = record.document
        return document["status"] in ENDED and self._now() - document["endTime"] > _KEPT

    def _remove_expired(self) -> None:
        """Delete what is not shown any more, once an hour: that reads all invocations."""
        if self._clock() < self._next_removal:
            return
        self._next_removal = self._clock() + _REMOVAL_SECONDS
        for record in records_below(self._store, STATEFUL_INVOCATIONS, ""):
            if self._is_expired(record):
                self._store.delete(CLOUD_RESOURCE, record.key)

    def _record(self, invocation: QueuedInvocation) -> Record | None:
        """Return the record of a queued invocation; None if it is not stateful, or deleted."""
        if not invocation.stateful_id:
            return None
        return self.find(invocation.key, invocation.stateful_id)

    def _change(self, record: Record, status: str, **fields: object) -> Record:
        now = self._now()
        document = {**record.document, "status": status, **fields}
        if status in ENDED:
            document["endTime"] = now
            document["durationMs"] = now - document["startedTime"]
        events = record.document["events"]
        # Throttled attempts repeat the same states, possibly for hours.
        if events[-1]["status"] != status:
            detail = str(fields.get("invocationErrorMessage", ""))
            document["events"] = [*events, _event(len(events) + 1, status, now, detail)]
        return self._store.put(CLOUD_RESOURCE, record.key, document)

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _names(function: FunctionKey) -> tuple[str, str, str]:
    return function.service_name, function.function_name, function.qualifier or LATEST


def _event(number: int, status: str, now: int, detail: str) -> dict[str, Any]:
    return {"eventId": number, "status": status, "timestamp": now, "eventDetail": detail}
