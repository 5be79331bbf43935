"""Decodes what functions return."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def json_of(content: bytes, describe: Callable[[str], str]) -> Any:
    """Return *content* decoded as JSON.

    Args:
        content: What a function returned.
        describe: Makes the message of the error, from what is wrong.

    Raises:
        json.JSONDecodeError: it is not JSON.
    """
    try:
        return json.loads(content)
    except json.JSONDecodeError as exc:
        problem, position = exc.msg, exc.pos
    except UnicodeDecodeError as exc:
        problem, position = "not UTF-8 text", exc.start
    except RecursionError:
        problem, position = "nested too deeply", 0
    except ValueError as exc:
        # An integer with thousands of digits.
        problem, position = str(exc), 0
    text = content.decode("utf-8", "replace")
    # Raised here, so that it does not show a second error.
    raise json.JSONDecodeError(describe(problem), text, position)
