"""The base of all commands: the common options, and help in the guide's form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

from fc_client.fcli.options import COMMON, given_before
from fc_client.fcli.paths import START, merged, resolve, shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.session import Session

__all__ = [
    "FcliCommand",
    "FcliGroup",
    "QualifierOption",
    "command",
    "qualifier_option",
    "write_flags",
]

# These change nothing, so that the names for completion stay. The commands in a shell say
# themselves what they are.
_READING = frozenset(
    [
        "call",
        "cd",
        "clear",
        "completion",
        "dlc",
        "exec",
        "exit",
        "find",
        "functions",
        "get",
        "help",
        "info",
        "invk",
        "invoke",
        "limits",
        "list",
        "logs",
        "ls",
        "presign",
        "pwd",
        "reserved",
        "sbox",
        "settings",
        "shell",
        "version",
        "versions",
    ]
)

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class FcliCommand(click.Command):
    """A command that also takes the common options, after its own."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters and the common options that do not clash."""
        return [*super().get_params(ctx), *self.common_options()]

    def common_options(self) -> list[click.Option]:
        """Return the common options whose names the command does not use itself."""
        taken = {name for parameter in self.params for name in parameter.opts}
        return [option for option in COMMON if taken.isdisjoint(option.opts)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse *args*; a flag may have a value, as in ``--internet-access=false``."""
        return super().parse_args(ctx, [word for arg in args for word in self._plain_flag(arg)])

    def _plain_flag(self, arg: str) -> list[str]:
        name, _, value = arg.partition("=")
        wanted = _BOOLEANS.get(value.lower())
        for parameter in (*self.params, *self.common_options()):
            is_flag = isinstance(parameter, click.Option) and parameter.is_flag
            if wanted is not None and is_flag and name in parameter.opts:
                return [name] if wanted else parameter.secondary_opts[:1]
        return [arg]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command with the common options in the session."""
        given = _taken_from(ctx, self.common_options())
        self._use_qualifier_of_path(ctx)
        session = ctx.ensure_object(Session)
        with session.using(given):
            try:
                return super().invoke(ctx)
            finally:
                if self.name not in _READING:
                    session.names.clear()

    def _use_qualifier_of_path(self, ctx: click.Context) -> None:
        """Take the qualifier of a path such as demo.prod/hello for that of the option."""
        qualifier = getattr(ctx.params.get("names"), "qualifier", None)
        if qualifier is None:
            return
        if not any(isinstance(each, QualifierOption) for each in self.params):
            raise CommandLineError(
                f"{ctx.command_path}: the path has the qualifier {qualifier!r}, but only commands "
                "that read or invoke take one; leave it out"
            )
        ctx.params["qualifier"] = merged(qualifier, ctx.params["qualifier"])

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help: usage, text and flags, one per line as the guide prints them."""
        pieces = [part for part in self.collect_usage_pieces(ctx) if part != "[OPTIONS]"]
        write_line(formatter, " ".join(["Usage:", ctx.command_path, *pieces, "[flags]"]))
        for line in ("", *(self.help or "").splitlines(), "", "Flags:"):
            write_line(formatter, line)
        help_option = self.get_help_option(ctx)
        write_flags(formatter, [*self.params, *([help_option] if help_option else [])])
        write_line(formatter, "\nFor the flags of all commands, run: fcli --help")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the flag --help, without a text, as the guide has it."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = ""
        return option


class FcliGroup(click.Group):
    """A group of commands, such as ``fcli service``."""

    command_class = FcliCommand

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the group's own parameters and the common options."""
        return [*super().get_params(ctx), *COMMON]

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command of the group with the common options in the session."""
        with ctx.ensure_object(Session).using(_taken_from(ctx, COMMON)):
            return super().invoke(ctx)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, and the common options."""
        write_line(formatter, f"Usage: {ctx.command_path} COMMAND [flags]\n")
        if self.help:
            write_line(formatter, f"{self.help}\n")
        write_line(formatter, "Commands:")
        write_columns(formatter, self.summaries(ctx))
        write_line(formatter, "\nFlags of all commands:")
        write_flags(formatter, [p for p in self.get_params(ctx) if p.opts != ["--help"]])
        write_line(
            formatter, f"\nFor the flags of a command, run: {ctx.command_path} COMMAND --help"
        )

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return the names of the commands and what they do."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        return [(name, each.short_help or "") for name, each in found if each is not None]


def _taken_from(ctx: click.Context, options: Iterable[click.Option]) -> dict[str, Any]:
    """Return the values of *options*, which the function of a command does not get."""
    names = {option.name for option in options}
    return {name: ctx.params.pop(name) for name in list(ctx.params) if name in names}


def write_line(formatter: click.HelpFormatter, text: str) -> None:
    """Write a line as it is, without wrapping."""
    formatter.write(f"{text}\n")


def write_columns(formatter: click.HelpFormatter, rows: Iterable[tuple[str, str]]) -> None:
    """Write rows of two columns."""
    rows = list(rows)
    width = max((len(first) for first, _ in rows), default=0)
    for first, second in rows:
        write_line(formatter, f"  {first:{width}}  {second}".rstrip())


def write_flags(formatter: click.HelpFormatter, parameters: Iterable[click.Parameter]) -> None:
    """Write one line per option, sorted by its long name."""
    options = [each for each in parameters if isinstance(each, click.Option) and not each.hidden]
    options.sort(key=lambda option: option.opts[-1])
    write_columns(formatter, [(_flag_names(option), option.help or "") for option in options])


def _flag_names(option: click.Option) -> str:
    short = option.opts[0] if len(option.opts) > 1 else ""
    long = "/".join((option.opts[-1], *option.secondary_opts))
    names = f"{short}, {long}" if short else f"    {long}"
    return names if option.is_flag or option.count else f"{names} {option.metavar or 'string'}"


class QualifierOption(click.Option):
    """The option --qualifier of a command that reads or invokes."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the versions and aliases of the service in the path before the option."""
        session = ctx.ensure_object(Session)
        service = _service_of(ctx, session)
        if service is None:
            return []
        head = f"{shown((*START, service))}."
        with session.using(given_before(ctx)):
            found = session.complete(session, head + incomplete, START)
        return [CompletionItem(str(each.value).removeprefix(head)) for each in found]


def _service_of(ctx: click.Context, session: Session) -> str | None:
    """Return the service in the path of a command line that is being completed, or None."""
    if names := ctx.params.get("names"):
        return str(names[0])
    # click does not get to the arguments if the last option still lacks its value.
    path = ctx.params.get("path") or (resolve(ctx.args[0], session.cwd) if ctx.args else ())
    return path[1] if path[:1] == START and len(path) > 1 else None


def qualifier_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option --qualifier to a command that reads or invokes."""
    return click.option(
        "--qualifier",
        cls=QualifierOption,
        help="version or alias, as in SERVICE.QUALIFIER (default LATEST)",
    )(function)


def command(name: str, text: str, more: str = "") -> Callable[[Callable[..., Any]], FcliCommand]:
    """Return a decorator that makes a function a command.

    Args:
        name: Name of the command.
        text: What it does, in one line.
        more: Further lines of its help.
    """

    def decorate(function: Callable[..., Any]) -> FcliCommand:
        wanted = click.command(
            name,
            cls=FcliCommand,
            short_help=text,
            help=f"{text[0].upper()}{text[1:]}." + (f"\n\n{more}" if more else ""),
        )
        return wanted(click.pass_obj(function))

    return decorate
