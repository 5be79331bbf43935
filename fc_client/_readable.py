"""Reprs of results for people: short, without empty fields, safe to print."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from fc_client._disclosure import shown

__all__ = ["brief_payload", "counted", "listed", "readable_repr", "text_of"]

# As much of a value as can be read at a glance.
_MAX_CHARACTERS = 100
# A character has at most 4 bytes.
_MAX_BYTES = 4 * _MAX_CHARACTERS
_MAX_ITEMS = 5


def readable_repr(result: Any, **more: str) -> str:
    """Return the repr of a dataclass, without the fields that are None.

    Args:
        result: The dataclass; its fields with ``repr=False`` are left out.
        more: What to show after its fields, ready to print.
    """
    parts = [
        f"{each.name}={_brief(value)}"
        for each in fields(result)
        if each.repr and (value := getattr(result, each.name)) is not None
    ]
    parts += [f"{name}={text}" for name, text in more.items()]
    return f"{type(result).__name__}({', '.join(parts)})"


def counted(number: int, unit: str) -> str:
    """Return *number* with its unit, in the singular or the plural."""
    return f"{number} {unit}{'' if number == 1 else 's'}"


def brief_payload(payload: bytes) -> str:
    """Return the size of *payload* and its start: as text if it is UTF-8, else as bytes."""
    size = counted(len(payload), "byte")
    if not payload:
        return size
    start = payload[:_MAX_BYTES]
    is_cut = len(start) < len(payload)
    try:
        # The start may end in the middle of a character.
        text = getincrementaldecoder("utf-8")().decode(start, final=not is_cut)
    except UnicodeDecodeError:
        text = repr(start)
    return f"{size}: {_cut(shown(text), is_cut=is_cut)}"


def text_of(error: Exception) -> str:
    """Return the message of *error*, which may be of the user's own code."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - str runs the user's code
        return f"<{type(error).__name__} that cannot be shown>"


def listed(items: Sequence[Any]) -> str:
    """Return the number of *items* and the names of the first ones."""
    names = [_name(item) for item in items[:_MAX_ITEMS]]
    if len(items) > _MAX_ITEMS:
        names.append("...")
    count = counted(len(items), "item")
    return f"{count}: {', '.join(names)}" if names else count


def _cut(text: str, *, is_cut: bool = False) -> str:
    is_cut = is_cut or len(text) > _MAX_CHARACTERS
    return f"{text[:_MAX_CHARACTERS]}..." if is_cut else text


def _brief(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    # A repr has no control characters. That of a dataclass is short already.
    text = _repr(value)
    return text if is_dataclass(value) else _cut(text)


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - an error of the user's own code, for example
        return f"<{type(value).__name__} that cannot be shown>"


def _name(item: object) -> str:
    """Return the name of a result, which is its first field, or the repr of anything else."""
    names = fields(item) if is_dataclass(item) else ()
    return _brief(getattr(item, names[0].name) if names else item)
