"""Runs a function with a runtime of its own in a worker process: the custom runtimes.

    python -I -S -B -u bootstrap.py CHANNEL [SOCKET]

The function is a program, ``bootstrap`` in its code or a command, that serves HTTP on the
port in FC_SERVER_PORT, or on Linux on its caPort. This program starts it and passes on what
the server sends on the channel (``python3/bootstrap.py`` describes the frames): ``load``
starts it and waits until it listens, events are ``POST /invoke``, and so on. Further
channels, for requests at the same time, come over the socket. The output of the program is
the log.
"""
# ruff: noqa: INP001, PTH118, PTH120 - a script; the import path comes first

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(__file__)), "python3"))

import json
import signal
import socket
import threading
import time
from typing import Any, NoReturn

# Beside the other runtime, where mypy does not look.
from fc_runtime_channel import Channel  # type: ignore[import-not-found]
from fc_runtime_process import (  # type: ignore[import-not-found]
    adopt_orphans,
    prepare_signals,
)

sys.path.insert(0, os.path.dirname(__file__))

from fc_custom_http import (  # type: ignore[import-not-found]
    BadResponse,
    Frames,
    exchange,
)
from fc_custom_program import (  # type: ignore[import-not-found]
    Program,
    RuntimeFailure,
    failure,
)

UNHANDLED = "UnhandledInvocationError"
MAX_SOURCES = 1000
_HTTP_ERROR = 400


class Function:
    """The function: its program, and the requests to it."""

    def __init__(self) -> None:
        self._settings: dict[str, Any] = {}
        self._program: Program
        # One per channel, held while a request runs.
        self._locks: list[threading.Lock] = []
        self._actions: dict[str, Any] = {
            "load": lambda request, *_: self._load(request),
            "initialize": lambda request, *_: self._post("/initialize", request, b""),
            "invoke": lambda request, event, _: self._post("/invoke", request, event),
            "http": self._serve,
            "pre-freeze": lambda request, *_: self._get("/pre-freeze", request),
            "pre-stop": lambda request, *_: self._get("/pre-stop", request),
            "sources": lambda *_: self._sources(),
        }

    def serve(self, channel: Channel) -> NoReturn:
        """Answer the requests of a channel, one at a time."""
        lock, frames = threading.Lock(), Frames(channel)
        self._locks.append(lock)
        while True:
            request, body = frames.receive()
            # The rest of a body that the program has not read is left.
            if request["kind"] != "chunk":
                with lock:
                    channel.send(*self._answer(request, body, frames))

    def serve_more(self, descriptor: int) -> None:
        """Answer the requests of further channels, whose descriptors come over a socket."""
        with socket.socket(fileno=descriptor) as control:
            while True:
                _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
                if not descriptors:
                    return
                channel = Channel(descriptors[0])
                threading.Thread(target=self.serve, args=(channel,), daemon=True).start()

    def _answer(
        self, request: dict[str, Any], body: bytes, frames: Frames
    ) -> tuple[dict[str, Any], bytes]:
        """Handle *request* and return the header and body of the reply."""
        header = {"id": request["id"], "error_type": None, "reusable": True}
        try:
            fields, payload = self._actions[request["kind"]](request, body, frames)
        except RuntimeFailure as exc:
            reusable = request["kind"] != "load" and self._is_usable(exc)
            header.update(error_type=UNHANDLED, reusable=reusable, code=exc.code)
            if exc.code:
                record(request["request_id"], json.loads(exc.body)["errorMessage"])
            return header, exc.body
        return {**header, **fields}, payload

    def _is_usable(self, exc: RuntimeFailure) -> bool:
        """Return whether the program can get requests after an error."""
        if not self._program.is_running():
            return False
        return exc.code != "BadResponse" or bool(self._program.server.listens())

    def _load(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        self._settings = request["settings"]
        self._program = Program(self._settings)
        threading.Thread(target=self._exit_with_program, daemon=True).start()
        self._program.wait_until_ready()
        return {}, b""

    def _exit_with_program(self) -> None:
        """Exit when the program has ended, but not before running requests have their replies."""
        self._program.wait()
        for lock in self._locks:
            lock.acquire()
        os._exit(1)

    def _post(
        self, path: str, request: dict[str, Any], body: bytes
    ) -> tuple[dict[str, Any], bytes]:
        return self._call("POST", path, request, body)

    def _get(self, path: str, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        return self._call("GET", path, request, b"")

    def _call(
        self, method: str, path: str, request: dict[str, Any], body: bytes
    ) -> tuple[dict[str, Any], bytes]:
        headers = {**self._headers(path, request), "content-type": "application/octet-stream"}
        try:
            reply = self._program.server.call(
                method, path, headers, body, self._settings["max_result"]
            )
        except (OSError, BadResponse) as exc:
            raise self._broken(exc) from exc
        status = reply.headers.get("x-fc-status", "200")
        if reply.status >= _HTTP_ERROR or status != "200":
            raise (
                RuntimeFailure(reply.body)
                if reply.body
                else failure(
                    f"{self._program.name} has answered {method} {path} with status {reply.status}"
                )
            )
        return {}, reply.body

    def _serve(
        self, request: dict[str, Any], body: bytes, frames: Frames
    ) -> tuple[dict[str, Any], bytes]:
        headers = self._headers("/http-invoke", request)
        try:
            response, rest = exchange(self._program.server, frames, request, body, headers)
        except (OSError, BadResponse) as exc:
            raise self._broken(exc) from exc
        return response, rest

    def _broken(self, exc: Exception) -> RuntimeFailure:
        """Return the error for a connection that broke or a response that is not HTTP."""
        message = f"the response of {self._program.name} cannot be read: {exc}"
        return self._program.exited("before it has answered") or failure(message, "BadResponse")

    def _sources(self) -> tuple[dict[str, Any], bytes]:
        """Return the files of the code: any of them may be in use."""
        found: list[str] = []
        for directory, names, files in os.walk(self._settings["code_dir"]):
            names[:] = [name for name in names if name not in (".git", "node_modules")]
            found += [os.path.join(directory, name) for name in files]
            if len(found) > MAX_SOURCES:
                break
        return {}, json.dumps(found[:MAX_SOURCES]).encode("ascii")

    def _headers(self, path: str, request: dict[str, Any]) -> dict[str, str]:
        """Return the headers with the context (documentation: custom runtimes)."""
        context, settings = self._settings["context"], self._settings
        credentials, function = context["credentials"], context["function"]
        tracing = request["tracing"]
        return {
            "x-fc-request-id": request["request_id"],
            "x-fc-control-path": path,
            "x-fc-access-key-id": credentials["access_key_id"],
            "x-fc-access-key-secret": credentials["access_key_secret"],
            "x-fc-security-token": credentials["security_token"],
            "x-fc-function-name": function["name"],
            "x-fc-function-handler": function["handler"],
            "x-fc-function-memory": str(function["memory"]),
            "x-fc-function-timeout": str(function["timeout"]),
            "x-fc-function-initializer": settings["initializer"] or "",
            "x-fc-service-name": context["service"]["name"],
            "x-fc-service-logproject": context["service"]["log_project"],
            "x-fc-service-logstore": context["service"]["log_store"],
            "x-fc-qualifier": request["qualifier"],
            "x-fc-version-id": context["service"]["version_id"],
            "x-fc-region": context["region"],
            "x-fc-account-id": context["account_id"],
            "x-fc-instance-id": os.environ["FC_INSTANCE_ID"],
            "x-fc-tracing-opentracing-span-context": tracing.get("span_context", ""),
            "x-fc-tracing-jaeger-endpoint": tracing.get("jaeger_endpoint", ""),
        }


def record(request_id: str, message: str) -> None:
    """Write what is wrong with the program to the log."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    sys.stderr.write(f"{moment} {request_id} [ERROR] {message}\n")


def main() -> NoReturn:
    """Serve requests until the server closes the channel or the program ends."""
    prepare_signals()
    adopt_orphans()
    # The program gets it as well and may end itself; this process ends with it.
    signal.signal(signal.SIGTERM, lambda *_: None)
    channel = Channel(int(sys.argv[1]))
    function = Function()
    for descriptor in map(int, sys.argv[2:]):
        os.set_inheritable(descriptor, False)
        target = function.serve_more
        threading.Thread(target=target, args=(descriptor,), daemon=True).start()
    channel.send({"id": 0, "error_type": None, "reusable": True}, b"")
    function.serve(channel)


if __name__ == "__main__":
    main()
