"""Serves a project by an embedded server, and takes over what is saved."""

from __future__ import annotations

import logging
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fc_client._disclosure import shown
from fc_client.code.errors import DependencyError
from fc_client.credentials import Credentials
from fc_client.credentials.providers import StaticProvider
from fc_client.exceptions import FCError, NotFoundError
from fc_client.fun.account import Account
from fc_client.fun.deployment.functions import function_names
from fc_client.fun.deployment.plan import deploy_project
from fc_client.fun.errors import PackageError, exit_code
from fc_client.fun.packages import archive_of, has_dependencies, install_modules
from fc_client.fun.project.problems import ProjectError, ProjectNotFoundError
from fc_client.fun.project.schema import Function, ProjectFile
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

# Service and function.
_Key = tuple[str, str]
_Stamp = tuple[int, int] | None


def serve(session: Session, port: int, data_dir: str | None) -> int:
    """Serve a project until SIGINT or SIGTERM, and return the exit code.

    Args:
        session: The session with the project.
        port: Port to listen on; 0 for any free one.
        data_dir: Directory of the server's state; None for a temporary one.
    """
    content = session.project.content
    adopt_orphans()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with LocalFunctionCompute(
        data_dir, port=port, account_id=content.accountid, modules=_modules(session, content)
    ) as server:
        served = _Served(session, server)
        code = served.deploy()
        if code:
            return code
        _print_environment(session, server)
        with _request_log(session):
            session.note("Serving until Ctrl-C; saved files take effect at the next call.")
            while not stopping.wait(_POLL_SECONDS):
                served.take_over()
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


class _Served:
    """The project in the server, and the state of the files that were deployed."""

    def __init__(self, session: Session, server: LocalFunctionCompute) -> None:
        self._session = session
        self._server = server
        self._archives: dict[_Key, Path] = {}
        self._linked: set[_Key] = set()
        self._stamps = self._current_stamps()

    def deploy(self) -> int:
        """Deploy the project, run its functions from its folder, return 0 or an exit code."""
        session, functions = self._session, dict(_functions(self._session.project.content))
        root = session.project.root
        found = {key: archive_of(root, function) for key, function in functions.items()}
        self._archives = {key: path for key, path in found.items() if path is not None}
        # Before they are packed: what is saved from here on is deployed again.
        self._stamps = {**self._current_stamps(), **self._stamps}
        self._unlink_archives()
        with self._session_of_server() as here:
            report = deploy_project(here, _STAGE, installs=False)
        if report.error is not None:
            name = report.failed.full_title if report.failed else ""
            session.complain(f"Error: {name}: {shown(report.error)}")
            return exit_code(report.error)
        # The server unpacks archives, which a linked folder would hide.
        for key in functions.keys() - self._archives.keys():
            self._server.link(*key, root)
            self._linked.add(key)
        return 0

    def take_over(self) -> None:
        """Deploy again if the file of the project or an archive has changed."""
        before, self._stamps = self._stamps, self._current_stamps()
        changed = {path for path, stamp in self._stamps.items() if stamp != before.get(path)}
        root, file = self._session.project.root, self._session.project.file
        if changed & {root / name for name in _DEPENDENCIES}:
            self._session.note(
                "The dependencies have changed: start fun local again to install them."
            )
        deployed = changed & {root / file, *self._archives.values()}
        if not deployed:
            return
        for path in sorted(deployed):
            self._session.note(f"{shown(path.relative_to(root))} has changed.")
        try:
            self._session.reload()
            self.deploy()
        except _DEPLOY_ERRORS as exc:
            # What was deployed goes on; the next change is taken over.
            self._session.complain(self._session.described(exc))

    def _current_stamps(self) -> dict[Path, _Stamp]:
        """Return what changes when one of the watched files does."""
        root, file = self._session.project.root, self._session.project.file
        names = (file, *_DEPENDENCIES)
        paths = {*(root / name for name in names), *self._archives.values()}
        return {path: _stamp(path) for path in paths}

    def _session_of_server(self) -> Session:
        server = self._server
        credentials = Credentials(server.access_key_id, server.access_key_secret)
        account = Account(server.account_id, server.endpoint, StaticProvider(credentials))
        return self._session.elsewhere(account, server.variables)

    def _unlink_archives(self) -> None:
        """Delete functions that ran from the folder and are archives now, which ends the links."""
        with self._server.client() as client:
            for service, function in self._linked & self._archives.keys():
                # Another program may have deleted it.
                with suppress(NotFoundError):
                    for trigger in list(client.iter_triggers(service, function)):
                        client.delete_trigger(service, function, trigger.trigger_name)
                    client.delete_function(service, function)
                self._linked.discard((service, function))


def _functions(content: ProjectFile) -> Iterator[tuple[_Key, Function]]:
    for service in content.function_compute.services if content.function_compute else ():
        for function in service.functions:
            yield (service.name, function.name), function


def _stamp(path: Path) -> _Stamp:
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
