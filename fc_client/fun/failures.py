"""Prints the failure of a command that changes something in several steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fc_client.fun.errors import exit_code
from fc_client.fun.session import Session

if TYPE_CHECKING:
    from fc_client.fun.deployment.report import Report

__all__ = ["complain", "complain_of_step"]


def complain(session: Session, report: Report, command: str) -> int:
    """Print what failed, what was done and what was not, and return the exit code.

    Args:
        session: The session.
        report: What became of the steps; it has an error.
        command: The command line that goes on from here.
    """
    error = report.error
    if error is None:
        return 0
    complain_of_step(session, report)
    for line in report.failure(command):
        session.complain(line)
    return exit_code(error)


def complain_of_step(session: Session, report: Report) -> None:
    """Print which step failed, why, and what to do; nothing if none failed."""
    if report.error is not None and report.failed is not None:
        title = f"Error: {report.failed.full_title}: "
        session.complain(session.described(report.error).replace("Error: ", title, 1))
