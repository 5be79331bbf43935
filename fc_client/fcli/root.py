"""The table of the commands, each imported when it is used."""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from fc_client import __version__
from fc_client.fcli.command import FcliGroup

__all__ = ["COMMANDS", "PROGRAM_COMMANDS", "Root", "root"]


class _Entry(NamedTuple):
    """Where a command is, and its line in the help."""

    module: str
    attribute: str
    text: str


# The guide's names and words, in its order; what the guide does not have is after them.
COMMANDS: dict[str, _Entry] = {
    "attach": _Entry("resources.policies", "attach", "attach the policy to a role"),
    "cd": _Entry("commands.navigation", "cd", "change the current resource"),
    "clear": _Entry("commands.program", "clear", "clear the screen"),
    "config": _Entry("commands.config", "config", "config the fcli"),
    "detach": _Entry("resources.policies", "detach", "detach the policy from a role"),
    "dlc": _Entry("resources.functions", "dlc", "download the code of the function"),
    "exit": _Entry("commands.program", "leave", "exit the program"),
    "grant": _Entry("commands.grant", "grant", "grant the permission"),
    "help": _Entry("commands.program", "display_help", "display help"),
    "info": _Entry("commands.navigation", "info", "display the resource detail info"),
    "invk": _Entry("commands.invoke", "invk", "invoke the function"),
    "logs": _Entry("commands.logs", "logs", "display the service/function logs"),
    "ls": _Entry("commands.navigation", "ls", "list the child resources of the current resource"),
    "mkf": _Entry("resources.functions", "mkf", "create the function"),
    "mkir": _Entry("resources.roles", "mkir", "create the invocation role"),
    "mkrir": _Entry("resources.roles", "mkrir", "create the invocation role"),
    "mkl": _Entry("resources.log_stores", "mkl", "create the log project and store"),
    "mkrp": _Entry("resources.policies", "mkrp", "create the ram policy"),
    "mks": _Entry("resources.services", "mks", "create the service"),
    "mksr": _Entry("resources.roles", "mksr", "create the service role"),
    "mkt": _Entry("resources.triggers", "mkt", "create the trigger"),
    "pwd": _Entry("commands.navigation", "pwd", "display the current resource"),
    "rm": _Entry("commands.navigation", "rm", "delete the resource"),
    "sbox": _Entry(
        "commands.sandbox",
        "sbox",
        "a sandbox environment for installing the 3rd party libraries and trouble shooting",
    ),
    "upf": _Entry("resources.functions", "upf", "update the function"),
    "ups": _Entry("resources.services", "ups", "update the service"),
    "upt": _Entry("resources.triggers", "upt", "update the trigger"),
}

# The original's commands that are not in its shell, and those that came later.
PROGRAM_COMMANDS: dict[str, _Entry] = {
    "account": _Entry("resources.account", "account", "settings and limits of the account"),
    "alias": _Entry("commands.nouns", "alias", "create, get, list ... aliases of versions"),
    "async-config": _Entry(
        "commands.nouns", "async_config", "put, get, list ... how async invocations are run"
    ),
    "call": _Entry("commands.http", "call", "call the HTTP function"),
    "completion": _Entry("commands.completion", "completion", "print a script for the shell"),
    "domain": _Entry("commands.nouns", "domain", "create, get, list ... custom domains"),
    "exec": _Entry("commands.execute", "execute", "run a command in an instance of the function"),
    "function": _Entry("commands.nouns", "function", "create, get, list ... functions"),
    "instance": _Entry("commands.nouns", "instance", "get and list instances of functions"),
    "layer": _Entry("commands.nouns", "layer", "publish, get, list ... layers"),
    "on-demand": _Entry(
        "commands.nouns", "on_demand", "put, get, list ... limits of on-demand instances"
    ),
    "presign": _Entry("commands.http", "presign", "print a URL that calls the HTTP function"),
    "provision": _Entry(
        "commands.nouns", "provision", "put, get, list ... instances that are kept ready"
    ),
    "service": _Entry("commands.nouns", "service", "create, get, list ... services"),
    "shell": _Entry("commands.shell", "shell", "run commands in a shell"),
    "stateful": _Entry(
        "commands.nouns", "stateful", "get, list ... async invocations with a stored state"
    ),
    "tag": _Entry("commands.nouns", "tag", "set, get, list ... tags of services"),
    "trigger": _Entry("commands.nouns", "trigger", "create, get, list ... triggers"),
    "version": _Entry(
        "commands.nouns", "version", "display the version, or publish, list ... those of services"
    ),
    "vpc-binding": _Entry(
        "commands.nouns", "vpc_binding", "create, list ... VPCs that may invoke functions"
    ),
}


class Root(FcliGroup):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the names of the commands, in the order of the help."""
        return [*COMMANDS, *PROGRAM_COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command, or None if there is none of this name."""
        entry = COMMANDS.get(cmd_name) or PROGRAM_COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module = importlib.import_module(f"fc_client.fcli.{entry.module}")
        found: click.Command = getattr(module, entry.attribute)
        return found

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands and flags that begin with *incomplete*, without importing them."""
        found = [
            CompletionItem(name, help=text)
            for name, text in self.summaries(ctx)
            if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:  # noqa: ARG002 - FcliGroup's
        """Return the names of the commands and what they do, without importing them."""
        return [(name, entry.text) for name, entry in {**COMMANDS, **PROGRAM_COMMANDS}.items()]


def _print_version(ctx: click.Context, _: click.Parameter, value: Any) -> None:
    if value:
        click.echo(f"fcli {__version__}")
        ctx.exit()


root = Root(
    "fcli",
    help="Manage Function Compute. Paths of resources are SERVICE/FUNCTION/TRIGGER.",
    no_args_is_help=False,
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_print_version,
            help="print the version",
        )
    ],
)
