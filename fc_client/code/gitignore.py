"""The patterns of gitignore, translated into regular expressions.

The meaning is the one of git itself (dir.c and wildmatch.c), also where its
documentation says less: a ``**`` after a literal prefix, for example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Pattern", "Patterns", "parse"]

# ASCII only, as in git.
_CLASSES = {
    "alnum": "A-Za-z0-9",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t\n\r",
    "upper": "A-Z",
    "xdigit": "A-Fa-f0-9",
}

_LITERAL_PREFIX = re.compile(r"[^*?\[\\]*")


class _NeverMatchesError(ValueError):
    """The pattern is malformed; git accepts it and it matches nothing."""


@dataclass(frozen=True)
class Pattern:
    """One pattern.

    Attributes:
        text: The pattern as it was written.
        negated: Whether it includes what an earlier pattern excludes.
        only_directories: Whether it matches nothing but directories.
        by_name: Whether it is compared with the name of an entry, and not with
            its path from the root. It has no slash, except for one at its end.
        regex: Matches all of the name or path.
    """

    text: str
    negated: bool
    only_directories: bool
    by_name: bool
    regex: re.Pattern[str]

    def matches(self, path: str, *, is_directory: bool) -> bool:
        """Return whether the entry at *path* matches."""
        if self.only_directories and not is_directory:
            return False
        return bool(self.regex.fullmatch(path.rpartition("/")[2] if self.by_name else path))


class Patterns:
    """Patterns in their order: the last one that matches an entry decides about it."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._patterns = [pattern for line in lines if (pattern := parse(line)) is not None]
        # Most entries match nothing: one expression for many patterns finds that out.
        self._any_name = _any_of(pattern for pattern in self._patterns if pattern.by_name)
        self._any_path = _any_of(pattern for pattern in self._patterns if not pattern.by_name)
        self._unmatched = list(self._patterns)

    def last_match(self, path: str, *, is_directory: bool) -> Pattern | None:
        """Return the last pattern that matches the entry at *path*, or None.

        Args:
            path: Relative to the root, with slashes, without a slash at the end.
            is_directory: Whether the entry is a directory; a link to one is not.
        """
        name = path.rpartition("/")[2]
        if not (self._any_name.fullmatch(name) or self._any_path.fullmatch(path)):
            return None
        found = [
            pattern
            for pattern in self._patterns
            if pattern.matches(path, is_directory=is_directory)
        ]
        self._unmatched = [pattern for pattern in self._unmatched if pattern not in found]
        return found[-1] if found else None

    def unmatched(self) -> list[str]:
        """Return the patterns that have matched no entry so far."""
        return [pattern.text for pattern in self._unmatched]


def _any_of(patterns: Iterable[Pattern]) -> re.Pattern[str]:
    expressions = [f"(?:{pattern.regex.pattern})" for pattern in patterns]
    return re.compile("|".join(expressions) or _NOTHING, re.DOTALL)


def parse(line: str) -> Pattern | None:
    """Return the pattern in a line of an ignore file; None for a comment or a blank line."""
    text = _without_trailing_spaces(line)
    if not text or text.startswith("#"):
        return None
    negated = text.startswith("!")
    body = text[1:] if negated else text
    only_directories = body.endswith("/")
    if only_directories:
        body = body[:-1]
    try:
        expression = _expression(body)
    except _NeverMatchesError:
        expression = _NOTHING
    regex = re.compile(expression, re.DOTALL)
    return Pattern(text, negated, only_directories, "/" not in body, regex)


_NOTHING = r"(?!)"


def _without_trailing_spaces(line: str) -> str:
    stripped = line.rstrip(" ")
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    # A backslash keeps the space after it.
    return stripped + " " if backslashes % 2 and stripped != line else stripped


def _expression(body: str) -> str:
    if not body:
        raise _NeverMatchesError
    if "/" not in body:
        return "".join(_translated(body))
    body = body.removeprefix("/")
    # git compares a literal prefix first, and sees only the rest as a glob.
    prefix = _LITERAL_PREFIX.match(body)[0]  # type: ignore[index]
    return re.escape(prefix) + "".join(_translated(body[len(prefix) :]))


def _translated(glob: str) -> Iterator[str]:
    """Yield the parts of the regular expression for *glob*."""
    position = 0
    while position < len(glob):
        char = glob[position]
        if char == "*":
            part, position = _stars(glob, position)
        elif char == "[":
            part, position = _CharacterClass(glob, position + 1).translated()
        elif char == "?":
            part, position = "[^/]", position + 1
        else:
            position += char == "\\"
            part, position = re.escape(_char_at(glob, position)), position + 1
        yield part


def _stars(glob: str, start: int) -> tuple[str, int]:
    """Return the expression for the stars at *start*, and the position after them."""
    end = start
    while glob.startswith("*", end):
        end += 1
    rest = glob[end:]
    crosses_slashes = (
        end - start > 1
        and (start == 0 or glob[start - 1] == "/")
        and (not rest or rest.startswith(("/", "\\/")))
    )
    if not crosses_slashes:
        return "[^/]*", end
    # "**/" also matches no directory at all.
    return ("(?:.*/)?", end + 1) if rest.startswith("/") else (".*", end)


def _char_at(glob: str, position: int) -> str:
    if position >= len(glob):
        raise _NeverMatchesError
    return glob[position]


class _CharacterClass:
    """The class in brackets whose content begins at *start*."""

    def __init__(self, glob: str, start: int) -> None:
        self._glob = glob
        self._position = start
        self._parts: list[str] = []
        # The start of a range, if a hyphen follows.
        self._previous = ""

    def translated(self) -> tuple[str, int]:
        """Return the expression, and the position after the class."""
        negated = self._glob[self._position : self._position + 1] in ("!", "^")
        self._position += negated
        # A bracket that comes first does not end the class.
        self._read_item()
        while _char_at(self._glob, self._position) != "]":
            self._read_item()
        content = ("^" if negated else "") + "".join(self._parts)
        return f"(?!/)[{content}]", self._position + 1

    def _read_item(self) -> None:
        char = _char_at(self._glob, self._position)
        following = self._glob[self._position + 1 : self._position + 2]
        if char == "-" and self._previous and following not in ("", "]"):
            self._position += 1
            self._add_range(self._read_char())
        elif not (char == "[" and following == ":" and self._read_named_class()):
            self._previous = self._read_char()
            self._parts.append(re.escape(self._previous))

    def _read_char(self) -> str:
        if _char_at(self._glob, self._position) == "\\":
            self._position += 1
        char = _char_at(self._glob, self._position)
        self._position += 1
        return char

    def _add_range(self, last: str) -> None:
        if self._previous <= last:
            self._parts.append(f"{re.escape(self._previous)}-{re.escape(last)}")
        self._previous = ""

    def _read_named_class(self) -> bool:
        """Read ``[:name:]``; return False if it is something else."""
        start = self._position + 2
        end = self._glob.find("]", start)
        if end < 0:
            raise _NeverMatchesError
        if end == start or self._glob[end - 1] != ":":
            return False
        name = self._glob[start : end - 1]
        if name not in _CLASSES:
            raise _NeverMatchesError
        self._parts.append(_CLASSES[name])
        self._position, self._previous = end + 1, ""
        return True
