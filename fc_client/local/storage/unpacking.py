"""Unpacks a zip of code and rejects entries that would leave the directory.

Names and sizes are checked before anything is written, and links are created last, so no
entry can be written through a link.
"""

from __future__ import annotations

import errno
import io
import os
import posixpath
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "InvalidCodeError",
    "UnpackLimits",
    "make_directory",
    "make_random_directory",
    "unpack",
]

# The compression methods that the service supports.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_MAX_LINK_BYTES = 4096
_CHUNK = 256 * 1024

# What zipfile raises for a damaged zip.
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
# Errors of the file system for names that collide or that it does not support.
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
    """The code of a request cannot be used; the message says why."""


@dataclass(frozen=True)
class UnpackLimits:
    """The limits for the contents of a zip.

    Attributes:
        expanded_bytes: Total size of the unpacked files.
        entries: Number of files, links and directories, including the
            directories that are only part of a path.
        depth: Number of nested directories.
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

    Directories, and files with an executable bit in the zip, get the mode 0700,
    other files 0600, whatever the umask; symbolic links remain links.

    Args:
        content: The zip.
        root: The directory; after an error it may contain some of the files.
        limits: Limits for the contents.

    Raises:
        InvalidCodeError: the zip is damaged, encrypted, too large when
            unpacked, or has an entry that would leave *root*.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = list(_entries(archive, limits))
            _check_size(entries, limits)
            _write(archive, entries, root)
    except InvalidCodeError:
        raise
    except _ZIP_ERRORS as exc:
        raise InvalidCodeError(f"the zip cannot be read: {exc}") from exc
    except OSError as exc:
        if exc.errno not in _NAME_ERRNOS:
            raise
        raise InvalidCodeError(
            f"the zip has a name that the file system does not support: {exc.strerror}"
        ) from exc


def make_directory(path: Path) -> None:
    """Create a directory and its missing parents for its owner alone, whatever the umask."""
    if not path.is_dir():
        make_directory(path.parent)
        path.mkdir(exist_ok=True)
        path.chmod(0o700)


def make_random_directory(parent: Path) -> Path:
    """Create a directory with a random name for its owner alone, whatever the umask."""
    path = Path(tempfile.mkdtemp(dir=parent, prefix=""))
    path.chmod(0o700)
    return path


def _entries(archive: zipfile.ZipFile, limits: UnpackLimits) -> Iterator[_Entry]:
    """Yield the checked entries of a zip."""
    infos = archive.infolist()
    if len(infos) > limits.entries:
        raise InvalidCodeError(
            f"the zip must have at most {limits.entries} entries, got {len(infos)}"
        )
    # By path: whether it is a directory, as an entry or as part of a path.
    seen: dict[tuple[str, ...], bool] = {(): True}
    for info in infos:
        entry = _Entry(info, _parts(info, limits), _kind(info))
        for length in range(1, len(entry.parts)):
            if not seen.setdefault(entry.parts[:length], True):
                raise InvalidCodeError(f"the zip has an entry below a file or link: {entry.name!r}")
        is_directory = entry.kind == stat.S_IFDIR
        if entry.parts in seen and not (is_directory and seen[entry.parts]):
            raise InvalidCodeError(f"the zip has a duplicate name: {entry.name!r}")
        seen[entry.parts] = is_directory
        if len(seen) > limits.entries:
            raise InvalidCodeError(
                f"the zip must have at most {limits.entries} entries, directories included"
            )
        yield entry


def _parts(info: zipfile.ZipInfo, limits: UnpackLimits) -> tuple[str, ...]:
    # orig_filename is the name in the zip; filename ends at the first NUL.
    name = info.orig_filename
    if not name or "\0" in name or "\\" in name or re.match(r"/|[A-Za-z]:", name):
        raise InvalidCodeError(f"the zip has an entry with an invalid name: {name!r}")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts or len(parts) > limits.depth:
        raise InvalidCodeError(f"the zip has an entry with an invalid name: {name!r}")
    return parts


def _kind(info: zipfile.ZipInfo) -> int:
    """Return the file type of an entry, or raise if it is not supported."""
    name = info.filename
    if info.flag_bits & _ENCRYPTED:
        raise InvalidCodeError(f"the zip has an encrypted entry: {name!r}")
    if info.compress_type not in _METHODS:
        raise InvalidCodeError(f"the zip has an entry with an unsupported compression: {name!r}")
    if info.is_dir():
        return stat.S_IFDIR
    kind = stat.S_IFMT(info.external_attr >> 16) or stat.S_IFREG
    if kind not in (stat.S_IFREG, stat.S_IFLNK, stat.S_IFDIR):
        raise InvalidCodeError(
            f"the zip has an entry that is not a file, directory or link: {name!r}"
        )
    return kind


def _check_size(entries: list[_Entry], limits: UnpackLimits) -> None:
    # Before anything is unpacked. zipfile reads no more of an entry than its size says.
    size = sum(entry.info.file_size for entry in entries)
    if size > limits.expanded_bytes:
        raise InvalidCodeError(
            "the zip is too large when unpacked: "
            f"it must have at most {limits.expanded_bytes} bytes, got {size}"
        )


def _write(archive: zipfile.ZipFile, entries: list[_Entry], root: Path) -> None:
    links = []
    for entry in entries:
        path = root.joinpath(*entry.parts)
        if entry.kind == stat.S_IFDIR:
            make_directory(path)
            continue
        make_directory(path.parent)
        if entry.kind == stat.S_IFLNK:
            links.append((path, _link_target(archive, entry)))
        else:
            _write_file(archive, entry, path)
    for path, target in links:
        path.symlink_to(target)
    # A link may point to another link, so all must exist before they are followed.
    inside = os.path.realpath(root)
    for path, _ in links:
        if not Path(os.path.realpath(path)).is_relative_to(inside):
            raise InvalidCodeError(f"the zip has a link that points outside: {path.name!r}")


def _write_file(archive: zipfile.ZipFile, entry: _Entry, path: Path) -> None:
    mode = 0o700 if (entry.info.external_attr >> 16) & 0o111 else 0o600
    with archive.open(entry.info) as source, path.open("xb") as target:
        while chunk := source.read(_CHUNK):
            target.write(chunk)
        os.fchmod(target.fileno(), mode)


def _link_target(archive: zipfile.ZipFile, entry: _Entry) -> str:
    with archive.open(entry.info) as source:
        target = os.fsdecode(source.read(_MAX_LINK_BYTES + 1))
    # Checked by name alone: realpath would accept a link that leaves the
    # directory and returns through the name of the staging directory.
    resolved = posixpath.normpath(posixpath.join(*entry.parts[:-1], "", target))
    leaves = resolved == ".." or resolved.startswith(("/", "../"))
    if leaves or not target or len(target) > _MAX_LINK_BYTES:
        raise InvalidCodeError(f"the zip has a link that points outside: {entry.name!r}")
    return target
