"""``fun invoke``: invokes a function of the project, as ``fcli invk`` does."""

from __future__ import annotations

import click

from fc_client.fun.fcli_commands import FCLI_FLAGS, run_fcli
from fc_client.fun.project.names import find_function
from fc_client.fun.session import Session

__all__ = ["command"]


@click.command("invoke", context_settings=FCLI_FLAGS)
@click.argument("function", metavar="[SERVICE/]FUNCTION")
@click.argument("flags", nargs=-1, type=click.UNPROCESSED, metavar="[FLAGS]")
@click.pass_obj
def command(session: Session, function: str, flags: tuple[str, ...]) -> int:
    """Invoke a function and print what it returns.

    FLAGS are those of fcli invk: -s EVENT or -f FILE for the event, -o FILE for
    the result, --async, --tail for the log, and others; fcli invk --help has them.
    """
    found = find_function(session.project.content, function)
    return run_fcli(session, found.region, ["invk", f"{found.service}/{found.function}", *flags])
