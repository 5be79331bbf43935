"""Configurations of triggers, one function per type of trigger.

    from fc_client.triggers import timer

    config = timer(cron="0 0 4 * * *", payload="nightly")
    client.create_trigger(
        "demo", "hello", "nightly", trigger_type=config.trigger_type, trigger_config=config
    )

The functions take snake_case and return the JSON of the API, as a mapping that
knows its type: :func:`fc_client.deploy.deploy_trigger` needs no *trigger_type*.
Each argument is checked. A configuration that these checks refuse, such as one
of a type that is new in the service, can be passed as a plain mapping.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from fc_client._arguments import (
    integer,
    json_bytes,
    required_boolean,
    required_structure,
    required_text,
    structure,
    text,
)
from fc_client._disclosure import setting_leaves, shown, shown_setting
from fc_client.models import LogConfig

__all__ = [
    "TriggerConfig",
    "cdn_events",
    "eventbridge",
    "http",
    "log",
    "mns_topic",
    "oss",
    "tablestore",
    "timer",
]

# The fields of a cron expression, and the numbers that each may have.
_CRON_FIELDS = {
    "second": range(60),
    "minute": range(60),
    "hour": range(24),
    "day": range(1, 32),
    "month": range(1, 13),
    "weekday": range(8),
}
_CRON_FIELD = re.compile(r"[0-9A-Za-z*/,?#-]+")
# Not what follows a slash, which is a step, or #, which is the week of a month.
_CRON_NUMBER = re.compile(r"(?<![/#0-9])[0-9]{1,9}")
_EVERY = re.compile(r"@every (?=[0-9])(?:[0-9]{1,6}h)?(?:[0-9]{1,6}m)?(?:[0-9]{1,6}s)?")

_CONTENT_FORMATS = ("STREAM", "JSON")
_STRATEGIES = ("BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY")
_MAX_FILTER_TAG = 16

_HTTP_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")


class TriggerConfig(Mapping[str, Any]):
    """The configuration of a trigger: the JSON of the API, and the type that it is for.

    A read-only mapping. It equals any mapping with the same items, but no
    TriggerConfig of another type.

    Args:
        trigger_type: ``timer``, ``oss``, ``log``, ``http`` or another type of
            the service.
        fields: The configuration; keys are those of the API.
    """

    def __init__(self, trigger_type: str, fields: Mapping[str, Any]) -> None:
        self._trigger_type = required_text("trigger_type", trigger_type)
        # A copy, which no change of the caller's mapping changes, with lists for tuples.
        self._fields: dict[str, Any] = json.loads(
            json_bytes("fields", required_structure("fields", fields))
        )

    @property
    def trigger_type(self) -> str:
        """The type of trigger that the configuration is for."""
        return self._trigger_type

    def __getitem__(self, key: str) -> Any:
        return copy.deepcopy(self._fields[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TriggerConfig) and other.trigger_type != self.trigger_type:
            return False
        return Mapping.__eq__(self, other)

    def __hash__(self) -> int:
        # Of the keys alone: values may be lists.
        return hash((self._trigger_type, frozenset(self._fields)))

    def __repr__(self) -> str:
        """Return type and fields; payloads and other free values are masked."""
        leaves = (
            f"{shown('.'.join(path))}={shown_setting(path, value)}"
            for path, value in setting_leaves(self._fields)
        )
        return f"{type(self).__name__}({', '.join([repr(self.trigger_type), *leaves])})"


def timer(*, cron: str, payload: str = "", enabled: bool = True) -> TriggerConfig:
    """Return the configuration of a timer.

    Args:
        cron: Six cron fields in UTC (second, minute, hour, day, month,
            weekday), as in ``0 30 4 * * *``, or an interval of hours, minutes
            and seconds, as in ``@every 1h30m``. Number of fields, characters and
            ranges of numbers are checked here; the rest, such as names of days,
            is checked by the service.
        payload: Text that each event has as its ``payload``; for a value, pass
            ``json.dumps(value)``.
        enabled: False: the timer does not fire.
    Raises:
        TypeError: an argument has a wrong type.
        ValueError: *cron* is neither a cron expression nor an interval.
    """
    _check_cron(required_text("cron", cron))
    config = {
        "cronExpression": cron,
        "payload": _text("payload", payload),
        "enable": required_boolean("enabled", enabled),
    }
    return TriggerConfig("timer", config)


def oss(*, events: Iterable[str], prefix: str = "", suffix: str = "") -> TriggerConfig:
    """Return the configuration of a trigger that fires for objects of an OSS bucket.

    The bucket is the *source_arn* of the trigger, ``acs:oss:REGION:ACCOUNT:BUCKET``.

    Args:
        events: Such as ``oss:ObjectCreated:*`` and
            ``oss:ObjectRemoved:DeleteObject``; one or more.
        prefix: Only objects whose key starts with this.
        suffix: Only objects whose key ends with this.
    Raises:
        TypeError: an argument has a wrong type.
        ValueError: there are no *events*, or one is not an event of objects.
    """
    names = _texts("events", events)
    for name in names:
        if not name.startswith("oss:Object"):
            raise ValueError(
                f"events: must be events of objects such as 'oss:ObjectCreated:*', got {name!r}"
            )
    key = {"prefix": _text("prefix", prefix), "suffix": _text("suffix", suffix)}
    return TriggerConfig("oss", {"events": names, "filter": {"key": key}})


def log(
    *,
    logstore: str,
    log_config: LogConfig | Mapping[str, Any],
    trigger_interval: int = 60,
    max_retry_time: int = 3,
    function_parameter: Mapping[str, Any] | None = None,
    enabled: bool = True,
) -> TriggerConfig:
    """Return the configuration of a trigger that fires for the logs of a Log Service project.

    The project is the *source_arn* of the trigger,
    ``acs:log:REGION:ACCOUNT:project/PROJECT``.

    Args:
        logstore: Log store that the trigger reads.
        log_config: Project and log store that the trigger writes its own log
            to, as for a service.
        trigger_interval: Seconds between two events, 3 to 600.
        max_retry_time: How often a failed event is retried, 0 to 100.
        function_parameter: JSON that each event has as its ``parameter``.
        enabled: False: the trigger does not fire.
    Raises:
        TypeError: an argument has a wrong type.
        ValueError: a number is out of range, or a text is empty.
    """
    own_log = required_structure("log_config", log_config)
    for name in ("project", "logstore"):
        required_text(f"log_config.{name}", own_log.get(name))  # type: ignore[arg-type]
    config = {
        "sourceConfig": {"logstore": required_text("logstore", logstore)},
        "jobConfig": {
            "triggerInterval": _in_range("trigger_interval", trigger_interval, range(3, 601)),
            "maxRetryTime": _in_range("max_retry_time", max_retry_time, range(101)),
        },
        "functionParameter": structure("function_parameter", function_parameter) or {},
        "logConfig": own_log,
        "enable": required_boolean("enabled", enabled),
    }
    return TriggerConfig("log", config)


def http(
    *, auth_type: Literal["anonymous", "function"] = "function", methods: Iterable[str]
) -> TriggerConfig:
    """Return the configuration of a trigger that makes a function an HTTP server.

    It needs neither *source_arn* nor *invocation_role*.

    Args:
        auth_type: ``function``: callers sign their requests; ``anonymous``:
            everybody may call.
        methods: One or more of GET, POST, PUT, DELETE, HEAD, PATCH, OPTIONS.
    Raises:
        TypeError: an argument has a wrong type.
        ValueError: *auth_type* or a method is not one of these.
    """
    _one_of("auth_type", auth_type, ("anonymous", "function"))
    names = _texts("methods", methods)
    for name in names:
        if name not in _HTTP_METHODS:
            raise ValueError(f"methods: must be of {', '.join(_HTTP_METHODS)}, got {name!r}")
    return TriggerConfig("http", {"authType": auth_type, "methods": names})


def mns_topic(
    *,
    filter_tag: str = "",
    notify_content_format: Literal["STREAM", "JSON"] = "STREAM",
    notify_strategy: Literal["BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"] = "BACKOFF_RETRY",
) -> TriggerConfig:
    """Return the configuration of a trigger that fires for the messages of an MNS topic.

    The topic is the *source_arn* of the trigger, ``acs:mns:REGION:ACCOUNT:/topics/TOPIC``.
    The service cannot update such a trigger.

    Args:
        filter_tag: Only messages with this tag, of at most 16 characters.
        notify_content_format: Form of the events.
        notify_strategy: How failed events are retried.
    Raises:
        TypeError: an argument has a wrong type.
        ValueError: an argument has none of these values, or the tag is too long.
    """
    if len(_text("filter_tag", filter_tag)) > _MAX_FILTER_TAG:
        raise ValueError(
            f"filter_tag: must have at most {_MAX_FILTER_TAG} characters, got {len(filter_tag)}"
        )
    config = {
        "notifyContentFormat": _one_of(
            "notify_content_format", notify_content_format, _CONTENT_FORMATS
        ),
        "notifyStrategy": _one_of("notify_strategy", notify_strategy, _STRATEGIES),
    }
    return TriggerConfig("mns_topic", {"filterTag": filter_tag, **config} if filter_tag else config)


def cdn_events(
    *,
    event_name: str,
    filter: Mapping[str, Iterable[str]],
    event_version: str = "1.0.0",
    notes: str = "",
) -> TriggerConfig:
    """Return the configuration of a trigger that fires for events of CDN.

    CDN is the *source_arn* of the trigger, ``acs:cdn:*:ACCOUNT``.

    Args:
        event_name: Such as ``LogFileCreated`` and ``CachedObjectsRefreshed``; the
            service cannot update it.
        filter: Only events with these values, such as
            ``{"domain": ["www.example.com"]}``; one or more names.
        event_version: Version of the event; the service cannot update it.
        notes: Free text.
    Raises:
        TypeError: an argument has a wrong type.
        ValueError: *filter* or a text is empty.
    """
    wanted = required_structure("filter", filter)
    if not wanted:
        raise ValueError("filter: must not be empty")
    config = {
        "eventName": required_text("event_name", event_name),
        "eventVersion": required_text("event_version", event_version),
        "notes": _text("notes", notes),
        "filter": {name: _texts(f"filter.{name}", values) for name, values in wanted.items()},
    }
    return TriggerConfig("cdn_events", config)


def tablestore() -> TriggerConfig:
    """Return the configuration of a trigger that fires for changes of a Tablestore table.

    The table is the *source_arn* of the trigger,
    ``acs:ots:REGION:ACCOUNT:instance/INSTANCE/table/TABLE``. The service cannot
    update such a trigger.
    """
    return TriggerConfig("tablestore", {})


def eventbridge(
    *,
    source_type: str = "Default",
    source_parameters: Mapping[str, Any] | None = None,
    filter_pattern: Mapping[str, Any] | None = None,
    asynchronous: bool = False,
    enabled: bool = True,
) -> TriggerConfig:
    """Return the configuration of a trigger that fires for events of EventBridge.

    Args:
        source_type: ``Default``, the account's bus, or ``MNS``, ``RocketMQ``,
            ``RabbitMQ`` or another source of events.
        source_parameters: Parameters of the source, such as
            ``{"sourceMNSParameters": {"RegionId": ..., "QueueName": ...}}``.
        filter_pattern: Only events that match this pattern of EventBridge.
        asynchronous: Invoke the function with ``Async``.
        enabled: False: the trigger does not fire.
    Raises:
        TypeError: an argument has a wrong type.
        ValueError: *source_type* is empty.
    """
    source: dict[str, Any] = {"eventSourceType": required_text("source_type", source_type)}
    if source_parameters is not None:
        source["eventSourceParameters"] = structure("source_parameters", source_parameters)
    pattern = structure("filter_pattern", filter_pattern) or {}
    config = {
        "triggerEnable": required_boolean("enabled", enabled),
        "asyncInvocationType": required_boolean("asynchronous", asynchronous),
        # The API takes the pattern as text.
        "eventRuleFilterPattern": json.dumps(pattern, ensure_ascii=False),
        "eventSourceConfig": source,
    }
    return TriggerConfig("eventbridge", config)


def _check_cron(cron: str) -> None:
    if cron.startswith("@"):
        if not (_EVERY.fullmatch(cron) and re.search("[1-9]", cron)):
            raise ValueError(
                f"cron: {cron!r} must be @every with hours, minutes or seconds, as in @every 5m"
            )
        return
    # Later versions of the service take a time zone before the fields.
    fields = re.sub(r"^CRON_TZ=\S+\s+", "", cron).split()
    if len(fields) != len(_CRON_FIELDS):
        raise ValueError(
            f"cron: {cron!r} has {len(fields)} fields, expected 6: {' '.join(_CRON_FIELDS)}"
        )
    for field, (name, numbers) in zip(fields, _CRON_FIELDS.items(), strict=True):
        found = _CRON_NUMBER.findall(field)
        if not (_CRON_FIELD.fullmatch(field) and all(int(number) in numbers for number in found)):
            raise ValueError(
                f"cron: {cron!r}: {field!r} is not a valid {name}; "
                f"it has numbers from {numbers[0]} to {numbers[-1]}, names, and * / , -"
            )


def _text(name: str, value: str) -> str:
    checked = text(name, value)
    if checked is None:
        raise TypeError(f"{name}: expected a str, got None")
    return checked


def _texts(name: str, values: Iterable[str]) -> list[str]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: expected a list of str, got {type(values).__name__}")
    texts = [required_text(name, value) for value in values]
    if not texts:
        raise ValueError(f"{name}: must not be empty")
    return texts


def _one_of(name: str, value: str, values: tuple[str, ...]) -> str:
    if required_text(name, value) not in values:
        raise ValueError(f"{name}: must be {' or '.join(map(repr, values))}, got {value!r}")
    return value


def _in_range(name: str, value: int, numbers: range) -> int:
    if integer(name, value) not in numbers:
        raise ValueError(f"{name}: must be {numbers[0]} to {numbers[-1]}, got {value!r}")
    return value
