"""Serves a project by an embedded server, and takes over what is saved."""

from __future__ import annotations

import logging
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fc_client._disclosure import shown
from fc_client.code.errors import DependencyError
from fc_client.credentials import Credentials
from fc_client.credentials.providers import StaticProvider
from fc_client.exceptions import FCError
from fc_client.fun.account import Account
from fc_client.fun.deployment.functions import function_names
from fc_client.fun.deployment.plan import deploy_project
from fc_client.fun.errors import PackageError, exit_code
from fc_client.fun.packages import has_dependencies, install_modules
from fc_client.fun.project.problems import ProjectError, ProjectNotFoundError
from fc_client.fun.project.schema import ProjectFile
from fc_client.fun.session import Session
from fc_client.local import LocalFunctionCompute
from fc_client.local.console import Console, wants_colors
from fc_client.local.execution.process_trees import adopt_orphans

__all__ = ["serve"]

_POLL_SECONDS = 0.3
_STAGE = "RELEASE"

# A change of these needs another installation, which the server gets when it starts.
_DEPENDENCIES = ("package.json", "package-lock.json", "npm-shrinkwrap.json", "requirements.txt")

# What a saved file can cause; other errors are errors of this program.
_DEPLOY_ERRORS = (
    ProjectError,
    ProjectNotFoundError,
    PackageError,
    DependencyError,
    FCError,
    OSError,
    ValueError,
)

_State = tuple[tuple[int, int] | None, ...]


def serve(session: Session, port: int, data_dir: str | None) -> int:
    """Serve a project until SIGINT or SIGTERM, and return the exit code.

    Args:
        session: The session with the project.
        port: Port to listen on; 0 for any free one.
        data_dir: Directory of the server's state; None for a temporary one.
    """
    root, content = session.project.root, session.project.content
    adopt_orphans()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with LocalFunctionCompute(
        data_dir, port=port, account_id=content.accountid, modules=_modules(session, content)
    ) as server:
        state = _state(root, session.project.file)
        code = _deploy(session, server)
        if code:
            return code
        _print_environment(session, server)
        with _request_log(session):
            session.note("Serving until Ctrl-C; saved files take effect at the next call.")
            while not stopping.wait(_POLL_SECONDS):
                state = _take_over(session, server, state)
    return 0


def _modules(session: Session, content: ProjectFile) -> dict[str, Path]:
    """Return the installed dependencies of the project, by runtime."""
    section, root = content.function_compute, session.project.root
    runtimes = {function.runtime for _, function in function_names(section)} if section else set()
    found = {}
    for runtime in sorted(runtimes):
        if has_dependencies(root, runtime):
            session.note(f"Installing the dependencies of {runtime} functions ...")
            found[runtime] = install_modules(root, runtime)
    return found


def _deploy(session: Session, server: LocalFunctionCompute) -> int:
    """Deploy the project into the server, run its functions from its folder, return 0 or a code."""
    here = session.elsewhere(
        Account(
            server.account_id,
            server.endpoint,
            StaticProvider(Credentials(server.access_key_id, server.access_key_secret)),
        ),
        server.variables,
    )
    with here:
        report = deploy_project(here, _STAGE, installs=False)
    if report.error is not None:
        name = report.failed.title if report.failed else ""
        session.complain(f"Error: {name}: {shown(report.error)}")
        return exit_code(report.error)
    section = here.project.content.function_compute
    for service in section.services if section else ():
        for function in service.functions:
            server.link(service.name, function.name, here.project.root)
    return 0


def _take_over(session: Session, server: LocalFunctionCompute, before: _State) -> _State:
    """Deploy again if the file of the project has changed; return the state of the files."""
    root, file = session.project.root, session.project.file
    now = _state(root, file)
    if now == before:
        return now
    if now[1:] != before[1:]:
        session.note("The dependencies have changed: start fun local again to install them.")
    if now[0] != before[0]:
        session.note(f"{file} has changed.")
        try:
            session.reload()
            _deploy(session, server)
        except _DEPLOY_ERRORS as exc:
            # What was deployed goes on; the next change is taken over.
            session.complain(session.described(exc))
    return now


def _state(root: Path, file: str) -> _State:
    """Return what changes when one of the watched files does."""
    return tuple(_stamp(root / name) for name in (file, *_DEPENDENCIES))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _print_environment(session: Session, server: LocalFunctionCompute) -> None:
    """Print what leads other tools here, such as fcli."""
    session.print("For fun, fcli and Client() in another terminal:")
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
