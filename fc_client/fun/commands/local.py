"""``fun local``: runs the project on this machine, and takes over saved changes."""

from __future__ import annotations

import click

from fc_client.fun.session import Session

__all__ = ["command"]


@click.command("local")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="PORT",
    help="Port to listen on; 0, the default, for any free port.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Keep the state in DIR; with the same --port, URLs stay the same after a restart.",
)
@click.pass_obj
def command(session: Session, *, port: int, data_dir: str | None) -> int:
    """Run the project on this machine, without an account, until Ctrl-C.

    Starts an embedded Function Compute with an API gateway, deploys the project
    into it, and shows each request. A saved file takes effect at the next call.
    To have the same URLs after a restart, pass both --port and --data-dir.
    """
    # Imported here: no other command needs the server.
    from fc_client.fun.serving import serve

    return serve(session, port, data_dir)
