"""Checks the configurations of triggers whose sources do not exist here.

They are stored and shown, and :meth:`LocalFunctionCompute.fire` fires them.
Keys that are not checked are stored as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from fc_client.local.dispatch.trigger_configs import InvalidTriggerError

__all__ = ["STORED_TYPES", "check_stored_trigger", "check_trigger_update"]

_ARNS = {
    "mns_topic": "acs:mns:REGION:ACCOUNT:/topics/TOPIC",
    "cdn_events": "acs:cdn:*:ACCOUNT",
    "tablestore": "acs:ots:REGION:ACCOUNT:instance/INSTANCE/table/TABLE",
    "rds": "acs:rds:REGION:ACCOUNT:dbinstance/ID",
}
_MAX_TAG = 16
_WORDS = {
    "notifyContentFormat": ("STREAM", "JSON"),
    "notifyStrategy": ("BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"),
    "eventFormat": ("protobuf", "json", "sql"),
}
# Types that cannot be changed, only deleted and created again.
_FIXED_TYPES = ("mns_topic", "tablestore")
_FIXED_FIELDS = {"cdn_events": ("eventName", "eventVersion")}

Config = Mapping[str, Any]


def check_stored_trigger(trigger: Mapping[str, Any]) -> None:
    """Check a trigger of one of :data:`STORED_TYPES`.

    Raises:
        InvalidTriggerError: a field cannot be used.
    """
    kind = trigger["triggerType"]
    form = _ARNS.get(kind)
    if form is not None and not _pattern(form).fullmatch(trigger["sourceArn"]):
        raise InvalidTriggerError("sourceArn", f"must be {form}, got {trigger['sourceArn']!r}")
    _CHECKS[kind](trigger["triggerConfig"])


def check_trigger_update(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Check that a trigger may be changed.

    Raises:
        InvalidTriggerError: its type or a field that would change is fixed.
    """
    kind = stored["triggerType"]
    if kind in _FIXED_TYPES:
        raise InvalidTriggerError(
            "triggerType", f"updating {kind} triggers is not supported: delete and create it"
        )
    config = changes.get("triggerConfig", stored["triggerConfig"])
    for name in _FIXED_FIELDS.get(kind, ()):
        if config.get(name) != stored["triggerConfig"].get(name):
            raise InvalidTriggerError(
                f"triggerConfig.{name}", f"cannot be changed from {stored['triggerConfig'][name]!r}"
            )


def _pattern(form: str) -> re.Pattern[str]:
    """Return the pattern of an ARN: words in capitals are names."""
    return re.compile(re.sub("[A-Z]+", "[^:/]+", re.escape(form)).replace(r"\*", "[^:/]*"))


def _mns_topic(config: Config) -> None:
    tag = _text(config, "filterTag", required=False)
    if len(tag) > _MAX_TAG:
        raise InvalidTriggerError(
            "triggerConfig.filterTag", f"must have at most {_MAX_TAG} characters, got {len(tag)}"
        )
    _word(config, "notifyContentFormat")
    _word(config, "notifyStrategy")


def _cdn_events(config: Config) -> None:
    for name in ("eventName", "eventVersion"):
        _text(config, name)
    _text(config, "notes", required=False)
    lists = config.get("filter")
    if not isinstance(lists, dict) or not lists or not all(map(_is_list_of_text, lists.values())):
        raise InvalidTriggerError(
            "triggerConfig.filter", "is required: an object with at least one array of strings"
        )


def _tablestore(_config: Config) -> None:
    """Accept any configuration: the documentation has none."""


def _rds(config: Config) -> None:
    if not config.get("subscriptionObjects") or not _is_list_of_text(config["subscriptionObjects"]):
        raise InvalidTriggerError(
            "triggerConfig.subscriptionObjects", "is required and must be an array of strings"
        )
    _word(config, "eventFormat")


def _eventbridge(config: Config) -> None:
    source = config.get("eventSourceConfig")
    if not isinstance(source, dict):
        raise InvalidTriggerError("triggerConfig.eventSourceConfig", "is required: an object")
    _text(source, "eventSourceType", "triggerConfig.eventSourceConfig")
    _text(config, "eventRuleFilterPattern", required=False)
    for name in ("triggerEnable", "asyncInvocationType"):
        if not isinstance(config.get(name), (bool, type(None))):
            raise InvalidTriggerError(f"triggerConfig.{name}", "must be true or false")


_CHECKS: Mapping[str, Callable[[Config], None]] = {
    "mns_topic": _mns_topic,
    "cdn_events": _cdn_events,
    "tablestore": _tablestore,
    "rds": _rds,
    "eventbridge": _eventbridge,
}

STORED_TYPES = tuple(_CHECKS)


def _text(config: Config, name: str, where: str = "triggerConfig", *, required: bool = True) -> str:
    value = config.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value):
        problem = "is required and must be a string" if required else "must be a string"
        raise InvalidTriggerError(f"{where}.{name}", problem)
    return value


def _word(config: Config, name: str) -> None:
    value = config.get(name)
    if value is not None and value not in _WORDS[name]:
        raise InvalidTriggerError(
            f"triggerConfig.{name}", f"must be one of {', '.join(_WORDS[name])}, got {value!r}"
        )


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
