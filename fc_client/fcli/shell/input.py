"""Where the lines of the shell come from: a terminal, or a pipe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Protocol

from fc_client.fcli.config_file import directory
from fc_client.fcli.session import Session

__all__ = ["LineReader", "PipeReader", "terminal_reader"]

_PROMPT = ">>> "
_MORE = "... "
# A line with one of these is not kept in the history.
_SECRET_FLAGS = ("--access-key-secret", "--security-token")


class LineReader(Protocol):
    """Reads lines."""

    def read_line(self, is_further: bool) -> str:
        """Return the next line, without its end.

        Args:
            is_further: Whether it belongs to the command of the line before.

        Raises:
            EOFError: the input has ended.
        """


class PipeReader:
    """Reads lines from stdin, without a prompt."""

    def read_line(self, is_further: bool) -> str:  # noqa: ARG002 - LineReader's
        """Return the next line, without its end."""
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\r\n")


class _TerminalReader:
    """Reads lines from a terminal, with editing, history and completion."""

    def __init__(self, prompt: Any) -> None:
        self._prompt = prompt

    def read_line(self, is_further: bool) -> str:
        """Return the next line, without its end."""
        # Coloured: of a plain prompt, prompt_toolkit leaves out the space at the end.
        line: str = self._prompt.prompt([("ansicyan", _MORE if is_further else _PROMPT)])
        return line


def terminal_reader(session: Session) -> LineReader:
    """Return a reader of lines that a user types."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import ThreadedCompleter
    from prompt_toolkit.output import create_output
    from prompt_toolkit.output.vt100 import Vt100_Output

    from fc_client.fcli.shell.completer import ShellCompleter

    output = create_output()
    if isinstance(output, Vt100_Output):
        # Terminals that do not say where the cursor is would get a warning.
        output.enable_cpr = False
    return _TerminalReader(
        PromptSession(
            output=output,
            history=_history(),
            completer=ThreadedCompleter(ShellCompleter(session)),
            complete_while_typing=False,
        )
    )


def _history() -> Any:
    """Return the history in ~/.fcli/history; in memory if the file cannot be written."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    class _History(FileHistory):
        def store_string(self, string: str) -> None:
            if not any(flag in string for flag in _SECRET_FLAGS):
                super().store_string(string)

    try:
        path = directory() / "history"
        _make_private(path)
    except (OSError, ValueError):
        return InMemoryHistory()
    return _History(str(path))


def _make_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
