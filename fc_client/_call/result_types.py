"""Checks that results have the types that their classes promise.

Parsers take values from JSON as they are. One check of what they return finds
whatever has another type, in every model there is.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_UNIONS = (Union, types.UnionType)


def checked(result: T) -> T:
    """Return *result*, a model or anything else.

    Raises:
        ValueError: a field of the model, or of a model in it, has another type than its hint.
    """
    if is_dataclass(result):
        model: Any = type(result)
        for name, kinds, item_kind, is_model in _fields(model):
            value = getattr(result, name)
            if not isinstance(value, kinds) or (value is True or value is False) > (bool in kinds):
                raise ValueError(_problem(name, value, kinds))
            if value is not None and item_kind is not None:
                _check_items(name, value, item_kind)
            if is_model:
                checked(value)
    return result


def _problem(name: str, value: object, kinds: tuple[type, ...]) -> str:
    wanted = " or ".join(kind.__name__ for kind in kinds if kind is not types.NoneType)
    return f"{name}: expected {wanted}, got {type(value).__name__}"


def _check_items(name: str, value: Any, kind: type) -> None:
    # Headers and the like are mappings of this library's own.
    items = value.values() if type(value) is dict else () if isinstance(value, Mapping) else value
    for item in items:
        if not isinstance(item, kind):
            raise ValueError(_problem(f"an item of {name}", item, (kind,)))
        checked(item)


@cache
def _fields(model: Any) -> tuple[tuple[str, tuple[type, ...], type | None, bool], ...]:
    """Return each field's name, its types, that of its items, and whether it holds a model."""
    hints = {name: _kinds(hint) for name, hint in get_type_hints(model).items() if hint is not Any}
    return tuple(
        (name, kinds, item_kind, any(map(is_dataclass, kinds)))
        for name, (kinds, item_kind) in hints.items()
    )


def _kinds(hint: Any) -> tuple[tuple[type, ...], type | None]:
    choices = get_args(hint) if get_origin(hint) in _UNIONS else (hint,)
    kinds = tuple(get_origin(choice) or choice for choice in choices)
    # An int is as good as a float.
    kinds = (*kinds, int) if float in kinds else kinds
    items = [kind for choice in choices for kind in get_args(choice) if kind is not Ellipsis]
    # The last one is that of the values of a mapping.
    return kinds, _item_kind(items[-1]) if items else None


def _item_kind(hint: Any) -> type | None:
    if hint is Any:
        return None
    # A type variable stands for models.
    return hint if isinstance(hint, type) else object
