"""``fun info``: shows what of the project is deployed."""

from __future__ import annotations

import click

from fc_client.fun.session import Session

__all__ = ["command"]


@click.command("info")
@click.pass_obj
def command(session: Session) -> None:
    """Show what of the project is deployed: services, functions, triggers, URLs and stages."""
    # Imported here, since it needs the clients.
    from fc_client.fun.deployment.state import deployed_lines

    # All of them are read first, so that an error does not end half of an output.
    for line in list(deployed_lines(session)):
        session.print(line)
