"""``exec``: runs a command in an instance of a function."""

from __future__ import annotations

import sys
from contextlib import nullcontext

import click

from fc_client.fcli.command import FcliCommand, qualifier_option
from fc_client.fcli.resources.functions import FUNCTION
from fc_client.fcli.resources.instances import first_instance
from fc_client.fcli.resources.resource import resource_argument
from fc_client.fcli.session import Session
from fc_client.models import ExecOutput

__all__ = ["execute"]

# As shells count the exit codes of commands that a signal has ended.
_SIGNALLED = 128


class _ExecCommand(FcliCommand):
    """The command exec: what follows the path is not for fcli."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse *args*; flags may only be in front of the path."""
        return click.Command.parse_args(self, ctx, args)


@click.command(
    "exec",
    cls=_ExecCommand,
    short_help="run a command in an instance of the function",
    help=(
        "Run a command in an instance of the function. Needs the extra exec.\n\n"
        "Flags are in front of the path; what follows it is the command. The exit code is that of\n"
        "the command. The end of stdin cannot be sent, except as Ctrl-D with --tty."
    ),
    context_settings={"allow_interspersed_args": False},
)
@resource_argument(FUNCTION)
@click.argument("words", metavar="COMMAND...", nargs=-1, type=click.UNPROCESSED)
@click.option("--instance", metavar="id", help="the instance (default: the first one that runs)")
@click.option("-i", "--stdin", is_flag=True, help="send stdin to the command")
@click.option("-t", "--tty", is_flag=True, help="run it in a terminal; with -i, for a shell")
@click.option(
    "--idle-timeout",
    type=click.IntRange(min=1),
    metavar="seconds",
    help="end the command after so long without traffic (the service's default is 120)",
)
@qualifier_option
@click.pass_obj
def execute(
    session: Session,
    names: tuple[str, str],
    words: tuple[str, ...],
    instance: str | None,
    *,
    stdin: bool,
    tty: bool,
    idle_timeout: int | None,
    qualifier: str | None,
) -> int:
    """Run a command in an instance."""
    from fc_client.fcli.commands.terminal_input import sending

    command = _command(words)
    FUNCTION.aim(session, names)
    chosen = instance or first_instance(session, names, qualifier)
    running = session.client.exec(
        *names,
        chosen,
        command,
        qualifier=qualifier,
        stdin=stdin,
        tty=tty,
        idle_timeout=idle_timeout,
    )
    with running, sending(running, tty=tty) if stdin else nullcontext():
        for output in running:
            _write(output)
    return _exit_code(session, running.exit_code)


def _command(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command, which may be after ``--``."""
    if words[:1] == ("--",):
        words = words[1:]
    elif words and words[0].startswith("-"):
        raise click.UsageError(
            f"{words[0]} is not a command: flags of exec are in front of the path; write -- in "
            "front of a command that begins with -",
            click.get_current_context(),
        )
    if not words:
        raise click.UsageError(
            "missing COMMAND, what the instance runs", click.get_current_context()
        )
    return words


def _write(output: ExecOutput) -> None:
    stream = sys.stdout if output.stream == "stdout" else sys.stderr
    stream.flush()
    stream.buffer.write(output.data)
    stream.buffer.flush()


def _exit_code(session: Session, code: int | None) -> int:
    if code is None:
        session.note("note: the service did not send the exit code of the command")
        return 0
    return code if code >= 0 else _SIGNALLED - code
