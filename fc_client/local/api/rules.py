"""Checks fields of request bodies against rules, and says what they must be.

A null counts as a missing field, since some clients send null for every
omitted argument.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fc_client.local.api.errors import invalid_argument

__all__ = [
    "NON_EMPTY",
    "OBJECT",
    "STRING",
    "Document",
    "Rule",
    "Schema",
    "changed_fields",
    "check_field",
    "is_integer",
    "is_list_of_strings",
    "is_string",
    "name_rule",
    "new_fields",
    "object_of",
    "range_rule",
]

Document = dict[str, Any]

# Objects whose fields the guide lists: a null in them counts as missing as well.
_STRUCTURES = frozenset({"logConfig", "vpcConfig", "routePolicy"})


@dataclass(frozen=True)
class Rule:
    """The values that a field accepts, as a test and as text for messages.

    ``problem`` goes before both in messages, for the words of the service.
    """

    accepts: Callable[[Any], bool]
    allowed: str
    problem: str = ""


@dataclass(frozen=True)
class Schema:
    """The known fields of a request body.

    Attributes:
        rules: The rule of each known field, by wire name.
        required: Fields that a new resource must have.
        defaults: Values of fields that a new resource omits.
        read_only: Fields that the service sets; those of a request are ignored.
    """

    rules: Mapping[str, Rule]
    required: tuple[str, ...]
    defaults: Mapping[str, Any]
    read_only: frozenset[str]


def name_rule(longest: int) -> Rule:
    """Return the rule of names with at most *longest* characters."""
    pattern = re.compile(rf"[A-Za-z_][A-Za-z0-9_-]{{0,{longest - 1}}}")
    return Rule(
        lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None,
        f"1 to {longest} letters, digits, '_' and '-', not starting with a digit or '-'",
    )


def is_integer(value: object) -> bool:
    """Return whether a value is an integer; JSON's true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def range_rule(low: int, high: int, unit: str) -> Rule:
    """Return the rule of integers from *low* to *high*; *unit* is for the message."""
    return Rule(
        lambda value: is_integer(value) and low <= value <= high,
        f"an integer from {low} to {high} ({unit})",
    )


def object_of(**kinds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Return a test for objects whose known fields are null or pass their own test."""

    def accepts(value: object) -> bool:
        return isinstance(value, dict) and all(
            value.get(name) is None or is_kind(value[name]) for name, is_kind in kinds.items()
        )

    return accepts


def is_string(value: object) -> bool:
    """Return whether a value is a string without NUL."""
    # Processes get these strings, and a NUL cannot be passed to a process.
    return isinstance(value, str) and "\0" not in value


def is_list_of_strings(value: object) -> bool:
    """Return whether a value is a list of strings without NUL."""
    return isinstance(value, list) and all(is_string(item) for item in value)


STRING = Rule(is_string, "a string without NUL")
NON_EMPTY = Rule(lambda value: is_string(value) and value != "", "a non-empty string without NUL")
OBJECT = Rule(lambda value: isinstance(value, dict), "an object")


def new_fields(document: Document, schema: Schema) -> Document:
    """Return the fields of a new resource, with defaults.

    Raises:
        ApiError: InvalidArgument, for a field that is missing or has a wrong value.
    """
    given = _checked(document, schema)
    for name in schema.required:
        if name not in given:
            raise invalid_argument(name, f"is required and must be {schema.rules[name].allowed}")
    return {**schema.defaults, **given}


def changed_fields(
    document: Document, stored: Document, schema: Schema, fixed: Iterable[str]
) -> Document:
    """Return the fields that an update changes.

    Args:
        document: The body of the update.
        stored: The resource as it is.
        schema: The rules of its fields.
        fixed: Fields that cannot be changed.

    Raises:
        ApiError: InvalidArgument, for a wrong value or a change of a fixed field.
    """
    given = _checked(document, schema)
    for name in fixed:
        if given.pop(name, stored[name]) != stored[name]:
            raise invalid_argument(name, f"cannot be changed from {stored[name]!r}")
    return given


def _checked(document: Document, schema: Schema) -> Document:
    given = {
        name: value
        for name, value in _without_nulls(document).items()
        if name not in schema.read_only
    }
    for name, value in given.items():
        if name in schema.rules:
            check_field(name, value, schema.rules[name])
    return {
        name: _without_nulls(value) if name in _STRUCTURES and name in schema.rules else value
        for name, value in given.items()
    }


def _without_nulls(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}


def check_field(name: str, value: object, rule: Rule) -> None:
    """Raise ApiError unless a field has a value that its rule accepts."""
    if not rule.accepts(value):
        prefix = f"{rule.problem}: " if rule.problem else ""
        raise invalid_argument(name, f"{prefix}must be {rule.allowed}{_got(value)}")


def _got(value: object) -> str:
    """Return the value for a message; objects are left out, since they may contain secrets."""
    return f", got {value!r}" if isinstance(value, (str, int, float)) else ""
