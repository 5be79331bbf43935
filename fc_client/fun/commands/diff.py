"""``fun diff``: shows what a deployment would change."""

from __future__ import annotations

import click

from fc_client.fun.commands.deploy import STAGES, deploy
from fc_client.fun.session import Session

__all__ = ["command"]


@click.command("diff")
@click.argument(
    "stage",
    type=click.Choice(STAGES, case_sensitive=False),
    default="RELEASE",
    metavar="[STAGE]",
    required=False,
)
@click.pass_obj
def command(session: Session, stage: str) -> int:
    """Show what deploy would change: the same as deploy --dry-run."""
    return deploy(session, stage, dry_run=True)
