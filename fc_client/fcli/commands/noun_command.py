"""Commands by the noun of a resource: ``fcli service create -s demo``."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import click

from fc_client.fcli.command import FcliCommand, FcliGroup
from fc_client.fcli.commands.navigation import info, ls, rm
from fc_client.fcli.paths import START, Path, shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.resource import ALL_FILTERS, PathParameter, Resource
from fc_client.fcli.tree import children_of

__all__ = ["NounCommand", "noun_group"]

# Options for the parts of a path, by the part.
_NAMES = {
    "SERVICE": ("-s", "--service-name"),
    "FUNCTION": ("-f", "--function-name"),
    "TRIGGER": ("-t", "--trigger-name"),
    "VERSION": ("-v", "--version-id"),
    "DOMAIN": ("-d", "--domain-name"),
    "LAYER": ("-l", "--layer-name"),
    "QUALIFIER": ("-q", "--qualifier"),
    "INVOCATION": ("-i", "--invocation-id"),
    "INSTANCE": ("-i", "--instance-id"),
    "VPC": ("-v", "--vpc-id"),
    "ALIAS": ("-a", "--alias-name"),
}


class NounCommand(FcliCommand):
    """A command whose path may also be given as options.

    Args:
        base: The command; it is the same one as in the shell.
        verb: Its name in the group.
        resource: The kind of resource.
        lists: Whether the command lists: its path is that of what the resources
            belong to.
        is_partial: Whether the last names of the path, or all, may be left out.
        text: What it does, in one line; default: what its base does.
    """

    def __init__(
        self,
        base: click.Command,
        verb: str,
        resource: Resource,
        *,
        lists: bool = False,
        is_partial: bool = False,
        text: str | None = None,
    ) -> None:
        parts = resource.names_syntax.split("/")
        parts = parts[:-1] if lists else parts
        options = [
            click.Option(_NAMES[part], metavar="string", help=f"name of the {part.lower()}")
            for part in parts
        ]
        taken = {name for part in parts for name in _NAMES[part]}
        [path] = [each for each in base.params if isinstance(each, click.Argument)]
        super().__init__(
            verb,
            params=[_optional(path, resource), *options, *_others(base, resource, taken)],
            callback=base.callback,
            short_help=text or base.short_help,
            help=_help_of(base, text),
        )
        self._resource = resource
        self._lists = lists
        self._is_partial = is_partial
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
        ctx.params[self._path_name] = path.type_cast_value(ctx, shown(self._resource.path(names)))
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, if the path is one of its kind of resource."""
        path = ctx.params[self._path_name]
        if path is None and self._option_names and not self._is_partial:
            wanted = " and ".join(f"--{name.replace('_', '-')}" for name in self._option_names)
            raise CommandLineError(f"{ctx.command_path}: missing {wanted}, or a path")
        if path is None:
            ctx.params[self._path_name] = path = self._resource.start
        if not self._fits(path):
            wanted = shown(self._resource.pattern[:-1] if self._lists else self._resource.pattern)
            raise CommandLineError(f"{ctx.command_path}: {shown(path)} is not the path of {wanted}")
        return super().invoke(ctx)

    def _fits(self, path: Path) -> bool:
        if self._path_name == "names":
            # The names of this kind of resource, which its type has checked.
            return True
        if self._is_partial:
            start = self._resource.start
            return path[: len(start)] == start and len(path) < len(self._resource.pattern)
        if self._lists:
            below = children_of(path)
            return below is not None and below[0] is self._resource
        return self._resource.names(path) is not None


def _others(base: click.Command, resource: Resource, taken: set[str]) -> Iterator[click.Option]:
    """Yield the options of a command that a kind of resource has, without the names in *taken*."""
    useless = _useless(base, resource)
    for option in base.params:
        if isinstance(option, click.Option) and option.name not in useless:
            changed = _without(option, taken)
            if changed is not None:
                yield changed


def _useless(base: click.Command, resource: Resource) -> set[str]:
    """Return the names of options that a command has for other kinds of resources only."""
    if base is ls:
        useless = set(ALL_FILTERS) - set(resource.filters)
        return useless if "tag" in resource.filters else {*useless, "tags"}
    return {"qualifier"} if base is info and not resource.has_qualifier else set()


def _help_of(base: click.Command, text: str | None) -> str | None:
    """Return the help of a command with *text* in place of its first line."""
    if text is None:
        return base.help
    _, _, more = (base.help or "").partition("\n")
    return f"{text[0].upper()}{text[1:]}.\n{more}".rstrip()


def _optional(argument: click.Argument, resource: Resource) -> click.Argument:
    """Return the path of a command as an argument that may be left out."""
    argument = copy.copy(argument)
    argument.required = False
    if resource.start != START and isinstance(argument.type, PathParameter):
        argument.type = argument.type.relative_to(resource.start)
        argument.metavar = f"[{resource.names_syntax}]"
    return argument


def _without(option: click.Option, taken: set[str]) -> click.Option | None:
    """Return an option without the names that the path has, or None if no name is left."""
    left = [name for name in option.opts if name not in taken]
    if left == option.opts or not left:
        return option if left else None
    changed = copy.copy(option)
    changed.opts = left
    return changed


def noun_group(resource: Resource, text: str, **commands: click.Command) -> FcliGroup:
    """Return the group of the commands of one kind of resource.

    Args:
        resource: The kind of resource.
        text: What the commands do.
        commands: Those that the kind has for itself, such as create, by their names.
    """
    group = FcliGroup(resource.noun, no_args_is_help=False, help=text)
    for verb, base in commands.items():
        group.add_command(NounCommand(base, verb, resource))
    group.add_command(NounCommand(info, "get", resource, text=f"display the {resource.noun}"))
    group.add_command(
        NounCommand(ls, "list", resource, lists=True, text=f"list the {resource.nouns}")
    )
    if resource.delete is not None:
        group.add_command(NounCommand(rm, "delete", resource, text=f"delete the {resource.noun}"))
    return group
