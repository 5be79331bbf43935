"""Runs a Function Compute in this process: for first steps, and for tests of applications.

Functions run with the rights of this process and without a sandbox: deploy
only code that you would run yourself.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from fc_client._call.base import MAX_RESPONSE_SIZE
from fc_client._call.retries import RetryPolicy
from fc_client._redaction import as_secret
from fc_client._transport.options import Verify
from fc_client.timeouts import Timeout

try:
    from fc_client.local.arguments import (
        check_at_least_one,
        check_bool,
        check_host,
        check_host_names,
        check_port,
        check_seconds,
        existing_directory,
        existing_interpreters,
        existing_modules,
        fixed_account,
        usable_data_dir,
    )
    from fc_client.local.dispatch.invocations import RetrySettings
    from fc_client.local.engine import Settings
    from fc_client.local.running import RunningServer, start_server
    from fc_client.local.storage.data_directory import DataDirectoryError
    from fc_client.local.storage.reading import read_logs
    from fc_client.local.storage.store import StoreError
    from fc_client.local.variables import variables_for
except ModuleNotFoundError as exc:
    if exc.name not in ("aiohttp", "cronsim"):
        raise
    raise ImportError(
        f"fc_client.local needs {exc.name}: pip install 'aliyun-fc-client[local]'", name=exc.name
    ) from exc

if TYPE_CHECKING:
    from fc_client import AsyncClient, Client

__all__ = ["DataDirectoryError", "LocalFunctionCompute", "StoreError"]


class LocalFunctionCompute:
    """A Function Compute that runs in a separate thread of this process.

    Where gevent or eventlet has replaced threads and sockets, it runs in a
    process of its own.

    It belongs to the process that started it. A forked child can call it, but
    not stop or change it: in the child, :meth:`stop` and the end of ``with``
    do nothing, and :meth:`link`, :meth:`unlink`, :meth:`drain` and
    :meth:`reset` raise RuntimeError.

    Use it as a context manager, or call :meth:`start` and :meth:`stop`::

        with LocalFunctionCompute() as fc:
            client = fc.client()

    Args:
        data_dir: Directory of the state, which then survives a restart. None
            for a temporary directory that is removed on stop.
        oss_root: Directory that takes the place of OSS; an object is the file
            ``bucket/object`` below it.
        host: Name or address of this machine to listen on.
        port: Port to listen on; 0 for any free port.
        max_instances: Maximum instances per function; further calls wait.
        allow_hosts: Further names of this server that requests may have in
            their Host header, such as that of its container.
        auth: Whether requests must be signed.
        access_key_id: The ID of the access key that the server accepts; it is
            not stored. None for the one in *data_dir*, which is random.
        access_key_secret: Secret of *access_key_id*.
        account_id: The account ID that functions see, digits; None for a
            random one.
        interpreters: Paths of interpreters, by runtime:
            ``{"nodejs8": "/opt/node8/bin/node"}``.
        modules: Directories of modules that functions can import although
            their code does not have them, by runtime:
            ``{"python3": "/opt/modules"}``. None by default.
        async_attempts: Maximum attempts for a failing Async invocation.
        async_retry_delay: Seconds before the second attempt; doubles with
            each further attempt.
        strict: Whether a service may refer only to a role and a logstore that
            exist in the server's RAM and Log Service.

    Raises:
        ValueError, TypeError: an argument cannot be used; the message names it.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike[str] | None = None,
        oss_root: str | os.PathLike[str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        max_instances: int = 10,
        *,
        allow_hosts: Collection[str] = (),
        auth: bool = True,
        access_key_id: str | None = None,
        access_key_secret: str | None = None,
        account_id: str | None = None,
        interpreters: Mapping[str, str | os.PathLike[str]] | None = None,
        modules: Mapping[str, str | os.PathLike[str]] | None = None,
        async_attempts: int = 3,
        async_retry_delay: float = 1.0,
        strict: bool = False,
    ) -> None:
        # Error reports show the arguments of the frames that they list.
        access_key_secret = as_secret(access_key_secret)
        check_host("host", host)
        check_port("port", port)
        check_at_least_one("max_instances", max_instances)
        check_host_names("allow_hosts", allow_hosts)
        check_bool("auth", auth)
        check_at_least_one("async_attempts", async_attempts)
        check_seconds("async_retry_delay", async_retry_delay)
        self._data_dir = usable_data_dir("data_dir", data_dir)
        self._port = port
        self._settings = Settings(
            host=host,
            oss_root=None if oss_root is None else existing_directory("oss_root", oss_root),
            allow_hosts=tuple(allow_hosts),
            auth=auth,
            strict=strict,
            max_instances=max_instances,
            interpreters=existing_interpreters("interpreters", interpreters),
            modules=existing_modules("modules", modules),
            account=fixed_account(access_key_id, access_key_secret, account_id),
            retry=RetrySettings(
                attempts=async_attempts, base_delay=async_retry_delay, concurrency=max_instances
            ),
        )
        self._running: RunningServer | None = None

    def start(self) -> None:
        """Start the server; it answers requests when this returns.

        Raises:
            OSError: the port is in use, or the directory is not writable.
            DataDirectoryError: another server uses the data directory, or its
                keys are damaged.
            StoreError: its database is damaged or was written by a later version.
            RuntimeError: the server is already running.
        """
        if self._running is not None and self._running.is_own:
            raise RuntimeError("the local Function Compute is already running")
        self._running = start_server(self._settings, self._data_dir, self._port)
        # For a program that exits without stop(). Thread and instances end with
        # the process, and its remover removes a temporary directory, but a
        # little later. stop() itself cannot run at exit, since it needs new threads.
        atexit.register(self._running.data.close)

    def stop(self) -> None:
        """Stop the server, end its instances and remove a temporary directory.

        May be called more than once.
        """
        running = self._running
        if running is not None and running.is_own:
            try:
                running.thread.stop()
            except BaseException:
                # An interrupt ends the wait, not the stop.
                running.thread.request_stop()
                raise
            finally:
                self._running = None
            atexit.unregister(running.data.close)
        self._running = None

    def __enter__(self) -> LocalFunctionCompute:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.stop()

    @property
    def endpoint(self) -> str:
        """The URL of the server."""
        return self._get_running().endpoint

    @property
    def access_key_id(self) -> str:
        """The ID of the only access key that the server accepts."""
        return self._get_running().data.account.access_key_id

    @property
    def access_key_secret(self) -> str:
        """The secret of access_key_id: the one passed, else random and kept in data_dir."""
        return self._get_running().data.account.access_key_secret

    @property
    def account_id(self) -> str:
        """The account ID that functions see in their context."""
        return self._get_running().data.account.account_id

    def client(
        self,
        *,
        security_token: str | None = None,
        timeout: float | tuple[float, float] | Timeout = (5, 610),
        retry: RetryPolicy = RetryPolicy(),
        pool_size: int = 10,
        verify: Verify = True,
        proxies: Mapping[str, str] | None = None,
        user_agent: str | None = None,
        max_response_size: int = MAX_RESPONSE_SIZE,
    ) -> Client:
        """Return a client of this server; the arguments are those of Client."""
        # Imported here, since importing this package must not load the client.
        from fc_client import Client

        return Client(
            self.endpoint,
            access_key_id=self.access_key_id,
            access_key_secret=self.access_key_secret,
            account_id=self.account_id,
            security_token=security_token,
            timeout=timeout,
            retry=retry,
            pool_size=pool_size,
            verify=verify,
            proxies=proxies,
            user_agent=user_agent,
            max_response_size=max_response_size,
        )

    def async_client(
        self,
        *,
        security_token: str | None = None,
        timeout: float | tuple[float, float] | Timeout = (5, 610),
        retry: RetryPolicy = RetryPolicy(),
        pool_size: int = 10,
        verify: Verify = True,
        proxies: Mapping[str, str] | None = None,
        user_agent: str | None = None,
        max_response_size: int = MAX_RESPONSE_SIZE,
    ) -> AsyncClient:
        """Return an AsyncClient of this server; the arguments are those of AsyncClient."""
        # Imported here, since importing this package must not load the client.
        from fc_client import AsyncClient

        return AsyncClient(
            self.endpoint,
            access_key_id=self.access_key_id,
            access_key_secret=self.access_key_secret,
            account_id=self.account_id,
            security_token=security_token,
            timeout=timeout,
            retry=retry,
            pool_size=pool_size,
            verify=verify,
            proxies=proxies,
            user_agent=user_agent,
            max_response_size=max_response_size,
        )

    @property
    def environ(self) -> dict[str, str]:
        """The environment of this process together with :attr:`variables`.

        Pass it to :class:`subprocess.Popen`, so that a Client in the new
        process calls this server.
        """
        return {**os.environ, **self.variables}

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that point clients and tools at this server.

        They are the endpoints, the account ID and the access key; the latter
        two also by the names that the guide has for ``fun``.
        """
        return variables_for(
            self.endpoint, self.account_id, self.access_key_id, self.access_key_secret
        )

    def link(self, service: str, function: str, directory: str | os.PathLike[str]) -> None:
        """Run a function from a directory instead of its uploaded code.

        A change that is saved there takes effect at the next call. Runtime,
        handler and the other settings remain those of the function. The link
        ends when the function is deleted.

        Args:
            service: Name of the service.
            function: Name of the function.
            directory: The directory that the function runs from.

        Raises:
            ValueError: the function or the directory does not exist.
        """
        path = existing_directory("directory", directory)
        if not self._get_own().thread.link(service, function, path):
            raise ValueError(f"function: {service}/{function} does not exist: create it first")

    def unlink(self, service: str, function: str) -> None:
        """Run a linked function from its uploaded code again, from the next call on.

        Args:
            service: Name of the service.
            function: Name of the function.

        Raises:
            ValueError: the function is not linked.
        """
        if not self._get_own().thread.unlink(service, function):
            raise ValueError(f"function: {service}/{function} is not linked")

    def _link_ahead(self, service: str, function: str, directory: Path) -> bool:
        """Link a function that may be created later; return whether it exists now."""
        return self._get_own().thread.link(service, function, directory, ahead=True)

    def fire(self, service: str, function: str, trigger: str, **what: Any) -> str:
        """Send the event of a trigger to its function, as if its source had sent it.

        The invocation is asynchronous; :meth:`drain` waits for its end.

        Args:
            service: Name of the service.
            function: Name of the function.
            trigger: Name of the trigger, which need not be enabled.
            what: What the event says, as the documentation lists it by type of
                trigger, or the whole *event*: bytes, a string or JSON.

        Returns:
            The request ID of the invocation, for :meth:`logs`.

        Raises:
            LookupError: the trigger does not exist.
            TypeError, ValueError: *what* is not for this type, or lacks something.
        """
        return self._get_own().thread.fire((service, function, trigger), what)

    def drain(self, timeout: float = 30) -> None:
        """Wait until every accepted Async invocation has ended.

        Args:
            timeout: Maximum seconds to wait.

        Raises:
            TimeoutError: some have not ended; the message says how many.
        """
        self._get_own().thread.drain(timeout)

    def logs(self, service: str, function: str | None = None, request_id: str | None = None) -> str:
        """Return the logs of functions, oldest first.

        Args:
            service: Name of the service.
            function: Only logs of this function of the service.
            request_id: Only logs of this invocation.
        """
        path = self._get_running().data.database
        return "".join(entry.text for entry in read_logs(path, service, function, request_id))

    def reset(self) -> None:
        """Remove all services, functions, triggers, queued invocations, logs and instances.

        Roles, policies, log projects and APIs are removed as well.
        """
        self._get_own().thread.reset()

    def _get_running(self) -> RunningServer:
        if self._running is None:
            raise RuntimeError("the local Function Compute is not running")
        return self._running

    def _get_own(self) -> RunningServer:
        running = self._get_running()
        if not running.is_own:
            raise RuntimeError(
                f"the local Function Compute belongs to process {running.owner}, "
                "of which this one is a fork: call it there"
            )
        return running
