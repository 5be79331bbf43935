"""Commands about fcli itself: ``clear``, ``exit`` and ``help``."""

from __future__ import annotations

import click

from fc_client.fcli.command import command
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.session import Session

__all__ = ["clear", "display_help", "leave"]


@command("clear", "clear the screen")
def clear(session: Session) -> None:
    """Clear the screen, if there is one."""
    if session.terminal.shows_tables:
        click.clear()


@command("exit", "exit the program")
def leave(session: Session) -> None:
    """Leave the shell; outside the shell there is nothing to leave."""
    session.is_leaving = True


@command("help", "display help")
@click.argument("names", metavar="[COMMAND...]", nargs=-1)
@click.pass_context
def display_help(ctx: click.Context, session: Session, names: tuple[str, ...]) -> None:
    """Print the commands, or the help of one of them, such as ``layer find``."""
    inner = ctx.find_root()
    for index, name in enumerate(names):
        group = inner.command
        found = group.get_command(inner, name) if isinstance(group, click.Group) else None
        if found is None:
            raise CommandLineError(f"no command {' '.join(names[: index + 1])!r}; see 'help'")
        inner = click.Context(found, info_name=name, parent=inner)
    session.output.line(inner.get_help())
