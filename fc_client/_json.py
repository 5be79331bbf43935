"""JSON that was received: read within limits, and quoted."""

from __future__ import annotations

import json
from typing import Any

from fc_client._disclosure import shown, without_private

# Enough of a gateway's error page to recognise it, but not too long for one log line.
_EXCERPT_CHARACTERS = 300
_EXCERPT_BYTES = 4 * _EXCERPT_CHARACTERS

# Deeper than all that the service sends, and far less deep than what cannot be copied or pickled.
_MAX_DEPTH = 100


def read_json(body: bytes) -> Any:
    """Return the JSON value that *body* is.

    Raises:
        ValueError: it is not JSON, has NaN or Infinity, or is nested more than 100 levels deep.
    """
    try:
        value = _DECODER.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        problem = "not UTF-8 text"
    except json.JSONDecodeError as exc:
        problem = str(exc)
    except RecursionError:
        problem = "nested too deeply"
    else:
        if body.count(b"[") + body.count(b"{") <= _MAX_DEPTH or not _is_deep(value):
            return value
        problem = f"nested more than {_MAX_DEPTH} levels deep"
    # Raised here: what json raises would keep the whole body, secrets included.
    raise ValueError(problem)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        children: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                children += each.values()
            elif isinstance(each, list):
                children += each
        if not children:
            return False
        level = children
    return True


def excerpt(body: bytes) -> str:
    """Return the start of a body as text that can be shown."""
    return shown(body[:_EXCERPT_BYTES].decode("utf-8", "replace"))[:_EXCERPT_CHARACTERS]


def json_excerpt(body: bytes) -> str:
    """Return the start of a body that should be JSON, with ``***`` for what may be secret in it."""
    try:
        value = without_private(read_json(body))
    except ValueError:
        return excerpt(body)
    return shown(json.dumps(value, ensure_ascii=False))[:_EXCERPT_CHARACTERS]
