"""``fun init``: writes a new project."""

from __future__ import annotations

import click

from fc_client.fun.errors import UsageError
from fc_client.fun.project.loading import FILE_NAMES
from fc_client.fun.session import Session
from fc_client.fun.templates import LANGUAGES, project_files

__all__ = ["command"]


@click.command("init")
@click.argument(
    "language",
    type=click.Choice(LANGUAGES, case_sensitive=False),
    default="python",
    metavar="[nodejs|python]",
)
@click.option(
    "--gateway/--no-gateway", default=True, help="Whether the function gets a URL (default: yes)."
)
@click.option(
    "--helper",
    is_flag=True,
    help="Use hook(req, res): of the npm package fc-helper 1.1, or of fc_helper.py, which is "
    "written as well.",
)
@click.pass_obj
def command(session: Session, language: str, *, gateway: bool, helper: bool) -> None:
    """Write a project with one function into the current folder (default: python).

    Files that exist are never overwritten.
    """
    if helper and not gateway:
        raise UsageError("--helper is for functions with a URL: leave out --no-gateway")
    root = session.root.absolute()
    files = project_files(root.name, language.lower(), has_gateway=gateway, has_helper=helper)
    existing = [name for name in (*FILE_NAMES, *files) if (root / name).exists()]
    if existing:
        raise UsageError(
            f"{', '.join(dict.fromkeys(existing))}: exists already; use an empty folder"
        )
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
        session.print(f"{name} written")
    session.note("Run 'fun local' to try it on this machine.")
