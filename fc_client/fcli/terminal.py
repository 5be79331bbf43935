"""What is known of the terminal, and questions to the user."""

from __future__ import annotations

import getpass
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import IO

from fc_client._streams import discard
from fc_client.fcli.problems import CommandLineError

__all__ = ["Terminal", "discard", "print_error"]


class Terminal:
    """The standard streams of this process.

    Args:
        environ: Read for NO_COLOR and TERM.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    @property
    def can_ask(self) -> bool:
        """Whether a user can see a question and answer it."""
        return _is_terminal(sys.stdin) and _is_terminal(sys.stderr)

    @property
    def shows_tables(self) -> bool:
        """Whether results go to a terminal, and not into a pipe or file."""
        return _is_terminal(sys.stdout)

    @property
    def shows_progress(self) -> bool:
        """Whether progress bars make sense."""
        return _is_terminal(sys.stderr) and self._environ.get("TERM") != "dumb"

    @property
    def has_color(self) -> bool:
        """Whether results are coloured."""
        if self._environ.get("NO_COLOR"):
            return False
        return self.shows_tables and self._environ.get("TERM") != "dumb"

    @property
    def height(self) -> int:
        """Lines of the terminal."""
        return shutil.get_terminal_size().lines

    @property
    def width(self) -> int:
        """Columns of the terminal."""
        return shutil.get_terminal_size().columns

    def confirm(self, question: str) -> bool:
        """Ask a question until it is answered; the end of input means no.

        Args:
            question: Such as "Do you want to remove the resource /fc/demo".

        Raises:
            CommandLineError: there is no terminal to ask on.
        """
        if not self.can_ask:
            raise CommandLineError(f"cannot ask '{question}?' without a terminal; pass --yes")
        while True:
            answer = self._answer(f"{question} [y/n]: ", input).strip().lower()
            if answer in ("y", "yes"):
                return True
            if answer in ("n", "no", ""):
                return False

    def ask(self, question: str, option: str, *, secret: bool = False) -> str:
        """Ask for a value.

        Args:
            question: The text to print, on a line of its own.
            option: The option that gives the value without a terminal.
            secret: Do not show what is typed.

        Raises:
            CommandLineError: there is no terminal to ask on, or no answer.
        """
        if not self.can_ask:
            raise CommandLineError(f"missing option {option}; there is no terminal to ask on")
        answer = self._answer(f"{question}\n", getpass.getpass if secret else input).strip()
        if not answer:
            raise CommandLineError(f"no answer; pass {option}")
        return answer

    def _answer(self, prompt: str, read: Callable[[str], str]) -> str:
        sys.stderr.write(prompt)
        sys.stderr.flush()
        try:
            return read("")
        except EOFError:
            sys.stderr.write("\n")
            return ""


def print_error(text: str) -> None:
    """Print a line on stderr; that it has no reader must not end the command."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except OSError:
        discard(sys.stderr)


def _is_terminal(stream: IO[str] | None) -> bool:
    # A stream is None in a process without a console, and may be closed.
    try:
        return stream is not None and stream.isatty() and os.isatty(stream.fileno())
    except (OSError, ValueError):
        return False
