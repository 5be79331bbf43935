"""Runs a Python function in a worker process: the python3 runtimes.

This program imports nothing of the package, does not see the site-packages of
the host (``-S``) and runs on Python 3.8 and later.

    python -S -B -u bootstrap.py CHANNEL

CHANNEL is the file descriptor of a stream socket. A request is a frame: header
length, body length (big-endian, 32 bits each), a JSON header, a body. Every
request gets one reply. The kinds of request are ``load`` (import the
handler's module), ``initialize`` and ``invoke``. Before the first request the
runtime sends a reply ``start``, when the interpreter is ready.
"""
# ruff: noqa: INP001 - a script, not part of a package

from __future__ import annotations

import io
import json
import logging
import os
import re
import select
import signal
import site
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn, cast

UNHANDLED = "UnhandledInvocationError"
SHOWN_CODE_DIR = "/code"
# Guide, "Callback usage": the limit for the record of an error.
RECORD_LIMIT = 256 * 1024
RECORD_CUT = b"Truncated by FunctionCompute"

_LENGTHS = struct.Struct(">II")
_READ_SIZE = 1024 * 1024
_SMALL_BODY = 64 * 1024


class LoadError(Exception):
    """The handler's module cannot be imported; *cause* is the exception."""

    def __init__(self, message: str, cause: BaseException, location: list[list[str]]) -> None:
        super().__init__(message)
        self.cause = cause
        self.location = location


class Channel:
    """The worker's end of the control channel."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._descriptor = descriptor
        self._owner = os.getpid()
        os.register_at_fork(after_in_child=self._leave)
        threading.Thread(target=self._die_with_server, daemon=True).start()

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """Wait for the next request and return its header and body."""
        head_length, body_length = _LENGTHS.unpack(self._read(_LENGTHS.size))
        return json.loads(self._read(head_length)), self._read(body_length)

    def send(self, header: dict[str, Any], body: bytes) -> None:
        """Send a reply."""
        if os.getpid() != self._owner:
            # A child that the function forked has returned from the handler as
            # well. Only the parent sends the reply of the event.
            os._exit(0)
        head = json.dumps(header).encode("ascii")
        prefix = _LENGTHS.pack(len(head), len(body)) + head
        # A single write wakes the server once. A large body is not copied for it.
        parts = [prefix + body] if len(body) < _SMALL_BODY else [prefix, body]
        for part in parts:
            self._write(part)

    def _read(self, length: int) -> bytes:
        # getvalue() of BytesIO does not copy, so a large event is in memory once.
        received = io.BytesIO()
        while received.tell() < length:
            data = os.read(self._descriptor, min(_READ_SIZE, length - received.tell()))
            if not data:
                end_group()
            received.write(data)
        return received.getvalue()

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _leave(self) -> None:
        """Close the channel in a forked child; its own children find it closed."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _die_with_server(self) -> None:
        """Kill the process group when the server's end closes, whatever the function does."""
        poll = select.poll()
        poll.register(self._descriptor, 0)  # POLLHUP is reported even without a mask
        poll.poll()
        end_group()


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

    def __init__(self, formatter: LogFormatter) -> None:
        self._formatter = formatter
        self._settings: dict[str, Any] = {}
        self._handler: Callable[..., Any]  # set by the first request, "load"
        self._actions: dict[str, Callable[[str, bytes], bytes]] = {
            "load": self._load,
            "initialize": self._initialize,
            "invoke": self._invoke,
        }

    def answer(self, request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Handle *request* and return the header and body of the reply."""
        self._formatter.request_id = request["request_id"]
        self._settings = request.get("settings") or self._settings
        header: dict[str, Any] = {"error_type": None, "reusable": True}
        try:
            payload = self._actions[request["kind"]](request["request_id"], body)
        except SystemExit as leaving:
            exit_process(leaving)
        except BaseException as exc:  # noqa: BLE001 - the function may raise anything
            header = {"error_type": UNHANDLED, "reusable": request["kind"] != "load"}
            payload = self._failure(exc, request["request_id"])
        flush()
        return header, payload

    def _load(self, _request_id: str, _body: bytes) -> bytes:
        sys.path.insert(0, self._settings["code_dir"])
        self._handler = load(self._settings["handler"])
        return b""

    def _initialize(self, request_id: str, _body: bytes) -> bytes:
        load(self._settings["initializer"])(self._context(request_id))
        return b""

    def _invoke(self, request_id: str, event: bytes) -> bytes:
        return encoded(self._handler(event, self._context(request_id)))

    def _context(self, request_id: str) -> FCContext:
        values = self._settings["context"]
        return FCContext(
            request_id=request_id,
            credentials=ReadOnly(**values["credentials"]),
            function=ReadOnly(**values["function"]),
            service=ReadOnly(**values["service"]),
            region=values["region"],
            account_id=values["account_id"],
        )

    def _failure(self, exc: BaseException, request_id: str) -> bytes:
        """Write *exc* to the log and return the body that describes it."""
        cause = exc.cause if isinstance(exc, LoadError) else exc
        code_dir = self._settings["code_dir"]
        record(request_id, shown(code_dir, "".join(description(cause))))
        stack = exc.location if isinstance(exc, LoadError) else []
        error = {
            "errorMessage": shown(code_dir, message_of(exc)),
            "errorType": type(cause).__name__,
            "stackTrace": [
                [shown(code_dir, part) for part in frame] for frame in stack_trace(cause) + stack
            ],
        }
        return json.dumps(error).encode("ascii")


def load(handler: str) -> Callable[..., Any]:
    """Import the module of *handler*, ``[dir/]module.name``, and return the function.

    Raises:
        LoadError: the module, or one that it imports, is missing or not valid
            Python.
        AttributeError: the module does not have the function.
        ValueError: *handler* does not name a module.
    """
    path, _, name = handler.rpartition(".")
    module = path.replace("/", ".")
    if not module:
        raise ValueError(f"Handler '{handler}' is not of the form module.function")
    try:
        __import__(module)
    except ImportError as exc:
        raise LoadError(f"Unable to import module '{path}'", exc, []) from exc
    except SyntaxError as exc:
        location = [f'File "{exc.filename}"', f"line {exc.lineno}", (exc.text or "").strip()]
        raise LoadError(f"Syntax error in module '{path}': {exc}", exc, [location]) from exc
    found = getattr(sys.modules[module], name, None)
    if not callable(found):
        raise AttributeError(f"Handler '{name}' is missing on module '{path}'")
    return found  # type: ignore[no-any-return]


def encoded(result: object) -> bytes:
    """Return the result of a handler as bytes.

    Raises:
        TypeError: it is not bytes, text or JSON-serializable.
    """
    if isinstance(result, bytes):
        return result
    if isinstance(result, str):
        return result.encode("utf-8")
    try:
        return json.dumps(result, allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError) as exc:
        # A new exception, without the frames of the json module.
        raise TypeError(str(exc)) from None


def message_of(exc: BaseException) -> str:
    """Return the text of *exc*; its __str__ may raise, too."""
    try:
        return str(exc)
    except Exception as failure:  # noqa: BLE001 - the function's code may raise anything
        return f"<no message: {type(failure).__name__}>"


def stack_trace(exc: BaseException) -> list[list[str]]:
    """Return the frames of the function's own code, the innermost last."""
    return [
        [f'File "{frame.filename}"', f"line {frame.lineno}", f"in {frame.name}", frame.line or ""]
        for frame in function_frames(traceback.extract_tb(exc.__traceback__))
    ]


def description(exc: BaseException) -> list[str]:
    """Return the traceback of *exc* as Python prints it, without the runtime's frames."""
    report = traceback.TracebackException.from_exception(exc)
    report.stack = traceback.StackSummary.from_list(list(function_frames(report.stack)))
    return list(report.format())


def function_frames(frames: list[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """Return *frames* without those of the runtime and the import system."""
    return [
        frame
        for frame in frames
        if frame.filename != __file__ and not frame.filename.startswith("<frozen importlib")
    ]


def shown(code_dir: str, text: str) -> str:
    """Return *text* with the directory of the code replaced by /code, its path in the cloud."""
    return re.sub(re.escape(code_dir) + r"(?![\w.-])", SHOWN_CODE_DIR, text)


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
    """Flush the output; the function may have closed the streams."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()


def exit_process(leaving: SystemExit) -> NoReturn:
    """Exit like ``sys.exit``, but without waiting for threads."""
    code = leaving.code
    if code is not None and not isinstance(code, int):
        with suppress(Exception):
            sys.stderr.write(f"{code}\n")
    flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def end_group() -> NoReturn:
    """Kill this process and its group, since the server has ended."""
    os.kill(0, signal.SIGKILL)
    os._exit(1)


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
    """Make the interpreter look like one that was started without -S."""
    for stream in (sys.stdout, sys.stderr):
        # Each line is one write, so that lines of threads do not mix.
        cast("io.TextIOWrapper", stream).reconfigure(
            encoding="utf-8", errors="backslashreplace", line_buffering=True, write_through=False
        )
    # -S disables these together with the site-packages.
    site.setquit()
    site.setcopyright()
    site.sethelper()
    del sys.path[0]  # the directory of this script
    sys.argv = sys.argv[:1]


def main() -> None:
    """Serve requests until the server closes the channel."""
    channel = Channel(int(sys.argv[1]))
    prepare_interpreter()
    function = Function(prepare_logging())
    channel.send({"kind": "start", "error_type": None, "reusable": True}, b"")
    while True:
        channel.send(*function.answer(*channel.receive()))


if __name__ == "__main__":
    main()
