"""The patterns of ``codes``: which files of a project a function is made of.

As in the original, ``*`` and ``?`` stay in one directory, ``**`` goes through all,
``{a,b}`` stands for either, and a leading dot must be written.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Glob", "InvalidGlobError", "parse_glob"]

_MAGIC = re.compile(r"[*?\[]")
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_MAX_ALTERNATIVES = 1000


class InvalidGlobError(ValueError):
    """A pattern cannot be used; the message says why."""


class Glob:
    """One pattern.

    Attributes:
        text: The pattern as it was written.
        is_literal: Whether it names one entry, without wildcards.
    """

    def __init__(self, text: str, alternatives: list[str]) -> None:
        self.text = text
        self._alternatives = alternatives
        self.is_literal = len(alternatives) == 1 and not _MAGIC.search(alternatives[0])

    def matches(self, root: Path) -> Iterator[str]:
        """Yield the paths below *root* of the files and directories that match, sorted.

        Raises:
            InvalidGlobError: a link to a folder outside of *root* is part of a path.
        """
        found: set[str] = set()
        for alternative in self._alternatives:
            found.update(_matches(root, "", alternative.split("/")))
        return iter(sorted(found))


def parse_glob(text: str) -> Glob:
    """Return the pattern in a text.

    Raises:
        InvalidGlobError: it leaves the project's directory, or cannot be used.
    """
    if not text:
        raise InvalidGlobError("must not be empty; '*' stands for all files and folders")
    if text.startswith("!"):
        raise InvalidGlobError(f"{text!r}: what is left out is written in .funignore")
    alternatives = []
    for each in _expanded(text):
        if each.startswith("/") or re.match("[A-Za-z]:", each) or ".." in each.split("/"):
            raise InvalidGlobError(
                f"{text!r} leaves the folder of the project; move the file into it"
            )
        alternatives.append(posixpath.normpath(each))
    return Glob(text, alternatives)


def _expanded(text: str) -> list[str]:
    """Return the patterns that braces stand for."""
    waiting, done = [text], []
    while waiting:
        each = waiting.pop(0)
        braces = _BRACES.search(each)
        if braces is None:
            done.append(each)
            continue
        start, end = each[: braces.start()], each[braces.end() :]
        waiting = [*(start + word + end for word in braces[1].split(",")), *waiting]
        if len(waiting) + len(done) > _MAX_ALTERNATIVES:
            raise InvalidGlobError(f"{text!r} stands for more than {_MAX_ALTERNATIVES} patterns")
    return done


def _matches(root: Path, prefix: str, parts: list[str]) -> Iterator[str]:
    """Yield what matches *parts* below the directory *prefix*."""
    first, rest = parts[0], parts[1:]
    if first == ".":
        yield from _matches(root, prefix, rest) if rest else [prefix or "."]
    elif first == "**":
        yield from _matches_of_stars(root, prefix, rest)
    elif not _MAGIC.search(first):
        path = posixpath.join(prefix, first)
        if os.path.lexists(root / path):
            yield from _below(root, path, rest)
    else:
        regex = _segment(first)
        for name in _names(root / prefix):
            if regex.fullmatch(name):
                yield from _below(root, posixpath.join(prefix, name), rest)


def _matches_of_stars(root: Path, prefix: str, rest: list[str]) -> Iterator[str]:
    if rest:
        yield from _matches(root, prefix, rest)
    for name in _names(root / prefix):
        path = posixpath.join(prefix, name)
        if name.startswith("."):
            continue
        if (root / path).is_dir() and not (root / path).is_symlink():
            yield from _matches_of_stars(root, path, rest)
        elif not rest:
            yield path


def _below(root: Path, path: str, rest: list[str]) -> Iterator[str]:
    if not rest:
        yield path
    elif (root / path).is_dir():
        if not (root / path).resolve().is_relative_to(root.resolve()):
            raise InvalidGlobError(
                f"{path!r} is a link that leaves the folder of the project; copy what it links to"
            )
        yield from _matches(root, path, rest)


def _names(directory: Path) -> list[str]:
    try:
        return sorted(each.name for each in directory.iterdir())
    except NotADirectoryError:
        return []


def _segment(pattern: str) -> re.Pattern[str]:
    """Return the expression of a part of a path; a leading dot must be written."""
    expression, position = "" if pattern.startswith(".") else r"(?!\.)", 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "*":
            expression += "[^/]*"
        elif character == "?":
            expression += "[^/]"
        elif character == "[" and (end := pattern.find("]", position + 1)) > 0:
            inner = pattern[position:end].replace("\\", r"\\").replace("[", r"\[")
            expression += f"[{'^' + inner[1:] if inner[0] in '!^' else inner}]"
            position = end + 1
        else:
            expression += re.escape(character)
    try:
        return re.compile(expression, re.DOTALL)
    except re.error:
        raise InvalidGlobError(f"{pattern!r} has brackets that mean nothing") from None
