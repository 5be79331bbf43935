"""``fun remove``: deletes what the project has."""

from __future__ import annotations

import click

from fc_client.fun.failures import complain
from fc_client.fun.session import Session

__all__ = ["command"]


@click.command("remove")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def command(session: Session, *, yes: bool) -> int:
    """Delete the apis, groups, functions and services that the project's file has.

    All triggers of a function are deleted with it. Groups and services with
    something that the file does not have are left, and so is the role, which
    other projects may use.
    """
    # Imported here, since it needs the clients.
    from fc_client.fun.deployment.removal import find_removals, remove

    removals = find_removals(session, session.project.content)
    if not removals:
        session.print("Nothing of the project is deployed.")
        return 0
    for removal in removals:
        remark = f" ({removal.remark})" if removal.remark else ""
        session.note(f"    {removal.title}{remark}")
    if not yes and not session.confirm("Delete all of these?"):
        session.note("Nothing was deleted.")
        return 1
    report = remove(session, removals)
    return complain(session, report, "fun remove --yes" if yes else "fun remove")
