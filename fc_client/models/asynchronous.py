"""Arguments and results of operations on asynchronous invocations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fc_client._readable import readable_repr

__all__ = [
    "AsyncInvokeConfig",
    "DestinationConfig",
    "FunctionReference",
    "StatefulAsyncInvocation",
    "StatefulAsyncInvocationEvent",
]

_Raw = Mapping[str, Any]


@dataclass(frozen=True)
class DestinationConfig:
    """Where the results of asynchronous invocations are sent.

    Attributes:
        on_success: ARN that gets the results of successful invocations: a
            queue or topic of MNS, a function, an event bus or a RocketMQ
            topic; None for none.
        on_failure: ARN that gets the errors of failed invocations; None for
            none.
    """

    on_success: str | None = None
    on_failure: str | None = None

    def to_wire(self) -> dict[str, Any]:
        """Return the API's DestinationConfig."""
        arns = {"onSuccess": self.on_success, "onFailure": self.on_failure}
        return {name: {"destination": arn} for name, arn in arns.items() if arn is not None}


@dataclass(frozen=True)
class AsyncInvokeConfig:
    """How asynchronous invocations of a function are run.

    Attributes:
        service: Name of the service.
        function: Name of the function.
        qualifier: Version, alias or ``LATEST`` that it belongs to.
        destination_config: Where the results are sent.
        max_async_event_age_in_seconds: How long an event may wait, retries
            included; None if it was never set.
        max_async_retry_attempts: How often a failed invocation is retried;
            None if it was never set.
        stateful_invocation: Whether the states of invocations are stored.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    service: str | None = None
    function: str | None = None
    qualifier: str | None = None
    destination_config: DestinationConfig | None = None
    max_async_event_age_in_seconds: int | None = None
    max_async_retry_attempts: int | None = None
    stateful_invocation: bool | None = None
    created_time: datetime | None = None
    last_modified_time: datetime | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr


@dataclass(frozen=True)
class StatefulAsyncInvocationEvent:
    """A change of the state of an asynchronous invocation.

    Attributes:
        event_id: Number of the event, in the order of time.
        status: State after the event.
        timestamp: When it occurred.
        event_detail: Details as JSON text.
        raw: The JSON of the event.
    """

    event_id: int | None = None
    status: str | None = None
    timestamp: datetime | None = None
    # It may quote the event or the result.
    event_detail: str | None = field(default=None, repr=False)
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr


@dataclass(frozen=True)
class StatefulAsyncInvocation:
    """An asynchronous invocation whose state is stored.

    Attributes:
        invocation_id: The ID given to the invocation, or that of its request.
        status: ``Enqueued``, ``Dequeued``, ``Running``, ``Retrying``,
            ``Stopping``, or, once it has ended, ``Succeeded``, ``Failed``,
            ``Stopped``, ``Expired``; the service may add others.
        qualifier: Version or alias that was invoked.
        started_time: When it was started.
        end_time: When it ended; None before.
        destination_status: What became of the message to the destination.
        invocation_error_message: Why it failed.
        invocation_payload: The event, if it was asked for.
        return_payload: What the function returned.
        already_retried_times: Number of retries so far.
        instance_id: ID of the instance that ran it.
        duration_ms: Duration of the run in milliseconds.
        events: The changes of its state.
        request_id: ID of the request of the invocation.
        raw: The JSON of the response.
    """

    invocation_id: str
    status: str | None = None
    service_name: str | None = None
    function_name: str | None = None
    qualifier: str | None = None
    started_time: datetime | None = None
    end_time: datetime | None = None
    destination_status: str | None = None
    invocation_error_message: str | None = None
    # What is sent to a function, and what it returns, may be confidential.
    invocation_payload: str | None = field(default=None, repr=False)
    return_payload: str | None = field(default=None, repr=False)
    already_retried_times: int | None = None
    instance_id: str | None = None
    duration_ms: int | None = None
    events: tuple[StatefulAsyncInvocationEvent, ...] = field(default=(), repr=False)
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr

    @property
    def has_ended(self) -> bool:
        """Whether its state is final."""
        return self.status in _FINAL


# An open list: a state that this version does not know may be followed by another.
_FINAL = frozenset({"Succeeded", "Failed", "Stopped", "Expired"})


@dataclass(frozen=True)
class FunctionReference:
    """A function, in a version of its service, that stores the states of invocations.

    Attributes:
        function_name: Name of the function.
        service_name: Name of the service.
        qualifier: Version, alias or ``LATEST``.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    function_name: str
    service_name: str | None = None
    qualifier: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr
