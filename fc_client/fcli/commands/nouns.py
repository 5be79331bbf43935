"""The original's other way to name commands: ``fcli service create -s demo``."""

from __future__ import annotations

import copy
from typing import Any

import click

from fc_client.fcli.command import FcliCommand, FcliGroup
from fc_client.fcli.commands.invoke import invk
from fc_client.fcli.commands.logs import logs
from fc_client.fcli.commands.navigation import info, ls, rm
from fc_client.fcli.paths import Path, shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.functions import FUNCTION, mkf, upf
from fc_client.fcli.resources.resource import Resource
from fc_client.fcli.resources.services import SERVICE, mks, ups
from fc_client.fcli.resources.triggers import TRIGGER, mkt, upt
from fc_client.fcli.tree import children_of

__all__ = ["function", "service", "trigger"]

# Options for the parts of a path, by the part.
_NAMES = {
    "SERVICE": ("-s", "--service-name"),
    "FUNCTION": ("-f", "--function-name"),
    "TRIGGER": ("-t", "--trigger-name"),
}
_VERBS = ("create", "get", "list", "update", "delete")


class _NounCommand(FcliCommand):
    """A command whose path may also be given as options.

    Args:
        base: The command; it is the same one as in the shell.
        verb: Its name in the group.
        resource: The kind of resource.
    """

    def __init__(self, base: click.Command, verb: str, resource: Resource) -> None:
        parts = tuple(part for part in resource.pattern if part.isupper())
        # A list is that of what the resources belong to.
        parts = parts[:-1] if verb == "list" else parts
        options = [
            click.Option(_NAMES[part], metavar="string", help=f"name of the {part.lower()}")
            for part in parts
        ]
        taken = {name for part in parts for name in _NAMES[part]}
        [path] = [each for each in base.params if isinstance(each, click.Argument)]
        path = copy.copy(path)
        path.required = False
        others = [_without(each, taken) for each in base.params if isinstance(each, click.Option)]
        super().__init__(
            verb,
            params=[path, *options, *others],
            callback=base.callback,
            short_help=base.short_help,
            help=base.help,
        )
        self._resource = resource
        self._path_name = str(path.name)
        self._option_names = [str(option.name) for option in options]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse *args*, and put the names of the options into the path."""
        rest = super().parse_args(ctx, args)
        given = [ctx.params.pop(name) for name in self._option_names]
        names = [name for name in given if name is not None]
        if not names:
            return rest
        if names != given[: len(names)]:
            raise CommandLineError(
                f"{ctx.command_path}: a name lacks the one before it, as -f lacks -s"
            )
        if ctx.params[self._path_name] is not None:
            raise CommandLineError(f"{ctx.command_path}: pass a path or options, not both")
        if any("/" in name or not name for name in names):
            raise CommandLineError(f"{ctx.command_path}: a name must not be empty or have a slash")
        [path] = [each for each in self.params if each.name == self._path_name]
        ctx.params[self._path_name] = path.type_cast_value(ctx, "/".join(["/fc", *names]))
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, if the path is one of its kind of resource."""
        path = ctx.params[self._path_name]
        if path is None and self._option_names:
            wanted = " and ".join(f"--{name.replace('_', '-')}" for name in self._option_names)
            raise CommandLineError(f"{ctx.command_path}: missing {wanted}, or a path")
        if path is not None and not self._fits(path):
            wanted = self._resource.syntax
            raise CommandLineError(f"{ctx.command_path}: {shown(path)} is not the path of {wanted}")
        return super().invoke(ctx)

    def _fits(self, path: Path) -> bool:
        if self._path_name == "names":
            # The names of this kind of resource, which its type has checked.
            return True
        if self.name == "list":
            below = children_of(path)
            return below is not None and below[0] is self._resource
        return self._resource.names(path) is not None


def _without(option: click.Option, taken: set[str]) -> click.Option:
    """Return an option without the names that the options of the path have."""
    left = [name for name in option.opts if name not in taken]
    if left == option.opts:
        return option
    changed = copy.copy(option)
    changed.opts = left
    return changed


def _noun(resource: Resource, create: click.Command, update: click.Command) -> FcliGroup:
    """Return the group of the commands of one kind of resource."""
    group = FcliGroup(
        resource.noun,
        no_args_is_help=False,
        help=f"Create, get, list, update and delete {resource.noun}s.",
    )
    bases = dict(zip(_VERBS, (create, info, ls, update, rm), strict=True))
    for verb, base in bases.items():
        group.add_command(_NounCommand(base, verb, resource))
    return group


service = _noun(SERVICE, mks, ups)
function = _noun(FUNCTION, mkf, upf)
function.add_command(_NounCommand(invk, "invoke", FUNCTION))
function.add_command(_NounCommand(logs, "logs", FUNCTION))
trigger = _noun(TRIGGER, mkt, upt)
