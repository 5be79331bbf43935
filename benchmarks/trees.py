"""Directories of compressible and incompressible files."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

FILES = 12
_LETTERS = "etaoinshrdlucmfwypvbgk"


def plant(tree: Path, size: int, content: Callable[[int], bytes] = os.urandom) -> Path:
    """Create a directory with *size* bytes in files and return it."""
    tree.mkdir()
    for number in range(FILES):
        (tree / f"{number}.bin").write_bytes(content(size // FILES))
    return tree


def words(size: int) -> bytes:
    """Return text that compresses like prose: a few frequent words, many rare ones."""
    chance = random.Random(size)
    known = ["".join(chance.choices(_LETTERS, k=chance.randint(2, 10))) for _ in range(5000)]
    frequencies = [1 / rank for rank in range(1, len(known) + 1)]
    # A word has at least three bytes, including its space.
    text = " ".join(chance.choices(known, frequencies, k=size // 3 + 1))
    return text.encode()[:size]
