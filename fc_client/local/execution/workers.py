"""Starts and runs one worker: the process of a runtime with its control channel and output."""

from __future__ import annotations

import asyncio
import fcntl
import os
import resource
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from fc_client._files import remove_tree
from fc_client._threads import run_blocking
from fc_client.local.execution import guardian
from fc_client.local.execution.channels import Channel, Frame
from fc_client.local.execution.function_spec import HANDLED, UNHANDLED
from fc_client.local.execution.http_exchange import HttpExchange
from fc_client.local.execution.outputs import Output
from fc_client.local.execution.process_trees import (
    ProcessTree,
    peak_mb,
    reap_orphans,
    terminate_group,
    tree_mb,
)
from fc_client.local.execution.runtimes import MARKER_VARIABLE

__all__ = ["ExitReason", "Launch", "Worker"]

_WATCH_SECONDS = 0.05
_EXIT_POLL_SECONDS = 0.002
_KILL_SECONDS = 5.0
_MAX_STANDARD_STREAM = 2
# As in the cloud, whatever the program's own is.
_UMASK = 0o022
_ERROR_TYPES = [None, HANDLED, UNHANDLED]


class ExitReason(Enum):
    """Why a worker exited, or was killed, before it replied."""

    EXITED = "exited"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    INVALID_REPLY = "invalid reply"


@dataclass(frozen=True)
class Launch:
    """How to start a worker.

    The file descriptor of the channel is appended to ``command``.
    ``directory`` is for temporary files and removed with the worker.
    ``memory_size`` is in MB.
    """

    instance_id: str
    command: Sequence[str]
    code_dir: Path
    environment: Mapping[str, str]
    directory: Path
    memory_size: int


class Worker:
    """A running process that answers one request at a time.

    Raises:
        OSError: the process cannot be started.
        ValueError: the environment has a NUL character.
    """

    def __init__(self, launch: Launch, on_exit: Callable[[], None]) -> None:
        self._launch = launch
        self._on_exit = on_exit
        self._loop = asyncio.get_running_loop()
        self._reply: asyncio.Future[Frame | ExitReason] | None = None
        self._peak_mb = 0.0
        self._alive = True
        self._process, connection, pipe = _start(launch)
        self._tree = ProcessTree(self._process.pid)
        self._request_number = 0
        self._exchange: HttpExchange | None = None
        self._channel = Channel(connection, self._on_frame, self._on_end)
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
        return await self._receive(seconds)

    async def request(
        self, header: Mapping[str, Any], body: bytes, seconds: float
    ) -> Frame | ExitReason:
        """Send a request and return the reply, or why the worker did not reply.

        When this returns an ExitReason, the process and its group have been
        killed.

        Args:
            header: The request; sent as JSON.
            body: The event, or empty.
            seconds: Maximum time until the reply.
        """
        self._request_number += 1
        self._channel.send({**header, "id": self._request_number}, body)
        return await self._receive(seconds)

    async def serve(
        self, header: Mapping[str, Any], exchange: HttpExchange, seconds: float
    ) -> Frame | ExitReason:
        """Run a call of an HTTP function; like :meth:`request`, with streams both ways."""
        opening, body = exchange.opening()
        self._request_number += 1
        self._channel.send({**header, **opening, "id": self._request_number}, body)
        exchange.connect(_WorkerLink(self._channel, self._request_number))
        self._exchange = exchange
        try:
            result = await self._receive(seconds)
        finally:
            self._exchange = None
            exchange.disconnect()
        if isinstance(result, ExitReason) or result.header["error_type"] is not None:
            return result
        if exchange.finish(result):
            return result
        self.kill()
        return ExitReason.INVALID_REPLY

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
        self._channel.close()
        self._output.close()
        await run_blocking(self._clean_up)

    async def _receive(self, seconds: float) -> Frame | ExitReason:
        self._reply = self._loop.create_future()
        timer = self._loop.call_later(seconds, self._finish, ExitReason.TIMED_OUT)
        self._watcher = self._loop.call_later(_WATCH_SECONDS, self._watch)
        try:
            result = await self._reply
        finally:
            timer.cancel()
            self._watcher.cancel()
            self._reply = None
        return self._checked(result)

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
            self._finish(ExitReason.EXITED)
        else:
            self._watcher = self._loop.call_later(_WATCH_SECONDS, self._watch)

    def _on_frame(self, frame: Frame) -> None:
        # Only the reply to the current request is expected, in parts if it is a
        # response. The function may write to the channel as well.
        if self._reply is None or self._reply.done():
            self._channel.reject()
        elif self._is_reply(frame):
            self._finish(frame)
        elif not self._is_part(frame):
            self._channel.reject()

    def _is_part(self, frame: Frame) -> bool:
        """Return whether a frame is a part of a response, which the exchange has taken."""
        number = frame.header.get("id")
        return (
            self._exchange is not None
            and type(number) is int
            and number == self._request_number
            and frame.header.get("part") is True
            and self._exchange.receive(frame)
        )

    def _is_reply(self, frame: Frame) -> bool:
        header = frame.header
        number = header.get("id")
        return (
            type(number) is int
            and number == self._request_number
            and header.get("error_type", "") in _ERROR_TYPES
            and isinstance(header.get("reusable"), bool)
        )

    def _on_end(self, invalid: bool) -> None:
        self._alive = False
        if self._reply is None:
            self._on_exit()
        else:
            self._finish(ExitReason.INVALID_REPLY if invalid else ExitReason.EXITED)

    def _finish(self, result: Frame | ExitReason) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(result)

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


class _WorkerLink:
    """Sends the body of one HTTP request to a worker."""

    def __init__(self, channel: Channel, number: int) -> None:
        self._number = number
        self._channel = channel
        self.pause = channel.pause
        self.resume = channel.resume

    def send_chunk(self, data: bytes, *, more: bool, broken: bool) -> None:
        """Send a part of the request's body."""
        header = {"kind": "chunk", "id": self._number, "more": more, "broken": broken}
        self._channel.send(header, data)


def _start(launch: Launch) -> tuple[subprocess.Popen[bytes], socket.socket, int]:
    """Start the process; return it with our ends of the channel and the output pipe."""
    launch.directory.mkdir()
    launch.directory.chmod(0o700)
    ours, theirs = _socket_pair()
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 - running functions is what this is for
            [*launch.command, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            cwd=str(launch.code_dir),
            env=launch.environment,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            umask=_UMASK,
        )
    except (OSError, ValueError):
        ours.close()
        os.close(reading)
        launch.directory.rmdir()
        raise
    finally:
        theirs.close()
        os.close(writing)
    _forbid_core_file(process.pid)
    return process, ours, reading


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
