"""``fun deploy``: creates and updates what the project has."""

from __future__ import annotations

import click

from fc_client.fun.errors import exit_code
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
    "--replace", is_flag=True, help="Delete and create triggers whose type or source differ."
)
@click.pass_obj
def command(session: Session, stage: str, *, dry_run: bool, replace: bool) -> int:
    """Create and update what the project has; deploy its apis to STAGE (default RELEASE).

    Code and settings that have not changed are not sent. Nothing is deleted.
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
    if report.failed is not None:
        title = f"Error: {report.failed.full_title}: "
        session.complain(session.described(report.error).replace("Error: ", title, 1))
    for line in report.failure("fun deploy" if stage == "RELEASE" else f"fun deploy {stage}"):
        session.complain(line)
    return exit_code(report.error)
