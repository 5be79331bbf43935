"""Wires the packages of the local server together and runs them in one event loop and thread."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import weakref
from collections.abc import Callable, Collection, Coroutine, Mapping
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from fc_client.local.api.authentication import Keys, machine_names
from fc_client.local.api.backend import Backend
from fc_client.local.api.operations import control
from fc_client.local.api.server import ApiHandler, HttpServer
from fc_client.local.clocks import SteadyClock, is_frozen, real_time, run_in_real_time
from fc_client.local.cloud.services import CloudServices
from fc_client.local.dispatch.activity import ActivityLog
from fc_client.local.dispatch.invocations import Identity, Invocations, Pools, RetrySettings
from fc_client.local.dispatch.provisioning import Provisioning
from fc_client.local.dispatch.triggers import Triggers
from fc_client.local.execution.instance_pools import InstancePools
from fc_client.local.execution.runtimes import check_installation
from fc_client.local.storage.code_storage import CodeStorage
from fc_client.local.storage.data_directory import DataDirectory, FixedAccount
from fc_client.local.storage.layers import layer_zips
from fc_client.local.storage.schema import FunctionVersion
from fc_client.local.storage.store import Store

__all__ = ["REGION", "Engine", "ServerThread", "Settings", "bound_socket", "endpoint_of"]

# Where a server that listens on all addresses is called.
_LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104

# The region that functions see in their context.
REGION = "local"

Result = TypeVar("Result")


@dataclass(frozen=True)
class Settings:
    """How a local Function Compute runs.

    Attributes:
        host: Name or address to listen on.
        oss_root: Directory that takes the place of OSS.
        allow_hosts: Further names that requests may have in their Host header.
        auth: Whether requests must be signed.
        max_instances: Maximum instances per function.
        interpreters: Runtime name to the path of its interpreter.
        modules: Runtime name to the path of a directory of modules for its functions.
        account: The access key and account ID that the program has chosen.
        retry: How Async invocations are retried.
        strict: Whether services may refer only to roles and logstores that exist.
        clock: Returns seconds since the epoch.
        make_pools: Makes the pools that run functions, given their working
            directory; None for processes.
    """

    host: str = "127.0.0.1"
    oss_root: Path | None = None
    allow_hosts: Collection[str] = ()
    auth: bool = True
    max_instances: int = 10
    interpreters: Mapping[str, str] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    account: FixedAccount = field(default_factory=FixedAccount)
    retry: RetrySettings = field(default_factory=RetrySettings)
    strict: bool = False
    clock: Callable[[], float] = real_time
    make_pools: Callable[[Path], Pools] | None = None

    def __post_init__(self) -> None:
        check_installation()

    def pools(self, work_dir: Path, code: CodeStorage) -> Pools:
        """Return new pools of instances."""
        if self.make_pools is not None:
            return self.make_pools(work_dir)
        return InstancePools(
            work_dir=work_dir,
            max_instances=self.max_instances,
            interpreters=self.interpreters,
            modules=self.modules,
            code=code,
        )


class Engine:
    """The parts of one server, all used from one event loop.

    Args:
        settings: How the server runs.
        data: Directory of the state.
        sock: A listening socket.
    """

    def __init__(self, settings: Settings, data: DataDirectory, sock: socket.socket) -> None:
        self._data = data
        self._endpoint = endpoint_of(sock)
        self._store = Store(data.database)
        account = data.account
        keys = Keys(account.access_key_id, account.access_key_secret)
        log = ActivityLog([account.access_key_secret, account.security_token])
        self._code = CodeStorage(data.code, settings.oss_root)
        self._code.sweep(self._store.code_checksums())
        self._code.layers.sweep(layer_zips(self._store))
        self.invocations = Invocations(
            self._store,
            self._code,
            lambda: settings.pools(data.work, self._code),
            Identity(
                account_id=account.account_id,
                region=REGION,
                access_key_id=account.access_key_id,
                access_key_secret=account.access_key_secret,
                security_token=account.security_token,
                endpoint=self._endpoint,
            ),
            clock=SteadyClock(settings.clock),
            retry=settings.retry,
            log=log,
        )
        self._triggers = Triggers(
            self._store,
            self.invocations,
            oss_root=settings.oss_root,
            region=REGION,
            account_id=account.account_id,
            clock=settings.clock,
            log=log,
        )
        self._provisioning = Provisioning(self._store, self.invocations, settings.clock)
        names = {*machine_names(), *map(str.lower, settings.allow_hosts)}
        cloud = CloudServices(
            self._store,
            data.database,
            account,
            self.invocations,
            endpoint=self._endpoint,
            own_names={*names, settings.host.lower()},
            region=REGION,
            clock=settings.clock,
            is_frozen=is_frozen,
            auth=settings.auth,
            strict=settings.strict,
        )
        self._backend = Backend(
            self._store,
            self._code,
            self.invocations,
            self._triggers,
            self._provisioning,
            keys,
            cloud,
            settings.clock,
            is_frozen,
            account_id=account.account_id,
            region=REGION,
        )
        handler = ApiHandler(
            self._backend,
            settings.host,
            auth=settings.auth,
            allowed_hosts=names,
            log=log,
        )
        self._http = HttpServer(handler, sock)

    async def start(self) -> None:
        """Start to serve requests, queued invocations and triggers."""
        await self._http.start()
        self.invocations.start()
        await self._triggers.start()
        self._provisioning.start()
        if not self._data.is_temporary:
            self._data.announce(self._endpoint, self._backend.control_token)

    async def stop(self) -> None:
        """Close connections, triggers, instances and the store, in this order."""
        async with AsyncExitStack() as stack:
            # Whatever one of them raises, the others are closed as well.
            stack.callback(self._store.close)
            stack.push_async_callback(self.invocations.close)
            stack.push_async_callback(self._backend.cloud.close)
            stack.push_async_callback(self._triggers.close)
            stack.push_async_callback(self._provisioning.close)
            stack.push_async_callback(self._http.stop)

    async def fire(self, key: tuple[str, ...], what: Mapping[str, Any]) -> str:
        """Fire a trigger; see :meth:`Triggers.fire`."""
        return self._triggers.fire(key, what)

    async def reset(self) -> None:
        """Remove all resources, queued invocations, logs, instances and code."""
        await control.clear(self._backend)


class ServerThread:
    """Runs an engine in a daemon thread with its own event loop.

    The constructor returns when the server answers requests.

    Args:
        settings: How the server runs.
        data_dir: Directory of the state; None for a temporary one. The thread
            opens and closes it, since no interrupt reaches a thread.
        sock: A listening socket, which the thread closes.

    Attributes:
        data: The open data directory.

    Raises:
        OSError: the directory is not writable.
        DataDirectoryError: the directory cannot be used.
        StoreError: the database cannot be used.
    """

    data: DataDirectory

    def __init__(self, settings: Settings, data_dir: Path | None, sock: socket.socket) -> None:
        # A plain lock, since an interrupt may leave the one inside of a Future
        # or an Event locked, and the server would wait for it for ever.
        self._ready = threading.Lock()
        self._ready.acquire()
        self._error: BaseException | None = None
        self._is_abandoned = False
        self._sock = sock
        self._thread = threading.Thread(
            target=lambda: run_in_real_time(self._serve(settings, data_dir, sock)),
            name="fc-local",
            daemon=True,
        )
        try:
            self._thread.start()
            self._ready.acquire()
        except BaseException:
            # After an interrupt, the server that still starts must not stay.
            self._is_abandoned = True
            self.request_stop()
            raise
        if self._error is not None:
            raise self._error
        _running.add(self)

    async def _serve(self, settings: Settings, data_dir: Path | None, sock: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        with ExitStack() as stack:
            try:
                stack.callback(sock.close)
                self.data = DataDirectory(data_dir, settings.account)
                stack.callback(self.data.close)
                self._engine = Engine(settings, self.data, sock)
                await self._engine.start()
            except BaseException as exc:  # noqa: BLE001 - raised in the constructor
                self._error = exc
                stack.close()
                return
            finally:
                self._ready.release()
            if not self._is_abandoned:
                await self._stopping.wait()
            await self._engine.stop()

    def stop(self) -> None:
        """Stop the engine, close the data directory and end the thread."""
        self.request_stop()
        self._thread.join()

    def request_stop(self) -> None:
        """Begin to stop, and do not wait for the end."""
        # It has not started yet, or has stopped already.
        with suppress(AttributeError, RuntimeError):
            self._loop.call_soon_threadsafe(self._stopping.set)

    def forget(self) -> None:
        """Close the listening socket that a forked child has inherited."""
        self._sock.close()

    def reset(self) -> None:
        """Remove all resources, queued invocations, logs, instances and code."""
        self._call(self._engine.reset())

    def link(self, service: str, function: str, directory: Path, *, ahead: bool = False) -> bool:
        """Run a function from a directory.

        Args:
            service: Name of the service.
            function: Name of the function.
            directory: The directory that the function runs from.
            ahead: Whether the function may be created later.

        Returns:
            Whether the function exists; without *ahead* nothing is done if it does not.
        """
        latest = FunctionVersion(service, function)
        return self._call(self._engine.invocations.link(latest, directory, ahead=ahead))

    def unlink(self, service: str, function: str) -> bool:
        """Run a function from its own code again; return whether it was linked."""
        return self._call(self._engine.invocations.unlink(FunctionVersion(service, function)))

    def fire(self, key: tuple[str, ...], what: Mapping[str, Any]) -> str:
        """Fire a trigger; see :meth:`Triggers.fire`."""
        return self._call(self._engine.fire(key, what))

    def drain(self, timeout: float) -> None:
        """Wait until every accepted Async invocation has ended.

        Raises:
            TimeoutError: some have not ended after *timeout* seconds.
        """
        try:
            self._call(self._engine.invocations.drain(), timeout)
        except FutureTimeoutError as exc:
            left = self._call(self._queued())
            raise TimeoutError(
                f"{left} asynchronous invocations have not ended after {timeout:g} seconds"
            ) from exc

    async def _queued(self) -> int:
        return self._engine.invocations.queued()

    def _call(self, coroutine: Coroutine[Any, Any, Result], timeout: float | None = None) -> Result:
        """Run a coroutine in the thread's event loop and return its result."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result(timeout)
        except BaseException:
            future.cancel()
            raise


# Those of this process; a forked child forgets them.
_running: weakref.WeakSet[ServerThread] = weakref.WeakSet()


def _forget_all() -> None:
    for thread in list(_running):
        thread.forget()
    _running.clear()


# A child that outlives the server would keep its port in use.
os.register_at_fork(after_in_child=_forget_all)


def endpoint_of(sock: socket.socket) -> str:
    """Return the URL at which this machine reaches a server that listens on *sock*."""
    host, port = sock.getsockname()[:2]
    host = _LOOPBACK_OF.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Args:
        host: Name or address to listen on.
        port: Port to listen on; 0 for any free port.

    Raises:
        OSError: the port is in use, or the host is not this machine.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=1024)
    except OSError as exc:
        # Python adds the address to the text of the system, where it says "while attempting".
        problem = str(exc.strerror).partition(" (while attempting")[0]
        raise OSError(exc.errno, f"cannot listen on {host}:{port}: {problem}") from exc
