"""Writing a zip on all cores, in bounded memory, with the same bytes every time.

zipfile compresses on one core and takes no data that is compressed already,
so the few records of the format (PKWARE's APPNOTE, 4.3) are written here. A
file is cut into blocks that are compressed side by side; each ends at a byte
boundary, so that together they are one deflate stream.
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

__all__ = ["write_zip"]

# 1980-01-01 00:00, the first moment that a zip can hold, as DOS has it.
_DATE = (1 << 5) | 1

_STORED, _DEFLATED = 0, 8
_UTF8_NAMES = 0x800
_UNIX = 3 << 8

_BLOCK_BYTES = 1 << 19
_MIN_THREADED_BYTES = 16 * 1024

# More would compress faster and hold more blocks in memory.
_MAX_WORKERS = 4

# How much of a file is compressed to see whether that is worth while.
_PROBE_BYTES = 16 * 1024
_MAX_COMPRESSION_RATIO = 0.95

# Ends a deflate stream: an empty last block.
_END_OF_STREAM = b"\x03\x00"

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")

_MAX_UINT16 = 0xFFFF
_MAX_UINT32 = 0xFFFFFFFF


@dataclass
class _Entry:
    """What the format's headers say of one member."""

    name: bytes
    mode: int
    method: int = _STORED
    offset: int = 0
    crc: int = 0
    size: int = 0
    compressed: int = 0

    def local_header(self) -> bytes:
        return _LOCAL.pack(
            b"PK\x03\x04", 20, _UTF8_NAMES, self.method, 0, _DATE,
            self.crc, self.compressed, self.size, len(self.name), 0,
        ) + self.name  # fmt: skip

    def central_header(self) -> bytes:
        return _CENTRAL.pack(
            b"PK\x01\x02", _UNIX | 20, 20, _UTF8_NAMES, self.method, 0, _DATE,
            self.crc, self.compressed, self.size, len(self.name), 0, 0, 0, 0,
            self.mode << 16, self.offset,
        ) + self.name  # fmt: skip


@dataclass(frozen=True)
class _Block:
    """A piece of a member."""

    entry: _Entry
    data: bytes
    is_last: bool

    def encoded(self) -> bytes:
        """Return what is written for it."""
        if self.entry.method == _STORED:
            return self.data
        compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        data = compressor.compress(self.data) + compressor.flush(zlib.Z_FULL_FLUSH)
        return data + _END_OF_STREAM if self.is_last else data


def write_zip(members: Iterable[tuple[str, Path]], output: IO[bytes]) -> None:
    """Write a zip of *members* to *output*, which can seek.

    Args:
        members: Name in the zip (a directory's ends in a slash) and path of
            each. Links are kept as links; of a mode only the executable bit.
        output: Empty, and open for writing.

    Raises:
        ValueError: a member is neither file, directory nor link, has a name
            that is no UTF-8, changes while it is read, or is larger than a
            zip holds.
        OSError: a member cannot be read.
    """
    entries: list[_Entry] = []
    blocks = (block for name, path in members for block in _blocks(name, path))
    for block, written in _compressed(blocks):
        entry = block.entry
        if not entries or entry is not entries[-1]:
            entries.append(entry)
            entry.offset = output.tell()
            output.write(entry.local_header())
        output.write(written)
        entry.compressed += len(written)
        if block.is_last:
            _complete_header(entry, output)
    _write_directory(entries, output)


def _compressed(blocks: Iterable[_Block]) -> Iterator[tuple[_Block, bytes]]:
    """Yield each block, in order, with what is written for it."""
    workers = min(os.cpu_count() or 1, _MAX_WORKERS)
    waiting: deque[tuple[_Block, Callable[[], bytes]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for block in blocks:
            # Handing over little work takes longer than doing it.
            hand_over = block.entry.method == _DEFLATED and len(block.data) > _MIN_THREADED_BYTES
            waiting.append(
                (block, pool.submit(block.encoded).result if hand_over else block.encoded)
            )
            if len(waiting) > workers:
                first, written = waiting.popleft()
                yield first, written()
        for last, written in waiting:
            yield last, written()


def _blocks(name: str, path: Path) -> Iterator[_Block]:
    """Yield the blocks of a member; at least one, for it may be empty."""
    status = path.lstat()
    entry = _Entry(_encoded_name(name), _stored_mode(status.st_mode, path))
    pieces = _content(path, status)
    data = next(pieces, b"")
    if stat.S_ISREG(status.st_mode) and _is_compressible(data):
        entry.method = _DEFLATED
    while True:
        # Whether a block is the last one shows once the next has been asked for.
        following = next(pieces, b"")
        entry.crc = zlib.crc32(data, entry.crc)
        entry.size += len(data)
        yield _Block(entry, data, is_last=not following)
        if not following:
            return
        data = following


def _encoded_name(name: str) -> bytes:
    try:
        return name.encode()
    except UnicodeEncodeError as exc:
        raise ValueError(f"code: the name {name!r} is no valid Unicode text") from exc


def _stored_mode(mode: int, path: Path) -> int:
    """Return what is kept of a mode: the kind, and whether it can be executed."""
    if stat.S_ISLNK(mode):
        return stat.S_IFLNK | 0o777
    if stat.S_ISDIR(mode):
        return stat.S_IFDIR | 0o755
    if not stat.S_ISREG(mode):
        raise ValueError(f"code: {str(path)!r} is neither a file, a directory nor a link")
    return stat.S_IFREG | (0o755 if mode & 0o100 else 0o644)


def _content(path: Path, status: os.stat_result) -> Iterator[bytes]:
    """Yield what a member holds, in blocks."""
    if stat.S_ISREG(status.st_mode):
        yield from _read(path, status)
    elif stat.S_ISLNK(status.st_mode):
        yield os.fsencode(path.readlink())


def _read(path: Path, before: os.stat_result) -> Iterator[bytes]:
    missing = before.st_size
    try:
        with path.open("rb") as file:
            # A file that somebody appends to might never end.
            while missing >= 0 and (block := file.read(_BLOCK_BYTES)):
                missing -= len(block)
                yield block
            after = os.fstat(file.fileno())
    except OSError as exc:
        # A failed read does not say of what.
        exc.filename = str(path)
        raise
    if missing or after.st_mtime_ns != before.st_mtime_ns:
        raise ValueError(f"code: {str(path)!r} changed while it was read")


def _is_compressible(data: bytes) -> bool:
    """Tell whether a file that starts with *data* is worth compressing."""
    probe = data[:_PROBE_BYTES]
    # A file of a probe's size is compressed as fast as it is probed.
    return 0 < len(data) <= _PROBE_BYTES or (
        len(zlib.compress(probe, 1)) < _MAX_COMPRESSION_RATIO * len(probe)
    )


def _complete_header(entry: _Entry, output: IO[bytes]) -> None:
    """Write a header once more, now that sizes and crc are known."""
    end = output.tell()
    if max(end, entry.size) > _MAX_UINT32:
        name = entry.name.decode()
        raise ValueError(f"code: with {name!r} it is larger than the 4 GiB that a zip holds")
    output.seek(entry.offset)
    output.write(entry.local_header())
    output.seek(end)


def _write_directory(entries: list[_Entry], output: IO[bytes]) -> None:
    start, count = output.tell(), len(entries)
    for entry in entries:
        output.write(entry.central_header())
    end = output.tell()
    size = end - start
    # From here on the old record's fields are too narrow (APPNOTE, 4.3.14).
    if count >= _MAX_UINT16:
        rest = _END64.size - 12
        output.write(
            _END64.pack(b"PK\x06\x06", rest, _UNIX | 45, 45, 0, 0, count, count, size, start)
        )
        output.write(_LOCATOR64.pack(b"PK\x06\x07", 0, end, 1))
    most = min(count, _MAX_UINT16)
    output.write(_END.pack(b"PK\x05\x06", 0, 0, most, most, size, start, 0))
