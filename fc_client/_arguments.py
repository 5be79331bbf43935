"""Checks of arguments: their types, not the service's value ranges.

Each check takes the name and the value of an argument and returns the value
as it is sent. None, which means "leave out", is returned as it is. A check
raises TypeError or ValueError with the argument's name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from fc_client._messages import without_none


class Structure(Protocol):
    """A structure of the API among the models, such as LogConfig."""

    def to_wire(self) -> dict[str, Any]:
        """Return it as JSON has it."""


Callback = TypeVar("Callback", bound=Callable[..., object])


def text(name: str, value: str | None) -> str | None:
    """Check that *value* is text."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a str, got {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        raise ValueError(f"{name}: {value!r} is not valid Unicode text") from exc
    # A plain str: an f-string formats a str Enum as the name of the member.
    return str.__str__(value)


def required_text(name: str, value: str) -> str:
    """Check that *value* is text and not empty."""
    checked = text(name, value)
    if checked is None:
        raise TypeError(f"{name}: expected a str, got None")
    if not checked:
        raise ValueError(f"{name}: must not be empty")
    return checked


def required_texts(name: str, values: Sequence[str]) -> list[str]:
    """Check that *values* is a list of at least one text."""
    checked = texts(name, values)
    if not checked:
        raise ValueError(f"{name}: must have at least one item")
    return checked


def header(name: str, value: str | None) -> str | None:
    """Check that *value* is a valid header value: printable ASCII.

    Servers strip spaces around it, which would invalidate the signature.
    """
    checked = text(name, value)
    if checked is not None and not (
        checked.isascii() and checked.isprintable() and checked == checked.strip()
    ):
        raise ValueError(f"{name}: {value!r} is not a valid header value")
    return checked


def integer(name: str, value: int | None) -> int | None:
    """Check that *value* is a whole number."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise TypeError(f"{name}: expected an int, got {type(value).__name__}")
    return value


def number(name: str, value: float | None) -> float | None:
    """Check that *value* is a finite number."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}: expected a number, got {type(value).__name__}")
    json_bytes(name, value)
    return value


def required_integer(name: str, value: int, least: int = 0) -> int:
    """Check that *value* is a whole number and at least *least*."""
    checked = integer(name, value)
    if checked is None:
        raise TypeError(f"{name}: expected an int, got None")
    if checked < least:
        raise ValueError(f"{name}: must be at least {least}, got {checked}")
    return checked


def milliseconds(name: str, value: datetime | None) -> int | None:
    """Check that *value* is a datetime with a time zone; return milliseconds since 1970."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise TypeError(f"{name}: expected a datetime, got {type(value).__name__}")
    if value.tzinfo is None:
        raise ValueError(f"{name}: must have a time zone, got {value.isoformat()!r}")
    return int(value.timestamp() * 1000)


def flag(name: str, value: bool | None) -> str | None:
    """Check that *value* is True or False; return it as a query has it."""
    checked = boolean(name, value)
    return None if checked is None else str(checked).lower()


def boolean(name: str, value: bool | None) -> bool | None:
    """Check that *value* is True or False."""
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"{name}: expected a bool, got {type(value).__name__}")
    return value


def required_boolean(name: str, value: bool) -> bool:
    """Check that *value* is True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected a bool, got {type(value).__name__}")
    return value


def function(name: str, value: Callback | None) -> Callback | None:
    """Check that *value* can be called."""
    if value is not None and not callable(value):
        raise TypeError(f"{name}: expected a callable, got {type(value).__name__}")
    return value


def texts(name: str, values: Sequence[str] | None) -> list[str] | None:
    """Check that *values* is a list or another sequence of texts, but not one text."""
    if values is None:
        return None
    if isinstance(values, str | bytes) or not isinstance(values, Sequence):
        raise TypeError(f"{name}: expected a list of str, got {type(values).__name__}")
    for value in values:
        if text(name, value) is None:
            raise TypeError(f"{name}: expected a list of str, got None in it")
    return list(values)


def string_map(name: str, value: Mapping[str, str] | None) -> dict[str, str] | None:
    """Check that *value* maps text to text."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: expected a mapping, got {type(value).__name__}")
    for key, item in value.items():
        if not isinstance(key, str):
            raise TypeError(f"{name}: keys must be str, got {key!r}")
        if not isinstance(item, str):
            raise TypeError(f"{name}[{key!r}]: expected a str, got {type(item).__name__}")
    return dict(value)


def required_map(name: str, value: Mapping[str, str]) -> dict[str, str]:
    """Check that *value* maps text to text, and is not None."""
    checked = string_map(name, value)
    if checked is None:
        raise TypeError(f"{name}: expected a mapping, got None")
    return checked


def number_map(name: str, value: Mapping[str, float] | None) -> dict[str, float] | None:
    """Check that *value* maps text to numbers."""
    checked = structure(name, value)
    for key, item in (checked or {}).items():
        if not isinstance(key, str):
            raise TypeError(f"{name}: keys must be str, got {key!r}")
        if item is None:
            raise TypeError(f"{name}[{key!r}]: expected a number, got None")
        number(f"{name}[{key!r}]", item)
    return checked


def structure(name: str, value: Structure | Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Check that *value* is one of the API's structures or a mapping that JSON can encode."""
    if value is None:
        return None
    to_wire = getattr(value, "to_wire", None)
    if to_wire is not None:
        value = without_none(to_wire())
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: expected a mapping, got {type(value).__name__}")
    json_bytes(name, dict(value))
    return dict(value)


def required_structure(name: str, value: Structure | Mapping[str, Any]) -> dict[str, Any]:
    """Check that *value* is one of the API's structures or a mapping that JSON can encode."""
    checked = structure(name, value)
    if checked is None:
        raise TypeError(f"{name}: expected a mapping, got None")
    return checked


def structures(
    name: str, values: Iterable[Structure | Mapping[str, Any]] | None
) -> list[dict[str, Any]] | None:
    """Check that *values* are structures of the API or mappings that JSON can encode."""
    if values is None:
        return None
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: expected a list, got {type(values).__name__}")
    return [required_structure(f"{name}[{index}]", item) for index, item in enumerate(values)]


def json_bytes(name: str, value: Any) -> bytes:
    """Return *value* as JSON."""
    try:
        return json.dumps(value, allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError) as exc:
        kind = TypeError if isinstance(exc, TypeError) else ValueError
        raise kind(f"{name}: cannot be encoded as JSON: {exc}") from exc
