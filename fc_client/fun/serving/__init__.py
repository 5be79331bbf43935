"""Serves a project by an embedded server until Ctrl-C.

``project`` has the project in the server, ``modules`` its installed dependencies.
"""

from __future__ import annotations

import logging
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fc_client.fun.serving.modules import Modules
from fc_client.fun.serving.project import ServedProject, function_titles, runtimes_of
from fc_client.fun.session import Session
from fc_client.local import LocalFunctionCompute
from fc_client.local.console import Console, wants_colors
from fc_client.local.execution.process_trees import adopt_orphans

__all__ = ["serve"]

_POLL_SECONDS = 0.3


def serve(session: Session, port: int, data_dir: str | None) -> int:
    """Serve a project until SIGINT or SIGTERM, and return the exit code.

    Args:
        session: The session with the project.
        port: Port to listen on; 0 for any free one.
        data_dir: Directory of the server's state; None for a temporary one.
    """
    content = session.project.content
    adopt_orphans()
    # A list: a handler that comes while this thread sets or waits for an Event would lock up.
    signals: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: signals.append(number))
    with ExitStack() as stack:
        links = stack.enter_context(TemporaryDirectory(prefix="fun-"))
        modules = Modules(Path(links), session.project.root, session.note)
        modules.install(runtimes_of(content), ())
        server = stack.enter_context(
            LocalFunctionCompute(
                data_dir, port=port, account_id=content.accountid, modules=modules.directories
            )
        )
        served = ServedProject(session, server, modules)
        code = served.deploy()
        if code:
            return code
        _print_environment(session, server)
        with _request_log(session):
            session.note("Serving until Ctrl-C; saved files take effect at the next call.")
            # While it deploys, Ctrl-C stops the deployment and is not seen here.
            while not signals and served.take_over():
                time.sleep(_POLL_SECONDS)
    return 0


def _print_environment(session: Session, server: LocalFunctionCompute) -> None:
    """Print what leads other tools here, such as fcli."""
    names = function_titles(session.project.content)
    example = f", such as 'fun invoke {names[0]}'" if names else ""
    session.print(f"For fun, fcli and Client() in another terminal{example}:")
    for name, value in server.variables.items():
        session.print(f"    export {name}={shlex.quote(value)}")


@contextmanager
def _request_log(session: Session) -> Iterator[None]:
    """Show each request on stderr as fc-local does."""
    log = logging.getLogger("fc_client.local")
    console = Console(sys.stderr, has_colors=wants_colors(sys.stderr, session.environ))
    log.addHandler(console)
    log.setLevel(logging.ERROR if session.is_quiet else logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(console)
        console.close()
