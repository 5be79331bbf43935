"""Compares values of JSON."""

from __future__ import annotations

from typing import Any

__all__ = ["same_json"]


def same_json(one: Any, other: Any) -> bool:
    """Return whether two values of JSON are equal; unlike for Python, true is not 1."""
    return bool(_distinct(one) == _distinct(other))


def _distinct(value: Any) -> Any:
    if isinstance(value, bool):
        # JSON has no tuples, so this equals nothing else.
        return (value, bool)
    if isinstance(value, list):
        return [_distinct(each) for each in value]
    if isinstance(value, dict):
        return {name: _distinct(each) for name, each in value.items()}
    return value
