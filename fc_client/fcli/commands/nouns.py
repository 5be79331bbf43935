"""The original's other way to name commands: ``fcli service create -s demo``."""

from __future__ import annotations

import click

from fc_client import __version__
from fc_client.fcli.commands.http import call
from fc_client.fcli.commands.invoke import invk
from fc_client.fcli.commands.logs import logs
from fc_client.fcli.commands.noun_command import NounCommand, noun_group
from fc_client.fcli.resources import aliases, versions
from fc_client.fcli.resources.functions import FUNCTION, mkf, upf
from fc_client.fcli.resources.instances import INSTANCE
from fc_client.fcli.resources.services import SERVICE, mks, ups
from fc_client.fcli.resources.triggers import TRIGGER, mkt, upt
from fc_client.fcli.session import Session

__all__ = ["alias", "function", "instance", "service", "trigger", "version"]

service = noun_group(
    SERVICE, "Create, get, list, update and delete services.", create=mks, update=ups
)
function = noun_group(
    FUNCTION, "Create, get, list, update, delete and invoke functions.", create=mkf, update=upf
)
function.add_command(NounCommand(call, "call", FUNCTION))
function.add_command(NounCommand(invk, "invoke", FUNCTION))
function.add_command(NounCommand(logs, "logs", FUNCTION))
trigger = noun_group(
    TRIGGER, "Create, get, list, update and delete triggers.", create=mkt, update=upt
)
alias = noun_group(
    aliases.ALIAS,
    "Create, get, list, update and delete aliases of versions.",
    create=aliases.create,
    update=aliases.update,
)
instance = noun_group(INSTANCE, "Get and list the instances of functions.")
version = noun_group(
    versions.VERSION, "Print the version of fcli, or publish, get, list and delete versions."
)
version.add_command(NounCommand(versions.publish, "publish", SERVICE))


@click.pass_context
def _print_version(ctx: click.Context) -> None:
    """Print the version of fcli, if no command is given."""
    if ctx.invoked_subcommand is None:
        ctx.ensure_object(Session).output.line(f"fcli {__version__}")


# The original's first versions have it as a command of its own.
version.invoke_without_command = True
version.callback = _print_version
