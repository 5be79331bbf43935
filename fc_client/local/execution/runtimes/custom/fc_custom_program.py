"""Starts the program of a custom runtime, and waits until it is ready."""
# ruff: noqa: INP001, PTH110, PTH118 - loaded by bootstrap.py, not part of a package

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from typing import Any

# Beside this file, where mypy does not look.
from fc_custom_http import Server  # type: ignore[import-not-found]
from fc_custom_ports import has_listener  # type: ignore[import-not-found]

__all__ = ["Program", "RuntimeFailure", "failure"]

_POLL_SECONDS = 0.005
# Looking for a listener takes longer than a connection.
_LOOK_SECONDS = 0.1
# A program that asks for any port gets a higher one.
_FIRST_PORT, _PORTS = 10_000, 22_000
_MAX_TRIES = 100
# The program may have ended just after the connection has.
_EXIT_SECONDS = 0.3
_CODES = {
    errno.ENOENT: "CAFileNotFound",
    errno.EACCES: "CAFilePermission",
    errno.EPERM: "CAFilePermission",
}


class RuntimeFailure(Exception):  # noqa: N818 - also what the program has answered
    """The program cannot be started, has ended or has answered with an error.

    Args:
        body: The JSON that describes it.
        code: The code of the service for it, if any.
    """

    def __init__(self, body: bytes, code: str = "") -> None:
        super().__init__(body, code)
        self.body = body
        self.code = code


def failure(message: str, code: str = "") -> RuntimeFailure:
    """Return the error with a message."""
    return RuntimeFailure(json.dumps({"errorMessage": message}).encode("ascii"), code)


class Program:
    """A running program, which serves HTTP.

    Args:
        settings: The settings of the load request: its ``command`` as a list of words,
            the ``code_dir``, ``ca_port``, ``start_seconds`` and the ``health_check``, or None.

    Attributes:
        name: What messages call it.
        server: Its HTTP server.

    Raises:
        RuntimeFailure: it cannot be started.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self._code_dir = settings["code_dir"]
        self._command = settings["command"]
        self._ca_port = settings["ca_port"]
        self._start_seconds = settings["start_seconds"]
        self._health_check = settings["health_check"]
        self._is_bootstrap = self._command[0] == os.path.join(self._code_dir, "bootstrap")
        self.name = "bootstrap" if self._is_bootstrap else " ".join(self._command)
        self._started = time.monotonic()
        self._port = _free_port()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - running it is what this is for
                self._command,
                cwd=self._code_dir,
                env={**os.environ, "FC_SERVER_PORT": str(self._port)},
                stdin=subprocess.DEVNULL,
            )
        except OSError as exc:
            raise self._not_started(exc) from exc
        self.server = Server(self._port)

    def wait(self) -> None:
        """Wait until the program has ended."""
        self._process.wait()

    def is_running(self) -> bool:
        """Return whether the program has not ended."""
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait until the program listens and its health check, if any, succeeds.

        Raises:
            RuntimeFailure: it has ended, takes too long, or the check fails.
        """
        self._wait_until_it_listens()
        if self._health_check is not None:
            self._wait_until_healthy(**self._health_check)

    def _wait_until_it_listens(self) -> None:
        """Wait until the program listens on the port that it was given, or on its ``ca_port``."""
        deadline = self._started + self._start_seconds
        look = time.monotonic() + _LOOK_SECONDS
        while not self.server.listens():
            self._pause(_POLL_SECONDS)
            now = time.monotonic()
            if now > deadline:
                raise failure(
                    f"{self.name} does not listen on port {self._port} after "
                    f"{self._start_seconds} seconds: it must use the port in FC_SERVER_PORT"
                )
            if now > look:
                if has_listener(self._ca_port):
                    self.server = Server(self._ca_port)
                    return
                look = now + _LOOK_SECONDS

    def exited(self, when: str) -> RuntimeFailure | None:
        """Return the error for a program that has just ended; None if it runs."""
        try:
            self._process.wait(_EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            return None
        return self._exit_failure(when)

    def _wait_until_healthy(
        self, *, path: str, delay: int, period: int, timeout: int, failures: int, successes: int
    ) -> None:
        self._pause(self._started + delay - time.monotonic())
        succeeded = failed = 0
        while True:
            problem = self.server.check_health(path, timeout)
            succeeded, failed = (0, failed + 1) if problem else (succeeded + 1, 0)
            if succeeded >= successes:
                return
            if failed >= failures:
                raise failure(
                    f"the health check of {self.name} has failed {failed} times in a row: "
                    f"GET {path}: {problem}"
                )
            self._pause(period)

    def _pause(self, seconds: float) -> None:
        """Wait, unless the program ends."""
        try:
            self._process.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            return
        raise self._exit_failure("before it was ready on the port in FC_SERVER_PORT")

    def _exit_failure(self, when: str) -> RuntimeFailure:
        status = self._process.returncode
        return failure(f"{self.name} has exited with status {status} {when}", "CAExited")

    def _not_started(self, exc: OSError) -> RuntimeFailure:
        number = exc.errno or 0
        code = _CODES.get(number, "CAExited")
        if number == errno.ENOENT and not self._exists():
            return failure(self._how_to_find(), code)
        program = os.path.basename(self._command[0])  # noqa: PTH119
        hints = {
            errno.EACCES: f"make it executable: chmod +x {program}",
            errno.ENOEXEC: "it must be a binary for this machine, or start with a line such as "
            "#!/bin/bash",
            errno.ENOENT: "the interpreter in its first line is not installed here",
        }
        hint = f"; {hints[number]}" if number in hints else ""
        return failure(f"{self.name} cannot be started: {exc.strerror}{hint}", code)

    def _exists(self) -> bool:
        program = self._command[0]
        if "/" in program:
            return os.path.exists(os.path.join(self._code_dir, program))
        return shutil.which(program) is not None

    def _how_to_find(self) -> str:
        if self._is_bootstrap:
            return (
                "the code must have the file bootstrap, a program, "
                "or customRuntimeConfig a command that starts another one"
            )
        return (
            f"the command of customRuntimeConfig was not found: {self._command[0]!r} must be "
            "a program on the PATH, or the path of one, such as /code/server"
        )


def _free_port() -> int:
    """Return a free port outside the range from which the system gives ports to other programs."""
    for _ in range(_MAX_TRIES):
        port = _FIRST_PORT + int.from_bytes(os.urandom(4), "big") % _PORTS
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise failure(
        f"{_MAX_TRIES} ports from {_FIRST_PORT} to {_FIRST_PORT + _PORTS - 1} were tried for the "
        "program, and none was free"
    )
