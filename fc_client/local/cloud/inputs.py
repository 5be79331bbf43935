"""Reads numbers and JSON that clients of the stand-ins send."""

from __future__ import annotations

import json
import re
from typing import Any

from fc_client._json import read_json

__all__ = ["json_value", "whole_number"]

# No parameter is larger, and int() takes some thousand digits only.
_NUMBER = re.compile("-?[0-9]{1,30}")


def whole_number(text: str, lowest: int, highest: int) -> int | None:
    """Return the number that *text* is in decimal digits, or None if it is not within limits."""
    if _NUMBER.fullmatch(text) is None:
        return None
    number = int(text)
    return number if lowest <= number <= highest else None


def json_value(source: str | bytes) -> Any:
    """Return a JSON value that can be stored, and be part of replies.

    Raises:
        ValueError: it is not JSON, or is nested too deeply, or has an infinity or half of a
            surrogate pair.
    """
    value = read_json(source.encode() if isinstance(source, str) else source)
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return value
