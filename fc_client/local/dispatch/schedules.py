"""Parses the schedules of provisioned instances: ``at(...)`` and ``cron(...)``, in UTC."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from cronsim import CronSim, CronSimError

__all__ = ["InvalidScheduleError", "ScheduledAction", "parse_time"]

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_EXPRESSION = re.compile(r"(at|cron)\((.{1,200})\)")


class InvalidScheduleError(ValueError):
    """A time or an expression cannot be used.

    Args:
        field: Its wire name.
        problem: What is wrong with it.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem


def parse_time(field: str, value: object) -> datetime:
    """Return a time of the form ``2020-10-10T10:10:10Z``.

    Raises:
        InvalidScheduleError: it has another form.
    """
    try:
        return datetime.strptime(str(value), _TIME).replace(tzinfo=timezone.utc)
    except ValueError as exc:
        raise InvalidScheduleError(
            field, f"must be a time such as 2020-10-10T10:10:10Z, got {value!r}"
        ) from exc


@dataclass(frozen=True)
class ScheduledAction:
    """A change of the number of provisioned instances.

    Attributes:
        target: The new number.
        start: When the action begins to count.
        end: When it ceases to.
        moment: The only time at which it happens; None with *cron*.
        cron: Six cron fields, seconds first; "" with *moment*.
    """

    target: int
    start: datetime
    end: datetime
    moment: datetime | None
    cron: str

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> ScheduledAction:
        """Return an action of a configuration, whose target has been checked.

        Raises:
            InvalidScheduleError: a time or the expression cannot be used.
        """
        start = parse_time("startTime", document["startTime"])
        end = parse_time("endTime", document["endTime"])
        if start >= end:
            raise InvalidScheduleError("endTime", "must be later than startTime")
        match = _EXPRESSION.fullmatch(str(document["scheduleExpression"]))
        if match is None:
            raise _invalid(document, "must be at(TIME) or cron(SIX FIELDS)")
        if match[1] == "at":
            moment = parse_time("scheduleExpression", match[2])
            return cls(document["target"], start, end, moment, "")
        cron = match[2].replace("?", "*")
        if len(cron.split()) != 6:
            raise _invalid(document, "must have six fields: second minute hour day month weekday")
        try:
            CronSim(cron, start)
        except CronSimError as exc:
            raise _invalid(document, f"is not a cron expression: {exc}") from exc
        return cls(document["target"], start, end, None, cron)

    def last_between(self, after: datetime, until: datetime) -> datetime | None:
        """Return when the action happened last after *after*, up to *until*; None if it did not."""
        until = min(until, self.end)
        if self.moment is not None:
            happened = after < self.moment <= until and self.start <= self.moment
            return self.moment if happened else None
        last = None
        for moment in CronSim(self.cron, max(after, self.start)):
            if moment > until:
                break
            last = moment
        return last


def _invalid(document: Mapping[str, Any], problem: str) -> InvalidScheduleError:
    return InvalidScheduleError(
        "scheduleExpression", f"{document['scheduleExpression']!r} {problem}"
    )
