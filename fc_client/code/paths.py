"""Paths that a user passes, read once and made plain."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["plain_path"]


def plain_path(name: str, value: str | os.PathLike[str]) -> Path:
    """Return *value* as a Path.

    Args:
        name: Name of the argument, for errors.
        value: What the user passed. Exceptions of its ``__fspath__`` get out.

    Raises:
        TypeError: *value* is not the path of text.
        ValueError: it is empty.
    """
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(path, str):
        raise TypeError(f"{name}: expected a path as str, got {type(path).__name__}")
    # A plain str: pathlib of Python 3.10 takes the name of a str Enum's member.
    plain = str.__str__(path)
    if not plain:
        raise ValueError(f"{name}: must not be an empty path; pass '.' for the current directory")
    return Path(plain)
