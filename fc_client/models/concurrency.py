"""Arguments and results of operations on the number of instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from fc_client._readable import readable_repr

__all__ = [
    "Instance",
    "OnDemandConfig",
    "ProvisionConfig",
    "ReservedCapacity",
    "ScheduledAction",
    "TargetTrackingPolicy",
]

_Raw = Mapping[str, Any]


def _check_aware(name: str, moment: datetime | None) -> None:
    if moment is not None and moment.tzinfo is None:
        raise ValueError(f"{name}: must have a time zone, got {moment.isoformat()!r}")


def _wire_time(moment: datetime | None) -> str | None:
    # Whole seconds: the API's form has no fractions.
    return None if moment is None else f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class ScheduledAction:
    """A change of the number of provisioned instances at certain times.

    Attributes:
        name: Unique in the configuration.
        schedule_expression: ``at(2026-10-20T10:10:10Z)``, or ``cron(0 30 8 * * *)``
            with six fields; in UTC.
        target: Number of instances from then on.
        start_time: When the action comes into force, a datetime with a time zone.
        end_time: When it ends, a datetime with a time zone.

    Raises:
        ValueError: a time has no time zone.
    """

    name: str
    schedule_expression: str | None = None
    target: int | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None

    def __post_init__(self) -> None:
        _check_aware("start_time", self.start_time)
        _check_aware("end_time", self.end_time)

    def to_wire(self) -> dict[str, Any]:
        """Return the API's ScheduledAction."""
        return {
            "name": self.name,
            "startTime": _wire_time(self.start_time),
            "endTime": _wire_time(self.end_time),
            "target": self.target,
            "scheduleExpression": self.schedule_expression,
        }


@dataclass(frozen=True)
class TargetTrackingPolicy:
    """A rule that adjusts the number of provisioned instances to a metric, each minute.

    Attributes:
        name: Unique in the configuration.
        metric_type: Such as ``ProvisionedConcurrencyUtilization``.
        metric_target: Value of the metric to keep, between 0 and 1.
        min_capacity: Least number of instances.
        max_capacity: Largest number of instances.
        start_time: When the policy comes into force, a datetime with a time zone.
        end_time: When it ends, a datetime with a time zone.

    Raises:
        ValueError: a time has no time zone.
    """

    name: str
    metric_type: str | None = None
    metric_target: float | None = None
    min_capacity: int | None = None
    max_capacity: int | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None

    def __post_init__(self) -> None:
        _check_aware("start_time", self.start_time)
        _check_aware("end_time", self.end_time)

    def to_wire(self) -> dict[str, Any]:
        """Return the API's TargetTrackingPolicy."""
        return {
            "name": self.name,
            "startTime": _wire_time(self.start_time),
            "endTime": _wire_time(self.end_time),
            "metricType": self.metric_type,
            "metricTarget": self.metric_target,
            "minCapacity": self.min_capacity,
            "maxCapacity": self.max_capacity,
        }


@dataclass(frozen=True)
class ProvisionConfig:
    """The number of instances of a function that are kept ready.

    Attributes:
        resource: ``{account}#{service}#{qualifier}#{function}``.
        target: Number of instances to keep ready.
        current: Number of instances that are ready; reaches *target* after
            seconds to minutes.
        scheduled_actions: Changes at certain times.
        target_tracking_policies: Adjustments to a metric.
        always_allocate_cpu: Whether instances without an invocation keep
            their CPU.
        current_error: Why *current* cannot reach *target*.
        etag: For *if_match*; None for items of a list.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    resource: str | None = None
    target: int | None = None
    current: int | None = None
    scheduled_actions: tuple[ScheduledAction, ...] = ()
    target_tracking_policies: tuple[TargetTrackingPolicy, ...] = ()
    always_allocate_cpu: bool | None = None
    current_error: str | None = None
    etag: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr


@dataclass(frozen=True)
class OnDemandConfig:
    """The largest number of instances that invocations of a function may start.

    Attributes:
        resource: ``services/{service}.{qualifier}/functions/{function}``.
        maximum_instance_count: 0 starts none.
        etag: For *if_match*; None for items of a list.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    resource: str | None = None
    maximum_instance_count: int | None = None
    etag: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr


@dataclass(frozen=True)
class ReservedCapacity:
    """Compute capacity that the account has paid for in advance.

    Attributes:
        instance_id: ID of the purchase.
        cu: Compute units.
        deadline: When it ends.
        is_refunded: ``true`` or ``false``, as text.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    instance_id: str
    cu: int | None = None
    deadline: datetime | None = None
    created_time: datetime | None = None
    last_modified_time: datetime | None = None
    is_refunded: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr


@dataclass(frozen=True)
class Instance:
    """An instance of a function.

    Attributes:
        instance_id: ID, for :meth:`Client.exec`.
        version_id: Version of its service; ``0`` for LATEST.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    instance_id: str
    version_id: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr
