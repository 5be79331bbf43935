"""The event of an invocation as a request body."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

from fc_client import _arguments
from fc_client._messages import Stream

Payload = bytes | bytearray | memoryview | str | IO[bytes] | Iterable[bytes]
AsyncPayload = Payload | AsyncIterable[bytes]

_CHUNK_BYTES = 64 * 1024


def body_of(payload: Payload | None, json: Any, name: str = "payload") -> bytes | Stream:
    """Return the body of an invocation.

    Args:
        payload: Bytes, text (sent as UTF-8), a binary file (sent from its
            current position) or an iterable of bytes; None sends nothing.
        json: A value that is sent as JSON, in place of *payload*.
        name: The name of the argument *payload*, for errors.

    Raises:
        TypeError: *payload* has another type.
        ValueError: both are given, or *json* cannot be encoded.
    """
    if json is not None:
        if payload is not None:
            raise ValueError(f"{name}: cannot be combined with json; pass only one of them")
        return _arguments.json_bytes("json", json)
    if payload is None:
        return b""
    if isinstance(payload, str):
        _arguments.text(name, payload)
        return payload.encode()
    if isinstance(payload, (bytes, bytearray, memoryview)):
        return bytes(payload)
    return _stream(payload, name)


def async_body_of(payload: AsyncPayload | None, json: Any, name: str = "payload") -> bytes | Stream:
    """Return the body of an invocation by AsyncClient, as :func:`body_of` does.

    Args:
        payload: As for *body_of*, or an asynchronous iterable of bytes.
        json: A value that is sent as JSON, in place of *payload*.
        name: The name of the argument *payload*, for errors.

    Raises:
        TypeError: *payload* has another type.
        ValueError: both are given, or *json* cannot be encoded.
    """
    if json is None and isinstance(payload, AsyncIterable):
        return Stream(lambda: _checked_async(payload, name))
    return body_of(payload, json, name)  # type: ignore[arg-type]


def _stream(payload: Any, name: str) -> bytes | Stream:
    if isinstance(payload, io.TextIOBase):
        raise TypeError(f"{name}: expected a binary file, got a text file; open it with 'rb'")
    if hasattr(payload, "read"):
        return _file_stream(payload, name)
    if isinstance(payload, Mapping):
        raise TypeError(f"{name}: expected bytes, got a mapping; pass json= to send it as JSON")
    if isinstance(payload, Sequence):
        return b"".join(_checked(payload, name))
    if not isinstance(payload, Iterable):
        raise TypeError(
            f"{name}: expected bytes, str, a binary file or an iterable of bytes, "
            f"got {type(payload).__name__}"
        )
    return Stream(lambda: _checked(payload, name))


def _checked(chunks: Iterable[Any], name: str) -> Iterator[bytes]:
    # In chunked transfer coding an empty chunk ends the body.
    return filter(None, (_checked_chunk(chunk, name) for chunk in chunks))


async def _checked_async(chunks: AsyncIterable[Any], name: str) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        if checked := _checked_chunk(chunk, name):
            yield checked


def _checked_chunk(chunk: Any, name: str) -> bytes:
    if not isinstance(chunk, (bytes, bytearray, memoryview)):
        raise TypeError(f"{name}: expected an iterable of bytes, got {type(chunk).__name__}")
    return bytes(chunk)


def _file_stream(file: IO[bytes], name: str) -> Stream:
    if not (hasattr(file, "seekable") and file.seekable()):
        return Stream(lambda: _checked(iter(lambda: file.read(_CHUNK_BYTES), b""), name))
    start = file.tell()
    length = file.seek(0, os.SEEK_END) - start
    file.seek(start)

    def chunks() -> Iterator[bytes]:
        file.seek(start)
        missing = length
        while missing:
            chunk = file.read(min(_CHUNK_BYTES, missing))
            # Content-Length has been sent: the service would wait for the rest.
            if not chunk:
                raise ValueError(f"{name}: the file lost {missing} bytes while it was sent")
            missing -= len(chunk)
            yield chunk

    return Stream(lambda: _checked(chunks(), name), length, replayable=True)
