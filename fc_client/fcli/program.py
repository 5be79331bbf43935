"""Runs a command line: parses it, maps errors to exit codes and prints them."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from fc_client.exceptions import FCError
from fc_client.fcli import problems
from fc_client.fcli.root import root
from fc_client.fcli.session import Session

__all__ = ["main", "report", "run"]

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
    try:
        if not arguments and "_FCLI_COMPLETE" not in session.environ:
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
        # Without "standalone", click raises its errors and leaves exit codes to the caller.
        code = root.main(
            list(argv),
            "fcli",
            standalone_mode=False,
            obj=session,
            complete_var="_FCLI_COMPLETE",
            windows_expand_args=False,
        )
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as head, has all that it wants. Flushing what is still
        # buffered must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return problems.DONE
    except (KeyboardInterrupt, click.Abort):
        return problems.INTERRUPTED
    except _REPORTED as exc:
        return report(session, exc)
    return code if isinstance(code, int) else problems.DONE


def report(session: Session, error: Exception) -> int:
    """Print the line for an error on stderr and return its exit code."""
    line = problems.describe(error, endpoint=session.endpoint, target=session.target)
    sys.stderr.write(f"{line}\n")
    return problems.exit_code(error)


def _complete_path(session: Session, incomplete: str) -> list[CompletionItem]:
    # Imported here, since it imports all resources.
    from fc_client.fcli.completion import complete_path

    return complete_path(session, incomplete)


def _pausing(code: int) -> int:
    """Wait for a key if the window would close at once: fcli was started by a double click."""
    if sys.platform == "win32":
        import ctypes

        # Only this program uses the window.
        if ctypes.windll.kernel32.GetConsoleProcessList((ctypes.c_uint * 2)(), 2) == 1:
            click.pause()
    return code
