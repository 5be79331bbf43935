"""A local Function Compute in one loop, and the thread that has this loop."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from fc_client.local.api.authentication import Keys
from fc_client.local.api.backend import Backend
from fc_client.local.api.server import ApiHandler, HttpServer
from fc_client.local.dispatch.invocations import Identity, Invocations, Pools, RetrySettings
from fc_client.local.dispatch.triggers import Triggers
from fc_client.local.execution.instance_pools import InstancePools
from fc_client.local.storage.code_storage import CodeStorage
from fc_client.local.storage.data_directory import DataDirectory
from fc_client.local.storage.store import Store

__all__ = ["REGION", "Engine", "ServerThread", "Settings", "bound_socket"]

# What functions are told of the region.
REGION = "local"

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """How a local Function Compute runs.

    Attributes:
        host: Where to listen, a name or an address.
        oss_root: The folder that stands for OSS.
        auth: False lets requests in without a signature.
        max_instances: Instances of one function at most.
        interpreters: Runtime name to the path of its interpreter.
        retry: How Async invocations are tried.
        clock: Seconds since the epoch.
        make_pools: Makes what runs functions, given a directory to work
            in; None for real instances.
    """

    host: str = "127.0.0.1"
    oss_root: Path | None = None
    auth: bool = True
    max_instances: int = 10
    interpreters: Mapping[str, str] = field(default_factory=dict)
    retry: RetrySettings = field(default_factory=RetrySettings)
    clock: Callable[[], float] = time.time
    make_pools: Callable[[Path], Pools] | None = None

    def pools(self, work_dir: Path) -> Pools:
        """Return new pools of instances."""
        if self.make_pools is not None:
            return self.make_pools(work_dir)
        return InstancePools(
            work_dir=work_dir, max_instances=self.max_instances, interpreters=self.interpreters
        )


class Engine:
    """Everything that lives in the loop.

    Args:
        settings: How it runs.
        data: Where its state is.
        sock: A bound socket.
    """

    def __init__(self, settings: Settings, data: DataDirectory, sock: socket.socket) -> None:
        self._store = Store(data.database)
        account = data.account
        keys = Keys(account.access_key_id, account.access_key_secret)
        self._code = CodeStorage(data.code, settings.oss_root)
        self._code.sweep(self._store.code_checksums())
        self.invocations = Invocations(
            self._store,
            self._code,
            lambda: settings.pools(data.work),
            Identity(
                account_id=account.account_id,
                region=REGION,
                access_key_id=account.access_key_id,
                access_key_secret=account.access_key_secret,
                security_token=account.security_token,
            ),
            clock=settings.clock,
            retry=settings.retry,
        )
        self._triggers = Triggers(
            self._store,
            self.invocations,
            oss_root=settings.oss_root,
            region=REGION,
            account_id=account.account_id,
            clock=settings.clock,
        )
        self._backend = Backend(
            self._store, self._code, self.invocations, self._triggers, keys, settings.clock
        )
        handler = ApiHandler(self._backend, settings.host, auth=settings.auth)
        self._http = HttpServer(handler, sock)

    async def start(self) -> None:
        """Serve, and go on with what is queued."""
        await self._http.start()
        self.invocations.start()
        await self._triggers.start()

    async def stop(self) -> None:
        """End connections, triggers, instances and the store, in this order."""
        await self._http.stop()
        await self._triggers.close()
        await self.invocations.close()
        self._store.close()

    async def reset(self) -> None:
        """Remove all resources, queued invocations, logs, instances and code."""
        async with self._backend.code_lock:
            self._store.clear()
            await self._triggers.refresh()
            await self.invocations.reset()
            self._code.sweep(())


class ServerThread:
    """Runs an engine in a daemon thread with a loop of its own.

    Returns from the constructor when requests are answered.

    Args:
        settings: How it runs.
        data: Where its state is.
        sock: A bound socket; it belongs to the thread from here on.

    Raises:
        StoreError: the database cannot be used.
    """

    def __init__(self, settings: Settings, data: DataDirectory, sock: socket.socket) -> None:
        self._ready: Future[Engine] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(settings, data, sock)),
            name="fc-local",
            daemon=True,
        )
        self._thread.start()
        self._engine = self._ready.result()

    async def _serve(self, settings: Settings, data: DataDirectory, sock: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        try:
            engine = Engine(settings, data, sock)
            await engine.start()
        except BaseException as exc:  # noqa: BLE001 - raised in the thread that waits
            sock.close()
            self._ready.set_exception(exc)
            return
        self._ready.set_result(engine)
        await self._stopping.wait()
        await engine.stop()

    def stop(self) -> None:
        """End the engine and the thread."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def reset(self) -> None:
        """Remove everything that was made."""
        self._call(self._engine.reset())

    def link(self, service: str, function: str, directory: Path) -> None:
        """Run a function from a directory."""
        self._call(self._engine.invocations.link((service, function), directory))

    def drain(self, timeout: float) -> None:
        """Wait until every accepted Async invocation has ended.

        Raises:
            TimeoutError: some had not after *timeout* seconds.
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

    def _call(self, coroutine: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run a coroutine in the thread's loop and return its result."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result(timeout)
        except BaseException:
            future.cancel()
            raise


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Args:
        host: A name or an address.
        port: 0 for any that is free.

    Raises:
        OSError: the port is taken, or the host is not this machine's.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=1024)
    except OSError as exc:
        raise OSError(exc.errno, f"cannot listen on {host}:{port}: {exc.strerror}") from exc
