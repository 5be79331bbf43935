"""Starts a server: in a thread, or in a process of its own where threads are not real ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from fc_client.local.engine import ServerThread, Settings, bound_socket, endpoint_of
from fc_client.local.server_process import ServerProcess
from fc_client.local.storage.data_directory import Account

__all__ = ["RunningServer", "start_in_thread", "start_server"]

# What gevent and eventlet replace with parts that need a loop of their own.
_MODULES = {
    "gevent.monkey": ("threading", "socket", "select"),
    "eventlet.patcher": ("thread", "socket", "select"),
}


class Control(Protocol):
    """Controls a server; ServerThread and ServerProcess implement it."""

    def stop(self) -> None:
        """Stop the server and wait for its end."""

    def request_stop(self) -> None:
        """Begin to stop, and do not wait for the end."""

    def reset(self) -> None:
        """Remove all resources, queued invocations, logs, instances and code."""

    def link(self, service: str, function: str, directory: Path, *, ahead: bool = False) -> bool:
        """Run a function from a directory; return whether the function exists."""

    def unlink(self, service: str, function: str) -> bool:
        """Run a function from its own code again."""

    def fire(self, key: tuple[str, ...], what: Mapping[str, Any]) -> str:
        """Send the event of a trigger to its function; return the request ID."""

    def drain(self, timeout: float) -> None:
        """Wait until every accepted Async invocation has ended."""


class Data(Protocol):
    """The data directory of a server; DataDirectory implements it."""

    @property
    def account(self) -> Account:
        """The only account of the server."""

    @property
    def path(self) -> Path:
        """The directory."""

    @property
    def database(self) -> Path:
        """The path of the database."""

    def close(self) -> None:
        """Unlock the directory, and remove it if it is temporary."""


class RunningServer:
    """A server between start and stop. It belongs to the process that started it.

    Args:
        endpoint: The URL of the server.
        data: Its data directory.
        thread: Its thread, or the process that takes the place of one.
    """

    def __init__(self, endpoint: str, data: Data, thread: Control) -> None:
        self.owner = os.getpid()
        self.endpoint = endpoint
        self.data = data
        self.thread = thread

    @property
    def is_own(self) -> bool:
        """Whether this process has started it, and not one that this is a fork of."""
        return os.getpid() == self.owner


def start_server(settings: Settings, data_dir: Path | None, port: int) -> RunningServer:
    """Start a server; it answers requests when this returns.

    Raises:
        OSError: the port is in use, or the directory is not writable.
        DataDirectoryError: the data directory cannot be used.
        StoreError: the database cannot be used.
    """
    if not _are_threads_replaced():
        return start_in_thread(settings, data_dir, port)
    process = ServerProcess(settings, data_dir, port)
    return RunningServer(process.endpoint, process.data, process)


def start_in_thread(settings: Settings, data_dir: Path | None, port: int) -> RunningServer:
    """Start a server in a thread of this process."""
    # Bound in the caller's thread, so that start() raises for a port in use.
    sock = bound_socket(settings.host, port)
    endpoint = endpoint_of(sock)
    thread = ServerThread(settings, data_dir, sock)
    return RunningServer(endpoint, thread.data, thread)


def _are_threads_replaced() -> bool:
    for name, modules in _MODULES.items():
        library = sys.modules.get(name)
        is_patched = getattr(library, "is_module_patched", None) or getattr(
            library, "is_monkey_patched", None
        )
        if is_patched is not None and any(map(is_patched, modules)):
            return True
    return False
