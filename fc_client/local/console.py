"""Writes what fc-local logs to standard error, in colour on a terminal."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TextIO

from fc_client.local.dispatch.activity import Activity, printable

__all__ = ["Console", "wants_colors"]

# Maximum bytes that wait while the terminal does not read. Further records are only counted.
_MAX_PENDING_BYTES = 8 * 1024 * 1024
# About the size of a record without output.
_RECORD_BYTES = 500
_BATCH_SECONDS = 0.02
# How long the rest may take to write when the server ends.
_CLOSE_SECONDS = 1.0

_COLORS = {
    "operation": "1",
    "success": "32",
    "failure": "31",
    "cold": "36",
    "warm": "2",
    "time": "2",
    "id": "2",
    "detail": "2",
    "WARNING": "33",
    "ERROR": "31",
    "CRITICAL": "31",
}


def wants_colors(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether to write colours: on a terminal, unless the environment says otherwise."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return environ.get("TERM") != "dumb" and stream.isatty()


def _unbuffered(stream: TextIO) -> TextIO:
    """Return a stream to the same file without a buffer, if it is a file.

    At exit, Python writes what is in a buffer: it would wait for a pipe that
    nothing reads, and a closed one would change the exit code.
    """
    try:
        descriptor = stream.fileno()
    except io.UnsupportedOperation:
        return stream
    raw = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(raw, stream.encoding, stream.errors, write_through=True)


class Console(logging.Handler):
    """Writes records to a stream, in a thread of its own.

    A terminal that is stopped, or a pipe that is full, does not delay the
    server: what does not fit into a buffer is counted and left out.

    Args:
        stream: The stream.
        has_colors: Whether to write colours.
    """

    def __init__(self, stream: TextIO, *, has_colors: bool) -> None:
        super().__init__()
        self._stream = _unbuffered(stream)
        self._has_colors = has_colors
        self._guard = threading.Lock()
        self._pending: list[logging.LogRecord] = []
        self._pending_bytes = 0
        self._left_out = 0
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._write_all, name="fc-local-log", daemon=True)
        self._writer.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record to the thread."""
        activity = getattr(record, "activity", None)
        size = _RECORD_BYTES + (len(activity.output) if isinstance(activity, Activity) else 0)
        with self._guard:
            if self._pending_bytes + size > _MAX_PENDING_BYTES:
                self._left_out += 1
                return
            self._pending_bytes += size
            self._pending.append(record)
        self._wake.set()

    def close(self) -> None:
        """Write the rest, unless that takes too long."""
        self._closing.set()
        self._wake.set()
        self._writer.join(_CLOSE_SECONDS)
        super().close()

    def _write_all(self) -> None:
        is_last = False
        while not is_last:
            self._wake.wait()
            # Under load this writes many records at once, which costs the server less.
            self._closing.wait(_BATCH_SECONDS)
            self._wake.clear()
            is_last = self._closing.is_set()
            with self._guard:
                records, self._pending = self._pending, []
                left_out, self._left_out = self._left_out, 0
                size = self._pending_bytes
            # A closed pipe must not end the server.
            with suppress(OSError, ValueError):
                self._write(records, left_out)
            with self._guard:
                self._pending_bytes -= size

    def _write(self, records: list[logging.LogRecord], left_out: int) -> None:
        for record in records:
            self._stream.write(self._text(record))
        if left_out:
            self._stream.write(f"... {left_out} log messages left out ...\n")
        self._stream.flush()

    def _text(self, record: logging.LogRecord) -> str:
        try:
            text = "".join(f"{line}\n" for line in self._lines(record))
        except Exception as exc:  # noqa: BLE001 - one bad record must not silence the others
            text = f"... a log message of {record.name} cannot be shown: {type(exc).__name__} ...\n"
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        return text.encode(encoding, "backslashreplace").decode(encoding)

    def _lines(self, record: logging.LogRecord) -> Iterator[str]:
        moment = time.strftime("%H:%M:%S", time.localtime(record.created))
        prefix = self._paint("time", f"{moment}.{int(record.msecs):03d}")
        activity = getattr(record, "activity", None)
        lines = (
            activity.lines(self._paint)
            if isinstance(activity, Activity)
            else self._message_lines(record)
        )
        yield f"{prefix} {next(lines)}"
        yield from lines

    def _message_lines(self, record: logging.LogRecord) -> Iterator[str]:
        text = self.format(record)
        first, *others = map(printable, text.split("\n"))
        yield f"{self._paint(record.levelname, record.levelname)} {first}"
        yield from others

    def _paint(self, role: str, text: str) -> str:
        color = _COLORS.get(role)
        return f"\x1b[{color}m{text}\x1b[0m" if self._has_colors and color else text
