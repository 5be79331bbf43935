"""An embedded Function Compute: for first steps, and for tests of applications.

It runs the code it is given with the rights of this process. It is no
sandbox: give it only code that you would run yourself.
"""

from __future__ import annotations

import atexit
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

try:
    from fc_client.local.dispatch.invocations import RetrySettings
    from fc_client.local.engine import ServerThread, Settings, bound_socket
    from fc_client.local.storage.data_directory import DataDirectory, DataDirectoryError
    from fc_client.local.storage.store import StoreError, read_logs
except ModuleNotFoundError as exc:
    if exc.name not in ("aiohttp", "cronsim"):
        raise
    raise ImportError(
        f"fc_client.local needs {exc.name}: pip install 'fc-client[local]'", name=exc.name
    ) from exc

if TYPE_CHECKING:
    from fc_client import Client

__all__ = ["DataDirectoryError", "LocalFunctionCompute", "StoreError"]


# Where to reach a server that listens on all addresses.
_LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class LocalFunctionCompute:
    """A Function Compute in this process, in a thread of its own.

    Use it as a context manager, or call :meth:`start` and :meth:`stop`::

        with LocalFunctionCompute() as fc:
            client = fc.client()

    Args:
        data_dir: Where its state is kept; it is there again after a restart.
            None for a temporary directory, removed at the end.
        oss_root: The folder that stands for OSS: ``bucket/object`` below it.
        host: Where to listen, a name or an address of this machine.
        port: 0 for any that is free.
        max_instances: Instances of one function at most; more callers wait.
        auth: False lets every request in without a signature.
        interpreters: Paths of interpreters, by runtime:
            ``{"nodejs8": "/opt/node8/bin/node"}``.
        async_attempts: How often in all an Async invocation is run that the
            function fails.
        async_retry_delay: Seconds before the second attempt; each further
            one waits twice as long as the one before it.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike[str] | None = None,
        oss_root: str | os.PathLike[str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        max_instances: int = 10,
        *,
        auth: bool = True,
        interpreters: Mapping[str, str] | None = None,
        async_attempts: int = 3,
        async_retry_delay: float = 1.0,
    ) -> None:
        self._data_dir = None if data_dir is None else Path(data_dir)
        self._port = port
        self._settings = Settings(
            host=host,
            oss_root=None if oss_root is None else Path(oss_root).absolute(),
            auth=auth,
            max_instances=max_instances,
            interpreters=dict(interpreters or {}),
            retry=RetrySettings(
                attempts=async_attempts, base_delay=async_retry_delay, concurrency=max_instances
            ),
        )
        self._running: _Running | None = None

    def start(self) -> None:
        """Start; requests are answered when this returns.

        Raises:
            OSError: the port is taken, or the directory cannot be used.
            DataDirectoryError: another server uses the data directory.
            StoreError: its database is of a later version, or damaged.
            RuntimeError: it runs already.
        """
        if self._running is not None:
            raise RuntimeError("the local Function Compute runs already")
        self._running = _Running(self._settings, self._data_dir, self._port)
        # For a program that ends without stop(). Its thread and instances end
        # with it, and stop() would need threads that cannot be started any
        # more by then; but a temporary directory would stay.
        atexit.register(self._running.data.close)

    def stop(self) -> None:
        """Stop; instances, thread and a temporary directory are gone then.

        May be called more than once.
        """
        running, self._running = self._running, None
        if running is not None:
            atexit.unregister(running.data.close)
            running.stop()

    def __enter__(self) -> LocalFunctionCompute:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def endpoint(self) -> str:
        """The URL to reach it at."""
        return self._get_running().endpoint

    @property
    def access_key_id(self) -> str:
        """The id of the one access key that it takes."""
        return self._get_running().data.account.access_key_id

    @property
    def access_key_secret(self) -> str:
        """The secret of that key. Random; with a data_dir kept there."""
        return self._get_running().data.account.access_key_secret

    @property
    def account_id(self) -> str:
        """The account that functions are told of."""
        return self._get_running().data.account.account_id

    def client(self, **options: Any) -> Client:
        """Return a client of it.

        Args:
            options: Further arguments of :class:`fc_client.Client`.
        """
        # Here, for the core does not know of this package nor needs it.
        from fc_client import Client

        return Client(
            self.endpoint,
            access_key_id=self.access_key_id,
            access_key_secret=self.access_key_secret,
            account_id=self.account_id,
            **options,
        )

    @property
    def environ(self) -> dict[str, str]:
        """The environment of this process, with the variables that lead a Client here.

        For :class:`subprocess.Popen`, or to be set variable by variable.
        """
        return {**os.environ, **self.variables}

    @property
    def variables(self) -> dict[str, str]:
        """The variables that lead a Client here: endpoint and access key."""
        return {
            "FC_ENDPOINT": self.endpoint,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.access_key_secret,
        }

    def link(self, service: str, function: str, directory: str | os.PathLike[str]) -> None:
        """Run a function from a directory instead of its uploaded code.

        A change that is saved there counts at the next call. Runtime, handler
        and the other settings stay the function's; it may be created later.

        Args:
            service: Name of the service.
            function: Name of the function.
            directory: What becomes its ``/code``.

        Raises:
            ValueError: there is no such directory.
        """
        place = Path(directory).absolute()
        if not place.is_dir():
            raise ValueError(f"directory: no such directory: {str(place)!r}")
        self._get_running().thread.link(service, function, place)

    def drain(self, timeout: float = 30) -> None:
        """Wait until every Async invocation that was accepted has ended.

        Args:
            timeout: Seconds to wait at most.

        Raises:
            TimeoutError: some have not ended; it says how many.
        """
        self._get_running().thread.drain(timeout)

    def logs(self, service: str, function: str | None = None, request_id: str | None = None) -> str:
        """Return what functions have logged, the oldest first.

        Args:
            service: Whose logs.
            function: Only those of this function of the service.
            request_id: Only those of this invocation.
        """
        path = self._get_running().data.database
        return "".join(entry.text for entry in read_logs(path, service, function, request_id))

    def reset(self) -> None:
        """Make it empty again: no services, functions, triggers, queue, logs, instances."""
        self._get_running().thread.reset()

    def _get_running(self) -> _Running:
        if self._running is None:
            raise RuntimeError("the local Function Compute is not running")
        return self._running


class _Running:
    """What a LocalFunctionCompute holds between start and stop."""

    def __init__(self, settings: Settings, data_dir: Path | None, port: int) -> None:
        # Bound here, in the caller's thread, so that a port that is taken is
        # the caller's error at once.
        sock = bound_socket(settings.host, port)
        self.endpoint = _endpoint(sock)
        try:
            self.data = DataDirectory(data_dir)
        except BaseException:
            sock.close()
            raise
        try:
            self.thread = ServerThread(settings, self.data, sock)
        except BaseException:
            self.data.close()
            raise

    def stop(self) -> None:
        self.thread.stop()
        self.data.close()


def _endpoint(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    host = _LOOPBACK_OF.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
