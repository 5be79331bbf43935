"""Exchanges frames between the server and a worker.

A frame is two lengths (big-endian, 32 bits each), a JSON header and a body of
raw bytes, so binary events are not encoded. Frames use a separate socket pair,
so the output of a function cannot corrupt a reply.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

__all__ = ["MAX_BODY", "MAX_HEADER", "Channel", "Decoder", "Frame", "encode"]

# A worker runs the code of others, so what it sends is limited like a request:
# its header has three short values, its body is a result.
MAX_HEADER = 64 * 1024
MAX_BODY = 128 * 1024 * 1024

_LENGTHS = struct.Struct(">II")
_READ_SIZE = 256 * 1024
# Read all that a socket holds, but not for ever what a child of the worker goes on to write.
_MAX_READS = 64


@dataclass(frozen=True)
class Frame:
    """One message: a small JSON header and a body of bytes."""

    header: Mapping[str, Any]
    body: bytes


def encode(header: Mapping[str, Any], body: bytes) -> bytes:
    """Return the bytes of a frame."""
    head = json.dumps(header).encode("ascii")
    return b"".join((_LENGTHS.pack(len(head), len(body)), head, body))


class Decoder:
    """Decodes frames from a stream that arrives in chunks of any size."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Add *data* and yield the frames that it completes.

        Raises:
            ValueError: a frame is too large, or its header is not a JSON object.
        """
        self._buffer += data
        while (frame := self._pop()) is not None:
            yield frame

    def _pop(self) -> Frame | None:
        if len(self._buffer) < _LENGTHS.size:
            return None
        head_length, body_length = _LENGTHS.unpack_from(self._buffer)
        if head_length > MAX_HEADER or body_length > MAX_BODY:
            raise ValueError(f"a frame of {head_length} and {body_length} bytes is too large")
        body_start = _LENGTHS.size + head_length
        end = body_start + body_length
        if len(self._buffer) < end:
            return None
        header = _parse_header(self._buffer[_LENGTHS.size : body_start])
        with memoryview(self._buffer) as view:
            body = bytes(view[body_start:end])
        del self._buffer[:end]
        return Frame(header, body)


def _parse_header(data: bytearray) -> Mapping[str, Any]:
    try:
        header = json.loads(data)
    except RecursionError as exc:
        raise ValueError("the header of a frame is nested too deeply") from exc
    if not isinstance(header, dict):
        raise ValueError("the header of a frame must be a JSON object")
    return header


class Channel:
    """The server's end of a channel: sends frames, and calls back for received ones.

    Args:
        connection: One end of a stream socket pair; the channel closes it.
        on_frame: Called with each frame.
        on_end: Called once, with True when the other end sends invalid data,
            and with False when it is closed.
    """

    def __init__(
        self,
        connection: socket.socket,
        on_frame: Callable[[Frame], None],
        on_end: Callable[[bool], None],
    ) -> None:
        connection.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._socket = connection
        self._on_frame = on_frame
        self._on_end = on_end
        self._decoder = Decoder()
        self._unsent: deque[memoryview] = deque()
        self._has_ended = False
        self._loop.add_reader(connection, self._read)

    def send(self, header: Mapping[str, Any], body: bytes) -> None:
        """Send a frame; what the socket does not accept now is sent in the background.

        ``on_end`` reports a worker that has exited, not this method.
        """
        is_waiting = bool(self._unsent)
        self._unsent.append(memoryview(encode(header, body)))
        if not is_waiting:
            self._write()
            if self._unsent:
                self._loop.add_writer(self._socket, self._write)

    def pause(self) -> None:
        """Read nothing until :meth:`resume`, so that the worker has to wait."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)

    def resume(self) -> None:
        """Read again."""
        if self._socket.fileno() >= 0 and not self._has_ended:
            self._loop.add_reader(self._socket, self._read)

    def drain(self) -> None:
        """Read what a worker has sent before it exited, also while paused, without waiting."""
        with suppress(BlockingIOError):
            for _ in range(_MAX_READS):
                if self._has_ended or self._socket.fileno() < 0:
                    return
                self._read()

    def close(self) -> None:
        """Stop listening and close the socket; may be called twice."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()

    def _write(self) -> None:
        try:
            while self._unsent:
                rest = self._unsent[0][self._socket.send(self._unsent[0]) :]
                if rest:
                    self._unsent[0] = rest
                else:
                    self._unsent.popleft()
        except BlockingIOError:
            return
        except OSError:
            self._unsent.clear()
        self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        data = b""
        with suppress(ConnectionError):
            data = self._socket.recv(_READ_SIZE)
        try:
            for frame in self._decoder.feed(data):
                self._on_frame(frame)
        except ValueError:
            # A worker that sends anything but frames cannot be used any more.
            self.reject()
        else:
            if not data:
                self._end(invalid=False)

    def reject(self) -> None:
        """Read no more, since the other end has sent invalid data."""
        self._end(invalid=True)

    def _end(self, *, invalid: bool) -> None:
        if not self._has_ended:
            self._has_ended = True
            self._loop.remove_reader(self._socket)
            self._on_end(invalid)
