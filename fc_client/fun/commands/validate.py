"""``fun validate``: checks the file of the project, and sends nothing."""

from __future__ import annotations

import click

from fc_client.fun.session import Session

__all__ = ["command"]


@click.command("validate")
@click.pass_obj
def command(session: Session) -> None:
    """Check the project's file; exit with 2 if something is wrong."""
    file = session.project.file
    session.print(f"{file}: ok")
