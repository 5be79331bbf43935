"""Runs a Python function in a worker process: the python3 runtimes.

This program imports nothing of the package, does not see the site-packages of
the host (``-S``) and runs on Python 3.8 and later.

    python -S -B -u bootstrap.py CHANNEL

CHANNEL is the file descriptor of a stream socket. A request is a frame: header
length, body length (big-endian, 32 bits each), a JSON header, a body. Every
request gets one reply with the same ``id``. The kinds of request are ``load``
(import the handler's module), ``initialize``, ``invoke``, ``http`` and
``sources`` (list the files that have been imported). Before the first request the
runtime sends a reply with the ``id`` 0, when the interpreter is ready.

A request of kind ``http`` may be followed by ``chunk`` frames, the rest of its
body. Its response may be sent in parts, ``{"id": ..., "part": true}``, before the
reply; the first of these frames has ``response``: the status and the headers.
"""
# ruff: noqa: INP001, E402 - a script; the import path comes first

from __future__ import annotations

import sys
from posix import environ


def _function_path() -> list[str]:
    """Return the entries of the function's PYTHONPATH."""
    value = environ.get(b"PYTHONPATH", b"")
    return value.decode("utf-8", "surrogateescape").split(":") if value else []


# Until the function is loaded, all modules are Python's and the runtime's own:
# neither the code nor PYTHONPATH may replace them.
RUNTIME_DIR = __file__.rpartition("/")[0]
FUNCTION_PATH = _function_path()
PYTHON_PATH = [path for path in sys.path if path not in (RUNTIME_DIR, *FUNCTION_PATH)]
sys.path[:] = [RUNTIME_DIR, *PYTHON_PATH]

import logging
import os
import site
import time
from collections.abc import Callable
from contextlib import suppress
from json import dumps
from types import ModuleType
from typing import Any, NoReturn

# Beside this script, where mypy does not look.
from fc_runtime_channel import Channel  # type: ignore[import-not-found]
from fc_runtime_errors import (  # type: ignore[import-not-found]
    frames_of,
    message_of,
    show_code_dir,
    text_of,
    type_name,
)
from fc_runtime_http import serve  # type: ignore[import-not-found]
from fc_runtime_imports import (  # type: ignore[import-not-found]
    LoadError,
    load,
    loaded_files,
    prepare,
)
from fc_runtime_process import (  # type: ignore[import-not-found]
    adopt_orphans,
    prepare_signals,
)

UNHANDLED = "UnhandledInvocationError"
# Guide, "Callback usage": the limit for the record of an error.
RECORD_LIMIT = 256 * 1024
RECORD_CUT = b"Truncated by FunctionCompute"


class ReadOnly:
    """A part of the context, with read-only attributes."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"the context is read-only: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"the context is read-only: {name}")

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({values})"


class FCContext(ReadOnly):
    """The context of a call (guide, "Context")."""


class LogFormatter(logging.Formatter):
    """``2017-07-05T05:13:35.920Z <request id> [INFO] message``."""

    request_id = ""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(request_id)s [%(levelname)s] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return *record* as a line of the log, with the request ID."""
        record.request_id = self.request_id
        return super().format(record)

    def formatTime(  # noqa: N802 - logging's name
        self,
        record: logging.LogRecord,
        datefmt: str | None = None,  # noqa: ARG002 - part of the signature
    ) -> str:
        """Return the time of *record*."""
        return timestamp(record.created)


class Function:
    """The function: answers the requests of the server."""

    def __init__(self, formatter: LogFormatter, channel: Channel) -> None:
        self._formatter = formatter
        self._channel = channel
        self._response: dict[str, Any] = {}
        self._settings: dict[str, Any] = {}
        self._shown: Callable[[str], str] = str
        self._handler: Callable[..., Any]  # set by the first request, "load"
        self._actions: dict[str, Callable[[dict[str, Any], bytes], bytes]] = {
            "load": self._load,
            "initialize": self._initialize,
            "invoke": self._invoke,
            "http": self._serve,
            "pre-freeze": self._run_hook,
            "pre-stop": self._run_hook,
            "sources": self._sources,
        }

    def answer(self, request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Handle *request* and return the header and body of the reply."""
        self._formatter.request_id = request["request_id"]
        header = {"id": request["id"], "error_type": None, "reusable": True}
        self._response = {}
        try:
            payload = self._actions[request["kind"]](request, body)
            header.update(self._response)
        except SystemExit as leaving:
            exit_process(leaving)
        except BaseException as exc:  # noqa: BLE001 - the function may raise anything
            header.update(error_type=UNHANDLED, reusable=request["kind"] != "load")
            payload = self._failure(exc, request["request_id"])
        flush()
        return header, payload

    def _load(self, request: dict[str, Any], _body: bytes) -> bytes:
        self._settings = settings = request["settings"]
        code_dir = settings["code_dir"]
        self._shown = show_code_dir(code_dir, settings["opt_dir"])
        prepare(code_dir, FUNCTION_PATH, [*PYTHON_PATH, *settings["modules"]])
        self._handler = load(settings["handler"], code_dir)
        return b""

    def _initialize(self, request: dict[str, Any], _body: bytes) -> bytes:
        initializer = load(self._settings["initializer"], self._settings["code_dir"])
        initializer(self._context(request))
        return b""

    def _run_hook(self, request: dict[str, Any], _body: bytes) -> bytes:
        hook = load(self._settings["hooks"][request["kind"]], self._settings["code_dir"])
        hook(self._context(request))
        return b""

    def _invoke(self, request: dict[str, Any], event: bytes) -> bytes:
        payload = encoded(self._handler(event, self._context(request)))
        limit = self._settings["max_result"]
        if len(payload) > limit:
            raise ValueError(f"the result must have at most {limit} bytes, got {len(payload)}")
        return payload

    def _serve(self, request: dict[str, Any], body: bytes) -> bytes:
        context = self._context(request)
        payload: bytes
        self._response, payload = serve(
            self._handler, context, request, body, self._channel, self._settings["max_result"]
        )
        return payload

    def _sources(self, _request: dict[str, Any], _body: bytes) -> bytes:
        return dumps(loaded_files(self._settings["code_dir"])).encode("ascii")

    def _context(self, request: dict[str, Any]) -> FCContext:
        values = self._settings["context"]
        return FCContext(
            request_id=request["request_id"],
            credentials=ReadOnly(**values["credentials"]),
            function=ReadOnly(**values["function"]),
            service=ReadOnly(**values["service"], qualifier=request["qualifier"]),
            region=values["region"],
            account_id=values["account_id"],
            tracing=ReadOnly(**request["tracing"]),
        )

    def _failure(self, exc: BaseException, request_id: str) -> bytes:
        """Write *exc* to the log and return the body that describes it."""
        # Not isinstance, which asks the exception for its class.
        failure: Any = exc if type(exc) is LoadError else None
        cause = failure.cause if failure else exc
        # First, since the exception's own code may raise it once more.
        stack = frames_of(cause) + (failure.location if failure else [])
        record(request_id, self._shown(text_of(cause)))
        error = {
            "errorMessage": self._shown(message_of(exc)),
            "errorType": type_name(cause),
            "stackTrace": [[self._shown(part) for part in frame] for frame in stack],
        }
        payload = dumps(error).encode("ascii")
        limit = self._settings["max_result"]
        if len(payload) > limit:
            error = {"errorMessage": f"the error must have at most {limit} bytes as JSON"}
            payload = dumps({**error, "errorType": type_name(cause)}).encode("ascii")
        return payload


def encoded(result: object) -> bytes:
    """Return the result of a handler as bytes.

    Raises:
        TypeError: it is not bytes, text or JSON-serializable.
    """
    # A subclass may have its own length, encoding and so on.
    if isinstance(result, bytes):
        return b"".join([result])
    if isinstance(result, str):
        return str.encode(result, "utf-8")
    try:
        return dumps(result, allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError) as exc:
        # A new exception, without the frames of the json module.
        raise TypeError(str(exc)) from None


def timestamp(seconds: float) -> str:
    """Return a UTC time with milliseconds."""
    milliseconds = int(seconds * 1000)
    day = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{day}.{milliseconds % 1000:03d}Z"


def record(request_id: str, text: str) -> None:
    """Write an error to the log, even if the function replaced its streams."""
    data = text.rstrip("\n").encode("utf-8", "backslashreplace")
    if len(data) > RECORD_LIMIT:
        data = data[:RECORD_LIMIT] + RECORD_CUT
    flush()
    prefix = f"{timestamp(time.time())} {request_id} [ERROR] ".encode()
    rest = memoryview(prefix + data + b"\n")
    with suppress(OSError):
        while rest:
            rest = rest[os.write(2, rest) :]


def flush() -> None:
    """Flush the output; the function may have closed or replaced the streams."""
    for name in ("stdout", "stderr"):
        with suppress(BaseException):
            getattr(sys, name).flush()


def exit_process(leaving: SystemExit) -> NoReturn:
    """Exit like ``sys.exit``, but without waiting for threads."""
    status = 1
    with suppress(BaseException):  # the code may be any object of the function
        code = leaving.code
        if code is None or isinstance(code, int):
            status = int(code or 0) & 0xFF
        else:
            sys.stderr.write(f"{code}\n")
    flush()
    os._exit(status)


def prepare_logging() -> LogFormatter:
    """Make ``logging`` write the service's format, from level INFO."""
    formatter = LogFormatter()
    # A separate stream, since the function may replace or close sys.stderr.
    handler = logging.StreamHandler(
        os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    )
    handler.setFormatter(formatter)
    logging.root.addHandler(handler)
    logging.root.setLevel(logging.INFO)
    return formatter


def prepare_interpreter() -> None:
    """Make the interpreter look like one that was started without -S, by a shell."""
    for stream in (sys.stdout, sys.stderr):
        # -u: everything is written at once, so that nothing is lost when the
        # process is killed, and the order is that of all writers.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    # -S disables these together with the site-packages.
    site.setquit()
    site.setcopyright()
    site.sethelper()
    sys.argv = sys.argv[:1]
    # Names of the runtime that a function could import by accident.
    for name in [name for name in sys.modules if name.startswith("fc_runtime_")]:
        del sys.modules[name]
    sys.modules["__main__"] = ModuleType("__main__")


def main() -> None:
    """Serve requests until the server closes the channel."""
    prepare_signals()
    adopt_orphans()
    channel = Channel(int(sys.argv[1]))
    prepare_interpreter()
    function = Function(prepare_logging(), channel)
    channel.send({"id": 0, "error_type": None, "reusable": True}, b"")
    while True:
        request, body = channel.receive()
        # The rest of a body that the function has not read is left.
        if request["kind"] != "chunk":
            channel.send(*function.answer(request, body))


if __name__ == "__main__":
    main()
