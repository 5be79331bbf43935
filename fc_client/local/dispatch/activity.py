"""Logs what the server does: requests, asynchronous invocations, triggers that fire.

Each is an INFO record of the logger ``fc_client.local.activity``, with an
:class:`Activity` as its attribute ``activity``. At DEBUG it has the headers of
the request and the first bytes of the event as well. While the level is
higher, nothing is made.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from fc_client._disclosure import MIN_SECRET, shown, spellings
from fc_client._redaction import SecretBytes, as_secret
from fc_client.local.execution.function_spec import Outcome
from fc_client.local.storage.schema import FunctionKey

__all__ = ["Activity", "ActivityLog", "first_bytes", "printable", "run_of"]

logger = logging.getLogger("fc_client.local.activity")

_INDENT = "    "
_MASK = b"***"
# The first bytes of an event that are shown.
_EVENT_BYTES = 200

# Gives a part of a line its colour: the role of the part, its text.
Paint = Callable[[str, str], str]


def _plain(_role: str, text: str) -> str:
    return text


@dataclass(frozen=True)
class Activity:
    """Something that the server has done: one line, and the output of a function under it.

    Attributes:
        operation: InvokeFunction, AsyncInvocation, TimerTrigger, ...
        target: Names of service, function and trigger, with slashes.
        status: An HTTP status; ``ok`` or ``failed`` of an asynchronous invocation.
        request_id: ID of the request or invocation.
        failed: Whether it is an error.
        milliseconds: How long it took, if that is known.
        instance: ``warm`` or ``cold``, if a function has run.
        note: What went wrong, or what comes next.
        output: What the function printed.
        details: Further lines, for DEBUG.
    """

    operation: str
    target: str
    status: str
    request_id: str
    failed: bool = False
    milliseconds: float | None = None
    instance: str = ""
    note: str = ""
    output: bytes = b""
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the lines without colours."""
        return "\n".join(self.lines())

    def lines(self, paint: Paint = _plain) -> Iterator[str]:
        """Yield the line and those under it; all characters can be printed."""
        time = "" if self.milliseconds is None else f"{self.milliseconds:.1f} ms"
        parts = {
            "operation": self.operation,
            "target": printable(self.target),
            "failure" if self.failed else "success": self.status,
            "time": time,
            self.instance or "warm": self.instance,
            "id": self.request_id,
            "note": self.note,
        }
        yield " ".join(paint(role, text) for role, text in parts.items() if text)
        for detail in self.details:
            yield _INDENT + paint("detail", detail)
        for line in self.output.decode("utf-8", "replace").rstrip("\n").split("\n"):
            if line:
                yield _INDENT + printable(line.rstrip("\r"))


class ActivityLog:
    """Writes activities to the logger.

    Args:
        secrets: What must never be logged: the secret of the access key, the token.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = [as_secret(each) for each in secrets if len(each) >= MIN_SECRET]
        self._spellings = [
            SecretBytes(text.encode()) for secret in self._secrets for text in spellings(secret)
        ]

    @property
    def is_on(self) -> bool:
        """Whether activities are logged."""
        return logger.isEnabledFor(logging.INFO)

    @property
    def has_details(self) -> bool:
        """Whether their details are logged, too."""
        return logger.isEnabledFor(logging.DEBUG)

    def add(self, activity: Activity) -> None:
        """Log an activity, with secrets masked."""
        if activity.note or activity.output or activity.details:
            activity = replace(
                activity,
                note=activity.note and shown(activity.note, self._secrets),
                output=self._masked(activity.output),
                details=tuple(shown(each, self._secrets) for each in activity.details),
            )
        logger.info("%s", activity, extra={"activity": activity})

    def add_attempt(
        self, function: FunctionKey, request_id: str, outcome: Outcome | None, next_step: str
    ) -> None:
        """Log an attempt of an asynchronous invocation.

        Args:
            function: The function.
            request_id: ID of the invocation.
            outcome: How it ended; None if it did not run.
            next_step: What comes next, such as when it is tried again.
        """
        if not self.is_on:
            return
        status, run = "not run", dict[str, Any](failed=True, note="")
        if outcome is not None:
            run = {**run_of(outcome), "milliseconds": outcome.duration_ms}
            status = "failed" if run["failed"] else "ok"
        run["note"] = "; ".join(filter(None, (run["note"], next_step)))
        self.add(Activity("AsyncInvocation", str(function), status, request_id, **run))

    def add_firing(self, kind: str, trigger: tuple[str, ...], request_id: str, cause: str) -> None:
        """Log that a trigger has fired; the invocation follows under the same request ID."""
        if self.is_on:
            self.add(Activity(kind, "/".join(trigger), "fired", request_id, note=cause))

    def add_destination(
        self, arn: str, request_id: str, status: str, cause: str, event: bytes
    ) -> None:
        """Log what a destination of Async invocations gets, or would get in the cloud."""
        if self.is_on:
            details = (first_bytes(event),)
            self.add(
                Activity("AsyncDestination", arn, status, request_id, note=cause, details=details)
            )

    def _masked(self, output: bytes) -> bytes:
        # Not as thorough as shown(), which would take seconds for a long output.
        for secret in self._spellings:
            output = output.replace(secret, _MASK)
        return output


def run_of(outcome: Outcome) -> dict[str, Any]:
    """Return the attributes of an Activity that say how the run of a function went."""
    return {
        "failed": outcome.error_type is not None,
        "instance": "cold" if outcome.cold else "warm",
        "note": _error_of(outcome),
        "output": outcome.output,
    }


def _error_of(outcome: Outcome) -> str:
    if outcome.error_type is None:
        return ""
    message = None
    with suppress(ValueError, AttributeError):
        message = json.loads(outcome.payload).get("errorMessage")
    return outcome.error_type + (f": {message}" if message else "")


def first_bytes(event: bytes) -> str:
    """Return how many bytes an event has, and the first of them as text."""
    text = event[:_EVENT_BYTES].decode("utf-8", "replace")
    more = "..." if len(event) > _EVENT_BYTES else ""
    return f"event: {len(event)} bytes: {text}{more}" if event else "event: 0 bytes"


def printable(text: str) -> str:
    """Return *text* with control characters, which could steer a terminal, escaped."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each == "\t" else ascii(each)[1:-1] for each in text
    )
