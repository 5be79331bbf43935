"""``fun deploy``: creates and updates what the project has."""

from __future__ import annotations

import click

from fc_client.fun.failures import complain
from fc_client.fun.session import Session

__all__ = ["command", "deploy"]

STAGES = ("RELEASE", "PRE", "TEST")


@click.command("deploy")
@click.argument(
    "stage",
    type=click.Choice(STAGES, case_sensitive=False),
    default="RELEASE",
    metavar="[STAGE]",
    required=False,
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option(
    "--replace",
    is_flag=True,
    help="Delete what is in the way: triggers whose type or source differ, apis of other names "
    "with the method and path of one of the file, HTTP triggers with the qualifier of one.",
)
@click.pass_obj
def command(session: Session, stage: str, *, dry_run: bool, replace: bool) -> int:
    """Create and update what the project has; deploy its apis to STAGE (default RELEASE).

    Code and settings that have not changed are not sent. Without --replace
    nothing is deleted.
    """
    return deploy(session, stage, dry_run=dry_run, replace=replace)


def deploy(session: Session, stage: str, *, dry_run: bool, replace: bool = False) -> int:
    """Deploy the project, print what was done, and return the exit code."""
    # Imported here: validating a file needs no clients.
    from fc_client.fun.deployment.plan import deploy_project

    report = deploy_project(session, stage, dry_run=dry_run, replace=replace)
    if report.error is None:
        session.note(report.summary())
        return 0
    stage_name = "" if stage == "RELEASE" else f" {stage}"
    return complain(session, report, f"fun deploy{stage_name}{' --replace' if replace else ''}")
