"""Parses trigger configurations, by trigger type, and rejects unusable ones.

The guide leaves the formats to each type ("Trigger"). Unknown keys are
accepted: they are stored and ignored here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase
from typing import Any

from cronsim import CronSim, CronSimError

__all__ = [
    "HTTP_METHODS",
    "InvalidTriggerError",
    "OSSConfig",
    "TimerConfig",
    "bucket_of",
    "check_trigger",
]

HTTP_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")

# Far more than a schedule needs; int() has a limit of its own.
_MAX_EXPRESSION = 1000
_EVERY = re.compile(r"@every (?=[0-9])(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")

# OSS's rule for names of buckets, which also excludes paths out of oss_root.
_BUCKET_ARN = re.compile(r"acs:oss:[^:]*:[^:]*:([a-z0-9][a-z0-9-]{1,61}[a-z0-9])")


class InvalidTriggerError(ValueError):
    """A field of a trigger cannot be used.

    Args:
        field: Its wire name, such as ``triggerConfig.cronExpression``.
        problem: What is wrong with it.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}"


@dataclass(frozen=True)
class TimerConfig:
    """The configuration of a timer.

    Attributes:
        payload: The payload of each event.
        expression: Six cron fields, seconds first, in UTC, or ``@every``
            with hours, minutes and seconds: ``@every 1h30m``.
        enable: Whether it fires.
    """

    payload: str
    expression: str
    enable: bool

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> TimerConfig:
        """Return the configuration.

        Raises:
            InvalidTriggerError: a field cannot be used.
        """
        timer = cls(
            payload=_string(config, "payload", ""),
            expression=_string(config, "cronExpression", None),
            enable=_flag(config),
        )
        timer.next_after(datetime(2000, 1, 1, tzinfo=timezone.utc))
        return timer

    def next_after(self, moment: datetime) -> datetime | None:
        """Return when the timer fires next after *moment*; None if it never does.

        Raises:
            InvalidTriggerError: the expression is neither of the two.
        """
        if len(self.expression) > _MAX_EXPRESSION:
            raise InvalidTriggerError(
                "triggerConfig.cronExpression",
                f"must have at most {_MAX_EXPRESSION} characters, got {len(self.expression)}",
            )
        if self.expression.startswith("@"):
            return moment + self._interval()
        # The service's documentation writes ? for any day.
        fields = self.expression.replace("?", "*").split()
        if len(fields) != 6:
            raise self._invalid("must have six fields: second minute hour day month weekday")
        try:
            return next(CronSim(" ".join(fields), moment), None)
        except CronSimError as exc:
            raise self._invalid(f"is not a cron expression: {exc}") from exc

    def _interval(self) -> timedelta:
        match = _EVERY.fullmatch(self.expression)
        hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0,) * 3
        interval = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        if not interval:
            raise self._invalid("must be @every with hours, minutes or seconds, as in @every 5m")
        return interval

    def _invalid(self, problem: str) -> InvalidTriggerError:
        return InvalidTriggerError("triggerConfig.cronExpression", f"{self.expression!r} {problem}")


@dataclass(frozen=True)
class OSSConfig:
    """The configuration of an OSS trigger.

    Attributes:
        events: Such as ``oss:ObjectCreated:*``.
        prefix: Only objects whose key starts with it.
        suffix: Only objects whose key ends with it.
        enable: Whether it fires.
    """

    events: tuple[str, ...]
    prefix: str
    suffix: str
    enable: bool

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> OSSConfig:
        """Return the configuration.

        Raises:
            InvalidTriggerError: a field cannot be used.
        """
        events = config.get("events")
        if not (
            isinstance(events, list)
            and events
            and all(isinstance(event, str) and event.startswith("oss:Object") for event in events)
        ):
            raise InvalidTriggerError(
                "triggerConfig.events", "must be a list of events such as oss:ObjectCreated:*"
            )
        key = _object(_object(config, "triggerConfig", "filter"), "triggerConfig.filter", "key")
        return cls(
            events=tuple(events),
            prefix=_string(key, "prefix", "", "triggerConfig.filter.key"),
            suffix=_string(key, "suffix", "", "triggerConfig.filter.key"),
            enable=_flag(config),
        )

    def matches(self, event: str, key: str) -> bool:
        """Return whether the trigger fires for *event*, such as ``ObjectCreated:PutObject``."""
        return (
            self.enable
            and key.startswith(self.prefix)
            and key.endswith(self.suffix)
            and any(fnmatchcase(f"oss:{event}", wanted) for wanted in self.events)
        )


def bucket_of(trigger: Mapping[str, Any]) -> str:
    """Return the bucket that an OSS trigger listens to.

    Raises:
        InvalidTriggerError: sourceArn is not the ARN of a bucket.
    """
    match = _BUCKET_ARN.fullmatch(trigger["sourceArn"])
    if match is None:
        raise InvalidTriggerError(
            "sourceArn", f"must be acs:oss:REGION:ACCOUNT:BUCKET, got {trigger['sourceArn']!r}"
        )
    return match[1]


def check_trigger(trigger: Mapping[str, Any]) -> None:
    """Check the fields whose format depends on the type of the trigger.

    A log trigger never fires here, so its configuration is not checked.

    Args:
        trigger: All fields of the trigger.

    Raises:
        InvalidTriggerError: a field cannot be used.
    """
    if trigger["triggerType"] == "timer":
        TimerConfig.parse(trigger["triggerConfig"])
    elif trigger["triggerType"] == "oss":
        OSSConfig.parse(trigger["triggerConfig"])
        bucket_of(trigger)
    elif trigger["triggerType"] == "http":
        _check_http(trigger["triggerConfig"])


def _check_http(config: Mapping[str, Any]) -> None:
    if config.get("authType") not in ("anonymous", "function"):
        raise InvalidTriggerError(
            "triggerConfig.authType",
            f"must be anonymous or function, got {config.get('authType')!r}",
        )
    methods = config.get("methods")
    if not isinstance(methods, list) or not methods or not all(m in HTTP_METHODS for m in methods):
        raise InvalidTriggerError(
            "triggerConfig.methods", f"must be a list of {', '.join(HTTP_METHODS)}, got {methods!r}"
        )


def _string(
    config: Mapping[str, Any], name: str, default: str | None, where: str = "triggerConfig"
) -> str:
    value = config.get(name)
    if value is None:
        value = default
    if value is None:
        raise InvalidTriggerError(f"{where}.{name}", "is required")
    if not isinstance(value, str):
        raise InvalidTriggerError(f"{where}.{name}", "must be a string")
    return value


def _flag(config: Mapping[str, Any]) -> bool:
    value = config.get("enable")
    if value is not None and not isinstance(value, bool):
        raise InvalidTriggerError("triggerConfig.enable", "must be true or false")
    return value is not False


def _object(config: Mapping[str, Any], where: str, name: str) -> Mapping[str, Any]:
    value = config.get(name)
    if value is not None and not isinstance(value, dict):
        raise InvalidTriggerError(f"{where}.{name}", "must be an object")
    return value or {}
