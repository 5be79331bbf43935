"""``fun logs``: shows the logs of a service or function of the project, as ``fcli logs`` does."""

from __future__ import annotations

import click

from fc_client.fun.fcli_commands import FCLI_FLAGS, run_fcli
from fc_client.fun.project.names import find_logs
from fc_client.fun.session import Session

__all__ = ["command"]


@click.command("logs", context_settings=FCLI_FLAGS)
@click.argument("name", metavar="SERVICE|[SERVICE/]FUNCTION")
@click.argument("flags", nargs=-1, type=click.UNPROCESSED, metavar="[FLAGS]")
@click.pass_obj
def command(session: Session, name: str, flags: tuple[str, ...]) -> int:
    """Show the logs of a service or function.

    FLAGS are those of fcli logs: --tail to go on until Ctrl-C, --start TIME,
    --level LEVEL, and others; fcli logs --help has them.
    """
    found = find_logs(session.project.content, name)
    path = f"{found.service}/{found.function}" if found.function else found.service
    return run_fcli(session, found.region, ["logs", path, *flags])
