"""Encodes values as CBOR (RFC 8949), which tablestore triggers send."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["encode"]


def encode(value: Any) -> bytes:
    """Return a value of JSON, or bytes, as CBOR.

    Raises:
        TypeError: a value has another type.
        OverflowError: an integer needs more than 64 bits.
    """
    for kind, encoder in _ENCODERS.items():
        if isinstance(value, kind):
            return encoder(value)
    raise TypeError(f"{type(value).__name__} cannot be encoded as CBOR")


def _integer(value: int) -> bytes:
    return _head(0, value) if value >= 0 else _head(1, -1 - value)


def _text(value: str) -> bytes:
    text = value.encode()
    return _head(3, len(text)) + text


def _map(value: Mapping[Any, Any]) -> bytes:
    pairs = b"".join(encode(key) + encode(item) for key, item in value.items())
    return _head(5, len(value)) + pairs


# In this order: a bool is an int, and bytes and str are sequences.
_ENCODERS: Mapping[type, Callable[[Any], bytes]] = {
    type(None): lambda _: b"\xf6",
    bool: lambda value: b"\xf5" if value else b"\xf4",
    int: _integer,
    float: lambda value: b"\xfb" + struct.pack(">d", value),
    bytes: lambda value: _head(2, len(value)) + value,
    str: _text,
    Mapping: _map,
    Sequence: lambda value: _head(4, len(value)) + b"".join(map(encode, value)),
}


def _head(major: int, number: int) -> bytes:
    """Return the type and the number, length or count that start an item."""
    if number < 24:
        return bytes([major << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * size):
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    raise OverflowError(f"{number} does not fit in 64 bits")
