"""Starts and runs one worker: the process of a runtime with its control channels and output."""

from __future__ import annotations

import asyncio
import fcntl
import os
import resource
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fc_client._files import remove_tree
from fc_client._threads import run_blocking
from fc_client.local.execution import guardian
from fc_client.local.execution.channels import Frame
from fc_client.local.execution.http_exchange import HttpExchange
from fc_client.local.execution.outputs import Output
from fc_client.local.execution.process_trees import (
    ProcessTree,
    peak_mb,
    reap_orphans,
    terminate_group,
    tree_mb,
)
from fc_client.local.execution.request_channels import ExitReason, RequestChannel
from fc_client.local.execution.runtimes import MARKER_VARIABLE

__all__ = ["Launch", "Worker"]

_WATCH_SECONDS = 0.05
_EXIT_POLL_SECONDS = 0.002
_KILL_SECONDS = 5.0
_MAX_STANDARD_STREAM = 2
# As in the cloud, whatever the program's own is.
_UMASK = 0o022


@dataclass(frozen=True)
class Launch:
    """How to start a worker.

    The file descriptor of the channel is appended to ``command``; for a ``concurrency``
    of more than 1 that of a socket as well, over which further channels are sent.
    ``directory`` is for temporary files and removed with the worker.
    ``memory_size`` is in MB.
    """

    instance_id: str
    command: Sequence[str]
    code_dir: Path
    environment: Mapping[str, str]
    directory: Path
    memory_size: int
    concurrency: int = 1


class Worker:
    """A running process that answers requests, each over a channel of its own.

    Raises:
        OSError: the process cannot be started.
        ValueError: the environment has a NUL character.
    """

    def __init__(self, launch: Launch, on_exit: Callable[[], None]) -> None:
        self._launch = launch
        self._on_exit = on_exit
        self._loop = asyncio.get_running_loop()
        self._peak_mb = 0.0
        self._alive = True
        self._running = 0
        self._process, connection, self._control, pipe = _start(launch)
        self._tree = ProcessTree(self._process.pid)
        self._channels = [self._channel(connection)]
        self._output = Output(pipe)

    @property
    def launch(self) -> Launch:
        """How the process was started."""
        return self._launch

    @property
    def alive(self) -> bool:
        """Whether the process can answer another request."""
        return self._alive and self._process.poll() is None

    @property
    def peak_mb(self) -> float:
        """The largest resident size measured, in MB."""
        return self._peak_mb

    def take_output(self) -> bytes:
        """Return the output since the last call."""
        return self._output.take()

    async def ready(self, seconds: float) -> Frame | ExitReason:
        """Wait at most *seconds* until the runtime is ready."""
        with self._watched():
            return await self._channels[0].receive(seconds)

    async def request(
        self, header: Mapping[str, Any], body: bytes | HttpExchange, seconds: float
    ) -> Frame | ExitReason:
        """Send a request and return the reply, or why the worker did not reply.

        When this returns an ExitReason, the process and its group have been
        killed.

        Args:
            header: The request; sent as JSON.
            body: The event, or empty; or a call of an HTTP function.
            seconds: Maximum time until the reply.
        """
        with self._watched():
            channel = self._free_channel()
            if isinstance(body, bytes):
                return await channel.request(header, body, seconds)
            return await channel.serve(header, body, seconds)

    def kill(self) -> None:
        """Kill the process, its group and its descendants immediately."""
        self._alive = False
        self._tree.kill()

    async def end(self, grace: float) -> None:
        """End the process and all that it started; return when they have ended.

        Args:
            grace: Seconds from SIGTERM to SIGKILL.
        """
        self._alive = False
        # They would not be found any more when the process has ended.
        self._tree.look()
        terminate_group(self._process.pid)
        await self._exited(grace)
        self.kill()
        self._finish(ExitReason.EXITED)
        await self._exited(_KILL_SECONDS)
        for channel in self._channels:
            channel.close()
        if self._control is not None:
            self._control.close()
        self._output.close()
        await run_blocking(self._clean_up)

    def _channel(self, connection: socket.socket) -> RequestChannel:
        return RequestChannel(connection, self._checked, self._on_channel_end)

    def _free_channel(self) -> RequestChannel:
        """Return a channel without a request; a new one if all are busy."""
        for channel in self._channels:
            if not channel.is_busy:
                return channel
        ours, theirs = _socket_pair()
        # Without a receiver the channel ends at once, as if the worker had exited.
        with theirs, suppress(OSError):
            if self._control is not None:
                socket.send_fds(self._control, [b"+"], [theirs.fileno()])
        self._channels.append(self._channel(ours))
        return self._channels[-1]

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Watch the process while requests run."""
        if not self._running:
            self._watcher = self._loop.call_later(_WATCH_SECONDS, self._watch)
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            if not self._running:
                self._watcher.cancel()

    def _checked(self, result: Frame | ExitReason) -> Frame | ExitReason:
        """Return *result*, or OUT_OF_MEMORY if the peak exceeded the limit between two checks."""
        self._peak_mb = max(self._peak_mb, peak_mb(self._process.pid))
        if isinstance(result, Frame) and self._peak_mb > self._launch.memory_size:
            result = ExitReason.OUT_OF_MEMORY
        if isinstance(result, ExitReason):
            self.kill()
        return result

    def _watch(self) -> None:
        """Check memory and exit at intervals while a request runs.

        The channel does not report an exit while a grandchild has it open.
        """
        self._tree.look()
        size = tree_mb(self._process.pid, self._launch.memory_size)
        self._peak_mb = max(self._peak_mb, size)
        if size > self._launch.memory_size:
            self._finish(ExitReason.OUT_OF_MEMORY)
        elif self._process.poll() is not None:
            for channel in self._channels:
                channel.exited()
        self._watcher = self._loop.call_later(_WATCH_SECONDS, self._watch)

    def _on_channel_end(self) -> None:
        self._alive = False
        if not self._running:
            self._on_exit()

    def _finish(self, result: ExitReason) -> None:
        for channel in self._channels:
            channel.finish(result)

    async def _exited(self, seconds: float) -> None:
        """Wait at most *seconds* until the process has ended."""
        # The child watchers of asyncio need the main thread or a thread per child.
        deadline = self._loop.time() + seconds
        while self._process.poll() is None and self._loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_EXIT_POLL_SECONDS)

    def _clean_up(self) -> None:
        guardian.sweep(f"{MARKER_VARIABLE}={self._launch.instance_id}", passes=1)
        reap_orphans()
        remove_tree(self._launch.directory)


def _start(
    launch: Launch,
) -> tuple[subprocess.Popen[bytes], socket.socket, socket.socket | None, int]:
    """Start the process; return it with our ends of its sockets and the output pipe."""
    launch.directory.mkdir()
    launch.directory.chmod(0o700)
    pairs = [_socket_pair() for _ in range(2 if launch.concurrency > 1 else 1)]
    descriptors = [theirs.fileno() for _, theirs in pairs]
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 - running functions is what this is for
            [*launch.command, *map(str, descriptors)],
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            cwd=str(launch.code_dir),
            env=launch.environment,
            pass_fds=descriptors,
            start_new_session=True,
            umask=_UMASK,
        )
    except (OSError, ValueError):
        for ours, _ in pairs:
            ours.close()
        os.close(reading)
        launch.directory.rmdir()
        raise
    finally:
        for _, theirs in pairs:
            theirs.close()
        os.close(writing)
    _forbid_core_file(process.pid)
    return process, pairs[0][0], pairs[1][0] if len(pairs) > 1 else None, reading


def _socket_pair() -> tuple[socket.socket, socket.socket]:
    """Return a pair of sockets; the second one is for the worker.

    It is blocking, whatever ``socket.setdefaulttimeout`` or gevent do, and its
    descriptor is not that of a standard stream, which the program may have closed.
    """
    ours, theirs = socket.socketpair()
    if theirs.fileno() <= _MAX_STANDARD_STREAM:
        with theirs:
            number = fcntl.fcntl(theirs, fcntl.F_DUPFD_CLOEXEC, _MAX_STANDARD_STREAM + 1)
        theirs = socket.socket(fileno=number)
    os.set_blocking(theirs.fileno(), True)
    return ours, theirs


def _forbid_core_file(pid: int) -> None:
    """Prevent core files in the directory of the code after a crash (Linux)."""
    if hasattr(resource, "prlimit"):
        with suppress(OSError):
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
