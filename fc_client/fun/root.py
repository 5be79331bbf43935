"""The table of the commands, each imported when it is used."""

from __future__ import annotations

import importlib
from typing import Any

import click

from fc_client import __version__
from fc_client.fun.session import Session

__all__ = ["COMMANDS", "root"]

# What each command does, in the order of the help. Its module has its name.
COMMANDS = {
    "init": "write a new project",
    "local": "run the project on this machine, without an account",
    "validate": "check the project's file",
    "deploy": "create or update what the project has",
    "diff": "show what deploy would change",
    "info": "show the states and URLs of what is deployed",
    "invoke": "invoke a function",
    "logs": "show the logs of a function",
    "remove": "delete what the project has",
}


class _Root(click.Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the names of the commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command, or None if there is none of this name."""
        if cmd_name == "help":
            return _help
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"fc_client.fun.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command("help")
@click.argument("name", required=False)
@click.pass_context
def _help(ctx: click.Context, name: str | None) -> None:
    """Show the help of fun or of a command."""
    parent = ctx.parent or ctx
    if name is None:
        click.echo(parent.get_help())
        return
    found = root.get_command(parent, name)
    if found is None:
        raise click.UsageError(f"no such command {name!r}", parent)
    click.echo(found.get_help(click.Context(found, info_name=name, parent=parent)))


def _print_version(ctx: click.Context, _: click.Parameter, value: Any) -> None:
    if value:
        click.echo(__version__)
        ctx.exit()


@click.group(
    "fun",
    cls=_Root,
    context_settings={"help_option_names": ["-h", "--help"], "obj": None},
    no_args_is_help=False,
)
@click.option(
    "-v",
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print results and errors only.")
@click.pass_obj
def root(session: Session, *, quiet: bool) -> None:
    """Deploy functions, and the API gateway in front of them, from faas.yml."""
    session.is_quiet = quiet
