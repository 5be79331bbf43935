"""Checks that results have the types that their classes promise.

Parsers take values from JSON as they are. One check of what they return finds
whatever has another type, in every model there is.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_UNIONS = (Union, types.UnionType)


class _Field(NamedTuple):
    """A field of a model.

    Attributes:
        name: Its name.
        kinds: The types that a value may have.
        plain: Those of them with nothing inside that needs a check.
        item_kind: The type of the items of a value, or None.
        is_model: Whether a value may be a model.
    """

    name: str
    kinds: tuple[type, ...]
    plain: frozenset[type]
    item_kind: type | None
    is_model: bool


def checked(result: T) -> T:
    """Return *result*, a model or anything else.

    Raises:
        ValueError: a field of the model, or of a model in it, has another type than its hint.
    """
    if is_dataclass(result):
        model: Any = type(result)
        for field in _fields(model):
            value = getattr(result, field.name)
            if type(value) not in field.plain:
                _check(field, value)
    return result


def _check(field: _Field, value: Any) -> None:
    kinds = field.kinds
    if not isinstance(value, kinds) or (value is True or value is False) > (bool in kinds):
        raise ValueError(_problem(field.name, value, kinds))
    if value is not None and field.item_kind is not None:
        _check_items(field.name, value, field.item_kind)
    if field.is_model:
        checked(value)


def _problem(name: str, value: object, kinds: tuple[type, ...]) -> str:
    wanted = " or ".join(kind.__name__ for kind in kinds if kind is not types.NoneType)
    return f"{name}: expected {wanted}, got {type(value).__name__}"


def _check_items(name: str, value: Any, kind: type) -> None:
    # An int is as good as a float.
    kinds = (kind, int) if kind is float else (kind,)
    # Headers and the like are mappings of this library's own.
    items = value.values() if type(value) is dict else () if isinstance(value, Mapping) else value
    for item in items:
        if not isinstance(item, kinds) or isinstance(item, bool) > (bool in kinds):
            raise ValueError(_problem(f"an item of {name}", item, (kind,)))
        checked(item)


@cache
def _fields(model: Any) -> tuple[_Field, ...]:
    hints = {name: _kinds(hint) for name, hint in get_type_hints(model).items() if hint is not Any}
    return tuple(_field(name, kinds, item_kind) for name, (kinds, item_kind) in hints.items())


def _field(name: str, kinds: tuple[type, ...], item_kind: type | None) -> _Field:
    models = [kind for kind in kinds if is_dataclass(kind)]
    whole = {types.NoneType} if item_kind else set(kinds).difference(models)
    return _Field(name, kinds, frozenset(whole.intersection(kinds)), item_kind, bool(models))


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
    kind = get_origin(hint) or hint
    # A type variable stands for models.
    return kind if isinstance(kind, type) else object
