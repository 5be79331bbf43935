"""Write a zip on all cores, in bounded memory, with the same bytes every time.

zipfile compresses on one core and does not accept compressed data, so the
records of the format (PKWARE's APPNOTE, 4.3) are written here. A file is split
into blocks that are compressed in parallel. Each compressed block ends at a
byte boundary, so the blocks joined are one deflate stream.
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from fc_client._files import named_kind, open_regular

__all__ = ["write_zip"]

# 1980-01-01 in the format of DOS, the earliest date of the format.
_DATE = (1 << 5) | 1

_STORED, _DEFLATED = 0, 8
_UTF8_NAMES = 0x800
_UNIX = 3 << 8

_BLOCK_BYTES = 1 << 19

# Smaller blocks are compressed in the calling thread: passing them to another
# one takes longer than compressing them.
_MIN_THREADED_BYTES = 16 * 1024

# More workers would be faster, but keep more blocks in memory.
_MAX_WORKERS = 4

# The start of a file is compressed as a probe. If the result is larger than
# this ratio, the file is stored uncompressed.
_PROBE_BYTES = 16 * 1024
_MAX_COMPRESSION_RATIO = 0.95

# An empty last block, which ends a deflate stream.
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
    """The header fields of one member."""

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
    """A part of the content of a member."""

    entry: _Entry
    data: bytes
    is_last: bool

    def encoded(self) -> bytes:
        """Return the bytes to write: the data, compressed if the entry is."""
        if self.entry.method == _STORED:
            return self.data
        compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        data = compressor.compress(self.data) + compressor.flush(zlib.Z_FULL_FLUSH)
        return data + _END_OF_STREAM if self.is_last else data


def write_zip(members: Iterable[tuple[str, Path]], output: IO[bytes]) -> None:
    """Write a zip of *members* to *output*.

    Args:
        members: The name in the zip and the path of each member; the name of
            a directory ends in a slash. Links are stored as links. Of a mode
            only the executable bit is kept.
        output: Empty, seekable and open for writing.

    Raises:
        ValueError: a member is not a file, directory or link, has a name that
            is not valid Unicode, changes while it is read, or exceeds the
            4 GiB of the format.
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
    """Yield each block, in order, with its encoded bytes."""
    workers = min(os.cpu_count() or 1, _MAX_WORKERS)
    waiting: deque[tuple[_Block, Callable[[], bytes]]] = deque()
    with _pool_of(workers) as pool:
        for block in blocks:
            in_thread = block.entry.method == _DEFLATED and len(block.data) > _MIN_THREADED_BYTES
            waiting.append((block, _started(pool, block) if in_thread else block.encoded))
            if len(waiting) > workers:
                first, written = waiting.popleft()
                yield first, written()
        for last, written in waiting:
            yield last, written()


def _pool_of(workers: int) -> AbstractContextManager[Any]:
    """Return a pool of threads, or None where no pool can be made."""
    try:
        # Imported late: once the main thread has ended, even the import fails.
        from concurrent.futures import ThreadPoolExecutor
    except (RuntimeError, ImportError):
        return nullcontext()
    return ThreadPoolExecutor(workers)


def _started(pool: Any, block: _Block) -> Callable[[], bytes]:
    """Begin to compress *block* and return what waits for the result."""
    if pool is None:
        return block.encoded
    try:
        result: Callable[[], bytes] = pool.submit(block.encoded).result
    except RuntimeError:
        # No thread can start: the main thread has ended, or there are too many.
        return block.encoded
    return result


def _blocks(name: str, path: Path) -> Iterator[_Block]:
    """Yield the blocks of a member, at least one, also for an empty file."""
    status = path.lstat()
    entry = _Entry(_encoded_name(name), _stored_mode(status.st_mode, path))
    pieces = _content(path, status)
    data = next(pieces, b"")
    if stat.S_ISREG(status.st_mode) and _is_compressible(data):
        entry.method = _DEFLATED
    while True:
        # A block is the last one if the next one is empty.
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
        raise ValueError(f"code: the file name {name!r} is not valid Unicode; rename it") from exc


def _stored_mode(mode: int, path: Path) -> int:
    """Return the mode to store: the type of file and the executable bit."""
    if stat.S_ISLNK(mode):
        return stat.S_IFLNK | 0o777
    if stat.S_ISDIR(mode):
        return stat.S_IFDIR | 0o755
    if not stat.S_ISREG(mode):
        raise ValueError(
            f"code: {named_kind(path)} is neither a file, a directory nor a link; exclude it"
        )
    return stat.S_IFREG | (0o755 if mode & 0o100 else 0o644)


def _content(path: Path, status: os.stat_result) -> Iterator[bytes]:
    """Yield the content of a member in blocks."""
    if stat.S_ISREG(status.st_mode):
        yield from _read(path, status)
    elif stat.S_ISLNK(status.st_mode):
        yield os.fsencode(path.readlink())


def _read(path: Path, before: os.stat_result) -> Iterator[bytes]:
    missing = before.st_size
    try:
        with open_regular(path) as file:
            # Stop at the size of before: another process may append without end.
            while missing >= 0 and (block := file.read(_BLOCK_BYTES)):
                missing -= len(block)
                yield block
            after = os.fstat(file.fileno())
    except OSError as exc:
        # The error of a failed read has no file name.
        exc.filename = str(path)
        raise
    if missing or after.st_mtime_ns != before.st_mtime_ns:
        raise ValueError(f"code: {str(path)!r} changed while it was read")


def _is_compressible(data: bytes) -> bool:
    """Return whether a file that starts with *data* is worth compressing."""
    probe = data[:_PROBE_BYTES]
    # A file no larger than the probe is compressed anyway.
    return 0 < len(data) <= _PROBE_BYTES or (
        len(zlib.compress(probe, 1)) < _MAX_COMPRESSION_RATIO * len(probe)
    )


def _complete_header(entry: _Entry, output: IO[bytes]) -> None:
    """Rewrite a local header, now that the sizes and the CRC are known."""
    end = output.tell()
    if max(end, entry.size) > _MAX_UINT32:
        name = entry.name.decode()
        raise ValueError(f"code: the zip exceeds the limit of 4 GiB at {name!r}")
    output.seek(entry.offset)
    output.write(entry.local_header())
    output.seek(end)


def _write_directory(entries: list[_Entry], output: IO[bytes]) -> None:
    start, count = output.tell(), len(entries)
    for entry in entries:
        output.write(entry.central_header())
    end = output.tell()
    size = end - start
    # The fields of the old record are too narrow (APPNOTE, 4.3.14).
    if count >= _MAX_UINT16:
        rest = _END64.size - 12
        output.write(
            _END64.pack(b"PK\x06\x06", rest, _UNIX | 45, 45, 0, 0, count, count, size, start)
        )
        output.write(_LOCATOR64.pack(b"PK\x06\x07", 0, end, 1))
    shown = min(count, _MAX_UINT16)
    output.write(_END.pack(b"PK\x05\x06", 0, 0, shown, shown, size, start, 0))
