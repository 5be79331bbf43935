"""Unpack a zip of code so that nothing leaves the directory.

Names are checked before anything is written, sizes are counted while
writing, and links are made last: no entry can be written through one.
"""

from __future__ import annotations

import errno
import io
import os
import posixpath
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["InvalidCodeError", "UnpackLimits", "unpack"]

# The two methods that the service itself reads.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_MAX_LINK_BYTES = 4096
_CHUNK = 256 * 1024

# All that zipfile raises for bytes that are no sound zip.
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)
# What the file system answers to names that clash or that it cannot hold.
_NAME_ERRNOS = frozenset(
    {
        errno.EEXIST,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ENAMETOOLONG,
        errno.EILSEQ,
        errno.EINVAL,
        errno.ENOTEMPTY,
    }
)


class InvalidCodeError(ValueError):
    """The code of a request cannot be used. The text says why."""


@dataclass(frozen=True)
class UnpackLimits:
    """How much a zip may hold.

    Attributes:
        expanded_bytes: Sum of all files, unpacked.
        entries: Files, links and directories, those that are only part of
            a path included.
        depth: Directories inside each other.
    """

    expanded_bytes: int = 500 * 1024 * 1024
    entries: int = 100_000
    depth: int = 100


@dataclass(frozen=True)
class _Entry:
    info: zipfile.ZipInfo
    parts: tuple[str, ...]
    kind: int

    @property
    def name(self) -> str:
        return "/".join(self.parts)


def unpack(content: bytes, root: Path, limits: UnpackLimits) -> None:
    """Unpack a zip into *root*, an empty directory.

    Files become 0755 where the zip has an executable bit and 0644 where
    not; symbolic links stay links.

    Args:
        content: The zip.
        root: Where to; after an error something may be left in it.
        limits: What is more is refused.

    Raises:
        InvalidCodeError: the zip is damaged, encrypted, too large when
            unpacked, or has an entry that would leave *root*.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = list(_entries(archive, limits))
            _write(archive, entries, root, limits)
    except InvalidCodeError:
        raise
    except _ZIP_ERRORS as exc:
        raise InvalidCodeError(f"the zip cannot be read: {exc}") from exc
    except OSError as exc:
        if exc.errno not in _NAME_ERRNOS:
            raise
        raise InvalidCodeError(f"a name in the zip does not fit: {exc.strerror}") from exc


def _entries(archive: zipfile.ZipFile, limits: UnpackLimits) -> Iterator[_Entry]:
    """Yield the checked entries of a zip."""
    infos = archive.infolist()
    if len(infos) > limits.entries:
        raise InvalidCodeError(f"the zip has more than {limits.entries} entries")
    # Each path, and whether it is a directory: the zip's own or part of a path.
    seen: dict[tuple[str, ...], bool] = {(): True}
    for info in infos:
        entry = _Entry(info, _parts(info, limits), _kind(info))
        for length in range(1, len(entry.parts)):
            if not seen.setdefault(entry.parts[:length], True):
                raise InvalidCodeError(f"the zip has an entry below a file or link: {entry.name!r}")
        is_directory = entry.kind == stat.S_IFDIR
        if entry.parts in seen and not (is_directory and seen[entry.parts]):
            raise InvalidCodeError(f"the zip has a name twice: {entry.name!r}")
        seen[entry.parts] = is_directory
        if len(seen) > limits.entries:
            raise InvalidCodeError(f"the zip makes more than {limits.entries} entries")
        yield entry


def _parts(info: zipfile.ZipInfo, limits: UnpackLimits) -> tuple[str, ...]:
    # orig_filename is what the zip says; filename is cut at a NUL.
    name = info.orig_filename
    if not name or "\0" in name or "\\" in name or re.match(r"/|[A-Za-z]:", name):
        raise InvalidCodeError(f"the zip has an entry with a bad name: {name!r}")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts or len(parts) > limits.depth:
        raise InvalidCodeError(f"the zip has an entry with a bad name: {name!r}")
    return parts


def _kind(info: zipfile.ZipInfo) -> int:
    """Return the file type of an entry, which has to be one we unpack."""
    name = info.filename
    if info.flag_bits & _ENCRYPTED:
        raise InvalidCodeError(f"the zip has an encrypted entry: {name!r}")
    if info.compress_type not in _METHODS:
        raise InvalidCodeError(f"the zip has an entry of an unknown compression: {name!r}")
    if info.is_dir():
        return stat.S_IFDIR
    kind = stat.S_IFMT(info.external_attr >> 16) or stat.S_IFREG
    if kind not in (stat.S_IFREG, stat.S_IFLNK, stat.S_IFDIR):
        raise InvalidCodeError(f"the zip has an entry that is no file, directory or link: {name!r}")
    return kind


def _write(
    archive: zipfile.ZipFile, entries: list[_Entry], root: Path, limits: UnpackLimits
) -> None:
    remaining = limits.expanded_bytes
    links = []
    for entry in entries:
        path = root.joinpath(*entry.parts)
        if entry.kind == stat.S_IFDIR:
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if entry.kind == stat.S_IFLNK:
            links.append((path, _link_target(archive, entry)))
        else:
            remaining = _write_file(archive, entry, path, remaining)
    for path, target in links:
        path.symlink_to(target)
    # Only now is the whole chain there to follow: a link may lead to a link.
    inside = os.path.realpath(root)
    for path, _ in links:
        if not Path(os.path.realpath(path)).is_relative_to(inside):
            raise InvalidCodeError(f"the zip has a link that leaves it: {path.name!r}")


def _write_file(archive: zipfile.ZipFile, entry: _Entry, path: Path, remaining: int) -> int:
    """Write one file and return how many bytes the rest may have."""
    mode = 0o755 if (entry.info.external_attr >> 16) & 0o111 else 0o644
    with archive.open(entry.info) as source, path.open("xb") as target:
        while chunk := source.read(_CHUNK):
            remaining -= len(chunk)
            if remaining < 0:
                raise InvalidCodeError("the zip is too large when unpacked")
            target.write(chunk)
        os.fchmod(target.fileno(), mode)
    return remaining


def _link_target(archive: zipfile.ZipFile, entry: _Entry) -> str:
    with archive.open(entry.info) as source:
        target = os.fsdecode(source.read(_MAX_LINK_BYTES + 1))
    # Followed by name alone: realpath would forgive one that leaves the
    # directory and comes back to the name it has while it is unpacked.
    resolved = posixpath.normpath(posixpath.join(*entry.parts[:-1], "", target))
    leaves = resolved == ".." or resolved.startswith(("/", "../"))
    if leaves or not target or len(target) > _MAX_LINK_BYTES:
        raise InvalidCodeError(f"the zip has a link that leaves it: {entry.name!r}")
    return target
