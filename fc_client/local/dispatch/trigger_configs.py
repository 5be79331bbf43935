"""What a triggerConfig means, by trigger type; unusable ones are refused here.

The guide leaves the formats to each type ("Trigger"). Unknown keys are
accepted: they are stored and mean nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase
from typing import Any

try:
    from cronsim import CronSim, CronSimError
except ImportError as exc:
    # The first module that is missing where the extra is.
    raise ImportError("fc_client.local needs more: pip install 'fc-client[local]'") from exc

from fc_client.local.api.errors import invalid_argument

__all__ = ["OSSConfig", "TimerConfig", "bucket_of", "check_trigger"]

_EVERY = re.compile(r"@every (?=[0-9])(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")

# OSS's own rule for the names of buckets; it also keeps a name inside its folder.
_BUCKET_ARN = re.compile(r"acs:oss:[^:]*:[^:]*:([a-z0-9][a-z0-9-]{1,61}[a-z0-9])")


@dataclass(frozen=True)
class TimerConfig:
    """The configuration of a timer.

    Attributes:
        payload: What each event carries along.
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
            ApiError: InvalidArgument that names the field.
        """
        timer = cls(
            payload=_string(config, "payload", ""),
            expression=_string(config, "cronExpression", None),
            enable=_flag(config),
        )
        timer.next_after(datetime(2000, 1, 1, tzinfo=timezone.utc))
        return timer

    def next_after(self, moment: datetime) -> datetime | None:
        """Return when the timer fires next after *moment*, None if never again.

        Raises:
            ApiError: InvalidArgument; the expression is neither of the two.
        """
        if self.expression.startswith("@"):
            return moment + self._interval()
        # The service's documents have ? for a day that does not matter.
        fields = self.expression.replace("?", "*").split()
        if len(fields) != 6:
            raise self._invalid("must have six fields: second minute hour day month weekday")
        try:
            return next(CronSim(" ".join(fields), moment), None)
        except CronSimError as exc:
            raise self._invalid(f"is no cron expression: {exc}") from exc

    def _interval(self) -> timedelta:
        match = _EVERY.fullmatch(self.expression)
        hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0,) * 3
        interval = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        if not interval:
            raise self._invalid("must be @every with hours, minutes or seconds, as in @every 5m")
        return interval

    def _invalid(self, problem: str) -> Exception:
        return invalid_argument("triggerConfig.cronExpression", f"{self.expression!r} {problem}")


@dataclass(frozen=True)
class OSSConfig:
    """The configuration of an OSS trigger.

    Attributes:
        events: Such as ``oss:ObjectCreated:*``.
        prefix: Only objects whose key begins so.
        suffix: Only objects whose key ends so.
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
            ApiError: InvalidArgument that names the field.
        """
        events = config.get("events")
        if not (
            isinstance(events, list)
            and events
            and all(isinstance(event, str) and event.startswith("oss:Object") for event in events)
        ):
            raise invalid_argument(
                "triggerConfig.events", "must be a list of events, as oss:ObjectCreated:*"
            )
        key = _object(_object(config, "triggerConfig", "filter"), "triggerConfig.filter", "key")
        return cls(
            events=tuple(events),
            prefix=_string(key, "prefix", "", "triggerConfig.filter.key"),
            suffix=_string(key, "suffix", "", "triggerConfig.filter.key"),
            enable=_flag(config),
        )

    def matches(self, event: str, key: str) -> bool:
        """Tell whether *event*, such as ``ObjectCreated:PutObject``, of an object counts."""
        return (
            self.enable
            and key.startswith(self.prefix)
            and key.endswith(self.suffix)
            and any(fnmatchcase(f"oss:{event}", wanted) for wanted in self.events)
        )


def bucket_of(trigger: Mapping[str, Any]) -> str:
    """Return the bucket that an OSS trigger listens to.

    Raises:
        ApiError: InvalidArgument; sourceArn is no ARN of a bucket.
    """
    match = _BUCKET_ARN.fullmatch(trigger["sourceArn"])
    if match is None:
        raise invalid_argument("sourceArn", "must be acs:oss:REGION:ACCOUNT:BUCKET")
    return match[1]


def check_trigger(trigger: Mapping[str, Any]) -> None:
    """Check what the type of a trigger asks of its other fields.

    There is no Log Service here, so a logs trigger is taken as it is.

    Args:
        trigger: All fields of the trigger.

    Raises:
        ApiError: InvalidArgument that names the field.
    """
    if trigger["triggerType"] == "timer":
        TimerConfig.parse(trigger["triggerConfig"])
    elif trigger["triggerType"] == "oss":
        OSSConfig.parse(trigger["triggerConfig"])
        bucket_of(trigger)


def _string(
    config: Mapping[str, Any], name: str, default: str | None, where: str = "triggerConfig"
) -> str:
    value = config.get(name)
    if value is None:
        value = default
    if not isinstance(value, str):
        raise invalid_argument(f"{where}.{name}", "must be a string")
    return value


def _flag(config: Mapping[str, Any]) -> bool:
    value = config.get("enable")
    if value is not None and not isinstance(value, bool):
        raise invalid_argument("triggerConfig.enable", "must be true or false")
    return value is not False


def _object(config: Mapping[str, Any], where: str, name: str) -> Mapping[str, Any]:
    value = config.get(name)
    if value is not None and not isinstance(value, dict):
        raise invalid_argument(f"{where}.{name}", "must be an object")
    return value or {}
