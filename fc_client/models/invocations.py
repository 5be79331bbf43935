"""The result of an invocation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fc_client._readable import brief_payload, counted, readable_repr, text_of
from fc_client.models.decoding import json_of

__all__ = ["InvocationResult"]


@dataclass(frozen=True)
class InvocationResult:
    """The result of an invocation.

    ``print`` shows the size of the payload and its start; the repr only the size.

    Attributes:
        payload: The bytes that the function returned; empty for Async.
        status_code: 200 for Sync, 202 for Async.
        request_id: ID of the invocation, as in the function's log.
        error_type: ``HandledInvocationError`` or ``UnhandledInvocationError``
            if the function failed, else None.
        log: The last 4 KB of its log with ``log_type="Tail"``, else None.
        duration_ms: Duration of the run in milliseconds, or None.
        max_memory_mb: Peak memory of the run in MB, or None.
        headers: All headers of the response, case-insensitive.
        index: Of ``map_function``: number of the event, from 0; else None.
        event: Of ``map_function``: the event; else None.
        error: Of ``map_function(check=False)``: why this event failed;
            else None.
        service_version: Version of the service that ran, such as ``2``, or
            None if the service did not say.
        stateful_id: ID of a stateful Async invocation, else None.
    """

    payload: bytes = field(repr=False)
    status_code: int
    request_id: str | None = None
    error_type: str | None = None
    log: str | None = field(default=None, repr=False)
    duration_ms: int | None = None
    max_memory_mb: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    index: int | None = None
    event: Any = field(default=None, repr=False, hash=False)
    error: Exception | None = field(default=None, compare=False)
    service_version: str | None = None
    stateful_id: str | None = None

    def __str__(self) -> str:
        return self._described(brief_payload(self.payload))

    def __repr__(self) -> str:
        # Crash reporters collect reprs: what the function returned may be confidential.
        return self._described(counted(len(self.payload), "byte"))

    def _described(self, payload: str) -> str:
        log = {} if self.log is None else {"log": f"<{counted(len(self.log), 'character')}>"}
        return readable_repr(self, payload=f"<{payload}>", **log)

    @property
    def text(self) -> str:
        """The payload decoded as UTF-8; UnicodeDecodeError if it is not UTF-8."""
        return self.payload.decode("utf-8")

    def json(self) -> Any:
        """Return the payload decoded as JSON.

        Raises:
            json.JSONDecodeError: it is not JSON; the message shows its start.
        """
        return json_of(self.payload, self._not_json)

    def _not_json(self, problem: str) -> str:
        if self.payload:
            return f"the payload ({brief_payload(self.payload)}) is not JSON: {problem}"
        if self.error is not None:
            return f"there is no payload, since the event failed: {text_of(self.error)}"
        hint = "; Async returns no result of the function" if self.status_code == 202 else ""
        return f"the payload is empty, which is not JSON{hint}"
