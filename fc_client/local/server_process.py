"""Starts a server in a process of its own, and controls it through two pipes.

server_program is the other end: it gets the settings and then calls, and
answers each. Both are pickles, since the two processes trust each other.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fc_client.local.storage.data_directory import Account, database_path

if TYPE_CHECKING:
    from fc_client.local.engine import Settings

__all__ = ["ServerProcess", "send"]

_PROGRAM = "from fc_client.local.server_program import main; main()"


@dataclass(frozen=True)
class RemoteData:
    """The data directory of a server in another process, which closes it."""

    account: Account
    path: Path
    server: ServerProcess

    @property
    def database(self) -> Path:
        """The path of the database."""
        return database_path(self.path)

    def close(self) -> None:
        """Stop the server, which closes the directory."""
        self.server.request_stop()


class ServerProcess:
    """A running server in a process of its own; the methods are those of ServerThread.

    Raises:
        OSError, DataDirectoryError, StoreError: as ServerThread, bound_socket
            and DataDirectory do.
    """

    def __init__(self, settings: Settings, data_dir: Path | None, port: int) -> None:
        self._lock = threading.Lock()
        self._owner = os.getpid()
        paths = [os.path.abspath(path) for path in sys.path]  # noqa: PTH100 - "" is the cwd
        self._process = subprocess.Popen(  # noqa: S603 - a module of this package
            [sys.executable, "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            # Ctrl-C is for this process, which then stops the other one.
            start_new_session=True,
        )
        try:
            level = logging.getLogger("fc_client.local").getEffectiveLevel()
            start = (level, settings, data_dir, port)
            self.endpoint, path, account = self._exchange(start)
        except BaseException:
            self.stop()
            raise
        self.data = RemoteData(account, path, self)

    def stop(self) -> None:
        """Stop the server and wait for its end."""
        self.request_stop()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def request_stop(self) -> None:
        """Begin to stop, and do not wait for the end."""
        if os.getpid() == self._owner and self._process.stdin is not None:
            self._process.stdin.close()

    def reset(self) -> None:
        """Remove all resources, queued invocations, logs, instances and code."""
        self._exchange(("reset", (), {}))

    def link(self, service: str, function: str, directory: Path, *, ahead: bool = False) -> bool:
        """Run a function from a directory; return whether the function exists."""
        exists: bool = self._exchange(("link", (service, function, directory), {"ahead": ahead}))
        return exists

    def unlink(self, service: str, function: str) -> bool:
        """Run a function from its own code again."""
        was_linked: bool = self._exchange(("unlink", (service, function), {}))
        return was_linked

    def fire(self, key: tuple[str, ...], what: Mapping[str, Any]) -> str:
        """Send the event of a trigger to its function; return the request ID."""
        request_id: str = self._exchange(("fire", (key, what), {}))
        return request_id

    def drain(self, timeout: float) -> None:
        """Wait until every accepted Async invocation has ended.

        Raises:
            TimeoutError: some have not ended after *timeout* seconds.
        """
        self._exchange(("drain", (timeout,), {}))

    def _exchange(self, request: object) -> Any:
        """Send a request; return its result, or raise its error."""
        with self._lock:
            try:
                send(self._process.stdin, request)
                is_result, value = pickle.load(self._process.stdout)  # type: ignore[arg-type]  # noqa: S301
            except (EOFError, OSError, ValueError) as exc:
                raise RuntimeError("the process of the local Function Compute has ended") from exc
        if not is_result:
            raise value
        return value


def send(stream: Any, value: object) -> None:
    """Send a value through a pipe."""
    stream.write(pickle.dumps(value))
    stream.flush()
