"""A project in an embedded server, which takes over what is saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from fc_client._disclosure import shown
from fc_client.code.errors import DependencyError
from fc_client.credentials import Credentials
from fc_client.credentials.providers import StaticProvider
from fc_client.exceptions import FCError
from fc_client.fun.account import Account
from fc_client.fun.deployment.plan import deploy_project
from fc_client.fun.deployment.removal import remove_outdated
from fc_client.fun.errors import INTERRUPTED, FunError, PackageError, exit_code
from fc_client.fun.failures import complain_of_step
from fc_client.fun.packages import archive_of
from fc_client.fun.project.problems import ProjectError, ProjectNotFoundError
from fc_client.fun.project.regions import check_regions
from fc_client.fun.project.schema import Function, ProjectFile
from fc_client.fun.serving.modules import Modules
from fc_client.fun.session import Session
from fc_client.local import LocalFunctionCompute

__all__ = ["ServedProject", "function_titles", "runtimes_of"]

_STAGE = "RELEASE"

# What a saved file can cause; other errors are errors of this program.
_DEPLOY_ERRORS = (
    ProjectError,
    ProjectNotFoundError,
    PackageError,
    DependencyError,
    FCError,
    FunError,
    OSError,
    ValueError,
)

# Service and function.
_Key = tuple[str, str]
_Stamp = tuple[int, int] | None


class ServedProject:
    """The project in the server, and the state of the files that were deployed."""

    def __init__(self, session: Session, server: LocalFunctionCompute, modules: Modules) -> None:
        self._session = session
        self._server = server
        self._modules = modules
        self._archives: dict[_Key, Path] = {}
        self._linked: set[_Key] = set()
        self._deployed: ProjectFile | None = None
        self._stamps = self._current_stamps()

    def deploy(self) -> int:
        """Deploy the project, run its functions from its folder, return 0 or an exit code."""
        session, content = self._session, self._session.project.content
        check_regions(content, self._server.endpoint, is_local=True)
        functions, root = dict(_functions(content)), session.project.root
        found = {key: archive_of(root, function) for key, function in functions.items()}
        self._archives = {key: path for key, path in found.items() if path is not None}
        # Before they are packed: what is saved from here on is deployed again.
        self._stamps = {**self._current_stamps(), **self._stamps}
        with self._session_of_server() as here:
            report = deploy_project(here, _STAGE, installs=False, replace=True)
            if report.error is None and self._deployed is not None:
                report = remove_outdated(here, self._deployed)
            if report.error is not None:
                complain_of_step(here, report)
                return exit_code(report.error)
        self._deployed = content
        # The server unpacks archives, which a linked folder would hide.
        linked = functions.keys() - self._archives.keys()
        self._unlink(self._linked - linked)
        self._linked = linked
        self._link()
        return 0

    def take_over(self) -> bool:
        """Take over what has changed: the file of the project, archives, dependencies.

        Returns:
            Whether to go on; False after Ctrl-C while the project was deployed.
        """
        before, self._stamps = self._stamps, self._current_stamps()
        changed = {path for path, stamp in self._stamps.items() if stamp != before.get(path)}
        root, file = self._session.project.root, self._session.project.file
        deployed = changed & {root / file, *self._archives.values()}
        for path in sorted(changed):
            name = path.relative_to(root) if path.is_relative_to(root) else path
            self._session.note(f"{shown(name)} has changed.")
        try:
            if deployed:
                self._session.reload()
            if self._modules.install(runtimes_of(self._session.project.content), changed):
                self._link()
            if deployed:
                return self.deploy() != INTERRUPTED
        except _DEPLOY_ERRORS as exc:
            # What was deployed goes on; the next change is taken over.
            self._session.complain(self._session.described(exc))
        return True

    def _link(self) -> None:
        for service, function in sorted(self._linked):
            # Another program may have deleted it.
            with suppress(ValueError):
                self._server.link(service, function, self._modules.code)

    def _current_stamps(self) -> dict[Path, _Stamp]:
        """Return what changes when one of the watched files does."""
        root, file = self._session.project.root, self._session.project.file
        paths = {root / file, *self._modules.files(), *self._archives.values()}
        return {path: _stamp(path) for path in paths}

    def _session_of_server(self) -> Session:
        server = self._server
        credentials = Credentials(server.access_key_id, server.access_key_secret)
        account = Account(server.account_id, server.endpoint, StaticProvider(credentials))
        return self._session.elsewhere(account, server.variables)

    def _unlink(self, functions: Iterable[_Key]) -> None:
        for service, function in functions:
            # Functions that were deleted are not linked any more.
            with suppress(ValueError):
                self._server.unlink(service, function)


def runtimes_of(content: ProjectFile) -> set[str]:
    """Return the runtimes of the functions of a file."""
    return {function.runtime for _, function in _functions(content)}


def function_titles(content: ProjectFile) -> list[str]:
    """Return the functions of a file as SERVICE/FUNCTION."""
    return ["/".join(key) for key, _ in _functions(content)]


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
