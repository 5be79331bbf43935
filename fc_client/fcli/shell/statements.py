"""Splits input into commands: quotes, a backslash at the end of a line, and heredocs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import NamedTuple

from fc_client.fcli.problems import CommandLineError

__all__ = ["read_statement"]

# Takes the place of a heredoc; no line contains it.
_PLACEHOLDER = "\0"
_MARKER = re.compile(r"""<<\s*(?:'([^'\s]+)'|"([^"\s]+)"|([^\s'"<]+))""")

ReadLine = Callable[[bool], str]


class _Heredoc(NamedTuple):
    """Where ``<<EOF`` is in a line, and the line that ends the text."""

    start: int
    end: int
    marker: str


def read_statement(read_line: ReadLine) -> list[str]:
    """Read a command, which may have several lines, and return its words.

    Args:
        read_line: Returns the next line; called with True for the lines after
            the first one. Raises EOFError at the end.

    Raises:
        EOFError: there is no further command.
        CommandLineError: the input ends within a command.
    """
    text = read_line(False)
    if text.lstrip().startswith("#"):
        return []
    while True:
        if _continues(text):
            text = text[:-1] + " " + _further(read_line, "a line that ends with \\")
            continue
        heredoc = _heredoc(text.replace(_PLACEHOLDER, ""))
        if heredoc is not None:
            return _with_heredoc(text.replace(_PLACEHOLDER, ""), heredoc, read_line)
        try:
            return shlex.split(text)
        except ValueError:
            # A quote is open: the next line belongs to it.
            text += "\n" + _further(read_line, "an open quote")


def _further(read_line: ReadLine, within: str) -> str:
    try:
        return read_line(True)
    except EOFError:
        raise CommandLineError(f"the input ends within {within}") from None


def _continues(text: str) -> bool:
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _with_heredoc(text: str, heredoc: _Heredoc, read_line: ReadLine) -> list[str]:
    """Return the words of a line, in which the text up to the marker is one word."""
    lines = []
    while (line := _further(read_line, f"the text up to {heredoc.marker}")) != heredoc.marker:
        lines.append(f"{line}\n")
    try:
        words = shlex.split(f"{text[: heredoc.start]} {_PLACEHOLDER} {text[heredoc.end :]}")
    except ValueError as exc:
        raise CommandLineError(f"{text!r}: {exc}") from exc
    return ["".join(lines) if word == _PLACEHOLDER else word for word in words]


def _heredoc(text: str) -> _Heredoc | None:
    """Return the heredoc of a line, or None; ``<<`` in quotes is text."""
    quote, index = "", 0
    while index < len(text):
        character = text[index]
        if character == "\\" and quote != "'":
            index += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            found = _MARKER.match(text, index)
            if found:
                return _Heredoc(index, found.end(), found[1] or found[2] or found[3])
        index += 1
    return None
