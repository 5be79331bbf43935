"""Checks configurations of provisioned instances."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fc_client.local.api.errors import invalid_argument
from fc_client.local.api.rules import NON_EMPTY, Rule, Schema, check_field, range_rule
from fc_client.local.dispatch.schedules import InvalidScheduleError, ScheduledAction, parse_time

__all__ = ["PROVISION", "check_provision"]

_MAX_ITEMS = 100
_COUNT = range_rule(0, 10_000, "instances")
_LIST = Rule(
    lambda value: (
        isinstance(value, list)
        and len(value) <= _MAX_ITEMS
        and all(isinstance(item, dict) for item in value)
    ),
    f"an array of at most {_MAX_ITEMS} objects",
)
_SHARE = Rule(
    lambda value: (
        isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1
    ),
    "a number from 0 to 1",
)

PROVISION = Schema(
    rules={
        "target": _COUNT,
        "scheduledActions": _LIST,
        "targetTrackingPolicies": _LIST,
        "alwaysAllocateCPU": Rule(lambda value: isinstance(value, bool), "true or false"),
    },
    required=("target",),
    defaults={},
    read_only=frozenset({"resource", "current", "currentError"}),
)

_ACTION = {
    "name": NON_EMPTY,
    "startTime": NON_EMPTY,
    "endTime": NON_EMPTY,
    "target": _COUNT,
    "scheduleExpression": NON_EMPTY,
}
_POLICY = {
    "name": NON_EMPTY,
    "startTime": NON_EMPTY,
    "endTime": NON_EMPTY,
    "metricType": NON_EMPTY,
    "metricTarget": _SHARE,
    "minCapacity": _COUNT,
    "maxCapacity": _COUNT,
}


def check_provision(document: dict[str, Any]) -> None:
    """Raise ApiError unless the scheduled actions and the policies can be used."""
    actions = document["scheduledActions"] or []
    _check_items("scheduledActions", actions, _ACTION)
    for number, action in enumerate(actions):
        with _in_field(f"scheduledActions[{number}]"):
            ScheduledAction.parse(action)
    policies = document["targetTrackingPolicies"] or []
    _check_items("targetTrackingPolicies", policies, _POLICY)
    for number, policy in enumerate(policies):
        with _in_field(f"targetTrackingPolicies[{number}]"):
            for name in ("startTime", "endTime"):
                parse_time(name, policy[name])
        if policy["minCapacity"] > policy["maxCapacity"]:
            raise invalid_argument(
                f"targetTrackingPolicies[{number}].minCapacity", "must not exceed maxCapacity"
            )


def _check_items(field: str, items: list[dict[str, Any]], rules: dict[str, Rule]) -> None:
    for number, item in enumerate(items):
        for name, rule in rules.items():
            check_field(f"{field}[{number}].{name}", item.get(name), rule)
    names = [item["name"] for item in items]
    if len(set(names)) < len(names):
        raise invalid_argument(field, "must have unique names")


@contextmanager
def _in_field(field: str) -> Iterator[None]:
    try:
        yield
    except InvalidScheduleError as exc:
        raise invalid_argument(f"{field}.{exc.field}", exc.problem) from exc
