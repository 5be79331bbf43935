"""Runs a command beside an instance: in its directory, with its environment."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from fc_client.local.execution.workers import Launch

__all__ = ["ExecProcess", "Streams"]

_CHUNK = 64 * 1024
_POLL_SECONDS = 0.01
# How long output is read after the end of the command, which others may keep open.
_LAST_OUTPUT_SECONDS = 0.5

# Makes the terminal on standard input that of the new session, so that Ctrl-C and job
# control work. No code runs between fork and exec in the server itself.
_TERMINAL = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "try:\n"
    "    os.execvp(sys.argv[1], sys.argv[1:])\n"
    "except OSError as exc:\n"
    "    sys.exit(f'{sys.argv[1]}: {exc.strerror}')\n"
)


@dataclass(frozen=True)
class Streams:
    """Which streams of a command are connected, and whether they are a terminal."""

    stdin: bool
    stdout: bool
    stderr: bool
    tty: bool


class ExecProcess:
    """A running command.

    Args:
        launch: How the instance was started.
        command: The command and its arguments.
        streams: The streams to connect.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, launch: Launch, command: Sequence[str], streams: Streams) -> None:
        self._loop = asyncio.get_running_loop()
        self._input: int | None = None
        # Descriptors to read from, by number: 1 for output, 2 for errors.
        self._outputs: dict[int, int] = {}
        theirs: list[int] = []
        try:
            stdin, stdout, stderr = self._connect(streams, theirs)
            self._process = subprocess.Popen(  # noqa: S603 - what the caller asks for
                _in_terminal(command) if streams.tty else list(command),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                cwd=str(launch.code_dir),
                env={**launch.environment, "TERM": "xterm"},
                start_new_session=True,
            )
        except BaseException:
            self._close()
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        for descriptor in self._descriptors():
            os.set_blocking(descriptor, False)

    def _connect(self, streams: Streams, theirs: list[int]) -> tuple[int, int, int]:
        """Open the streams; return those of the process, which are to be closed here."""
        if streams.tty:
            self._outputs[1], terminal = os.openpty()
            self._input = os.dup(self._outputs[1])
            theirs.append(terminal)
            return terminal, terminal, terminal
        stdin = stdout = stderr = subprocess.DEVNULL
        if streams.stdin:
            stdin, self._input = os.pipe()
            theirs.append(stdin)
        if streams.stdout:
            self._outputs[1], stdout = os.pipe()
            theirs.append(stdout)
        if streams.stderr:
            self._outputs[2], stderr = os.pipe()
            theirs.append(stderr)
        return stdin, stdout, stderr

    def _descriptors(self) -> list[int]:
        return [*self._outputs.values(), *([] if self._input is None else [self._input])]

    async def write(self, data: bytes) -> None:
        """Write to the command's input, unless it does not read it."""
        while data and self._input is not None:
            try:
                data = data[os.write(self._input, data) :]
            except BlockingIOError:
                await self._ready(self._input, self._loop.add_writer, self._loop.remove_writer)
            except OSError:
                return

    async def run(self, send: Callable[[int, bytes], Awaitable[None]]) -> int:
        """Pass on all output and return the exit status, negative for a signal.

        Args:
            send: Called with 1 for output or 2 for errors, and the data.
        """
        readers = [
            asyncio.ensure_future(self._read(descriptor, number, send))
            for number, descriptor in self._outputs.items()
        ]
        try:
            while (status := self._process.poll()) is None:  # noqa: ASYNC110 - no event for it
                await asyncio.sleep(_POLL_SECONDS)
            if readers:
                await asyncio.wait(readers, timeout=_LAST_OUTPUT_SECONDS)
            return status
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    async def end(self) -> None:
        """Kill the command and its group if they still run."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        while self._process.poll() is None:  # noqa: ASYNC110 - no event for it
            await asyncio.sleep(_POLL_SECONDS)
        self._close()

    async def _read(
        self, descriptor: int, number: int, send: Callable[[int, bytes], Awaitable[None]]
    ) -> None:
        while True:
            try:
                data = os.read(descriptor, _CHUNK)
            except BlockingIOError:
                await self._ready(descriptor, self._loop.add_reader, self._loop.remove_reader)
                continue
            except OSError:
                # A terminal whose other end is closed.
                return
            if not data:
                return
            await send(number, data)

    async def _ready(
        self,
        descriptor: int,
        watch: Callable[..., None],
        unwatch: Callable[[int], bool],
    ) -> None:
        ready = asyncio.Event()
        watch(descriptor, ready.set)
        try:
            await ready.wait()
        finally:
            unwatch(descriptor)

    def _close(self) -> None:
        for descriptor in self._descriptors():
            os.close(descriptor)
        self._outputs.clear()
        self._input = None


def _in_terminal(command: Sequence[str]) -> list[str]:
    # -I: the variables of the function are not for this interpreter.
    return [sys.executable, "-I", "-S", "-c", _TERMINAL, *command]
