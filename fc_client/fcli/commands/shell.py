"""``shell``: reads commands and runs them until the end of the input."""

from __future__ import annotations

from fc_client.exceptions import ConfigurationError
from fc_client.fcli.command import command
from fc_client.fcli.commands.config import ask_and_store
from fc_client.fcli.problems import INTERRUPTED, CommandLineError, is_unconfigured
from fc_client.fcli.session import Session
from fc_client.fcli.shell.input import LineReader, PipeReader, terminal_reader
from fc_client.fcli.shell.statements import read_statement

__all__ = ["shell"]


@command(
    "shell",
    "run commands in a shell",
    "Reads commands from the terminal or a pipe. At the first start it asks for the configuration."
    "\nThe end of the input, or exit, leaves with the exit code of the last command.",
)
def shell(session: Session) -> int:
    """Run commands until the end of the input; return the exit code of the last one."""
    if session.in_shell:
        raise CommandLineError("this is the shell already")
    is_interactive = session.terminal.can_ask and session.terminal.shows_tables
    if is_interactive:
        _configure(session)
    session.in_shell = True
    try:
        if is_interactive:
            return _run(session, terminal_reader(session), is_interactive=True)
        return _run(session, PipeReader(), is_interactive=False)
    finally:
        session.in_shell = False


def _configure(session: Session) -> None:
    """Ask for the configuration if there is none, and greet."""
    try:
        _ = session.client
    except ConfigurationError as exc:
        # Other errors are of a configuration that exists: the commands show them.
        if is_unconfigured(exc):
            ask_and_store(session)
    session.note("Welcome to the function compute world. Have fun!")


def _run(session: Session, reader: LineReader, *, is_interactive: bool) -> int:
    """Run commands; Ctrl-C ends only the command of a user, but all of those from a pipe."""
    from fc_client.fcli.program import report, run

    code = 0
    while not session.is_leaving:
        try:
            words = read_statement(reader.read_line)
        except EOFError:
            break
        except KeyboardInterrupt:
            # Ctrl-C at the prompt drops what was typed.
            code = INTERRUPTED
            if not is_interactive:
                break
            continue
        except CommandLineError as exc:
            code = report(session, exc)
            continue
        if not words:
            continue
        code = run(session, words) if words != ["exit"] else _leave(session, code)
        if code == INTERRUPTED and not is_interactive:
            break
    return code


def _leave(session: Session, code: int) -> int:
    session.is_leaving = True
    return code
