"""Runs a command line: parses it, maps errors to exit codes and prints them."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem

from fc_client._streams import discard
from fc_client.exceptions import FCError
from fc_client.fcli import problems
from fc_client.fcli.paths import Path as Names
from fc_client.fcli.root import root
from fc_client.fcli.session import Session
from fc_client.fcli.terminal import print_error

__all__ = ["main", "report", "run"]

# Set by the scripts of "fcli completion": the program offers completions and ends.
_COMPLETION_VARIABLE = "_FCLI_COMPLETE"

# Everything else is a fault of fcli, which shows its traceback.
_REPORTED = (
    FCError,
    click.ClickException,
    problems.CommandFailedError,
    problems.CommandLineError,
    ImportError,
    OSError,
    TypeError,
    ValueError,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``fcli``.

    Args:
        argv: The arguments; None for those of this process.

    Returns:
        The exit code: 0; 1 if the service returned an error or the function
        failed; 2 for wrong usage; 3 without a connection or a response in time;
        130 after Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the terminal cannot show must not end the command.
            stream.reconfigure(errors="backslashreplace")
    arguments = list(sys.argv[1:] if argv is None else argv)
    session = Session()
    session.complete = _complete_path
    is_completing = bool(session.environ.get(_COMPLETION_VARIABLE))
    if is_completing:
        session = session.for_completion()
    try:
        if not arguments and not is_completing:
            arguments = ["--help"]
            return _pausing(run(session, arguments))
        return run(session, arguments)
    finally:
        session.close()


def run(session: Session, argv: Sequence[str]) -> int:
    """Run one command line in a session, print its error if it fails, and return its exit code.

    Args:
        session: The session.
        argv: The words of the command line.
    """
    session.target = ""
    try:
        code = _parse_and_run(session, list(argv))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as head, has all that it wants.
        discard(sys.stdout)
        return problems.DONE
    except (KeyboardInterrupt, EOFError, click.Abort):
        if session.terminal.can_ask:
            # The terminal shows ^C: what follows begins on the next line.
            print_error("")
        return problems.INTERRUPTED
    except _REPORTED as exc:
        return report(session, exc)
    return code if isinstance(code, int) else problems.DONE


def _parse_and_run(session: Session, argv: list[str]) -> Any:
    """Run a command line and return what the function of its command returns."""
    if session.environ.get(_COMPLETION_VARIABLE):
        root.main(argv, "fcli", obj=session, complete_var=_COMPLETION_VARIABLE)
    try:
        # Not main(), which ends the process if the reader of stdout is gone.
        with root.make_context("fcli", argv, obj=session) as context:
            return root.invoke(context)
    except click.exceptions.Exit as exc:
        # After --help, for example.
        return exc.exit_code


def report(session: Session, error: Exception) -> int:
    """Print the line for an error on stderr and return its exit code."""
    print_error(problems.describe(error, endpoint=session.endpoint, target=session.target))
    return problems.exit_code(error)


def _complete_path(session: Session, incomplete: str, start: Names) -> list[CompletionItem]:
    # Imported here, since it imports all resources.
    from fc_client.fcli.completion import complete_path

    return complete_path(session, incomplete, start)


def _pausing(code: int) -> int:
    """Wait for a key if the window would close at once: fcli was started by a double click."""
    if sys.platform == "win32":
        import ctypes

        # Only this program uses the window.
        if ctypes.windll.kernel32.GetConsoleProcessList((ctypes.c_uint * 2)(), 2) == 1:
            click.pause()
    return code
