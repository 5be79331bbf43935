"""``fun validate``: checks the file of the project, and sends nothing."""

from __future__ import annotations

import click

from fc_client.fun.session import Session

__all__ = ["command"]


@click.command("validate")
@click.option(
    "--print-schema", is_flag=True, help="Print the JSON Schema of the file, for editors."
)
@click.pass_obj
def command(session: Session, *, print_schema: bool) -> None:
    """Check the project's file; exit with 2 if something is wrong."""
    if print_schema:
        from fc_client.fun.project.json_schema import json_schema

        session.print(json_schema().rstrip())
        return
    file = session.project.file
    session.print(f"{file}: ok")
