"""Where a function's code comes from: a directory, a zip, a file or OSS.

The same tree always gives the same bytes: entries are sorted, dated 1980 and
carry only what git would keep of a mode, the executable bit. A zip is never
in memory as a whole, unless the caller gave it so.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO

from fc_client.code.archive import Archive, OpenFileArchive, PathArchive, pack

__all__ = ["Code"]

_ALWAYS_EXCLUDED = ("__pycache__", "*.pyc", ".git", ".hg", ".svn", ".bzr")


@lru_cache(maxsize=1)
def _crc64_function() -> Callable[[bytes, int], int]:
    # crcmod is imported late: a caller that only invokes never needs it.
    from crcmod import mkCrcFun

    function: Callable[[bytes, int], int] = mkCrcFun(
        0x142F0E1EBA9EA3693, initCrc=0, rev=True, xorOut=0xFFFFFFFFFFFFFFFF
    )
    return function


def crc64(data: bytes, start: int = 0) -> int:
    """Return CRC-64/XZ of *data*, going on from the crc *start*."""
    return _crc64_function()(data, start)


@dataclass(frozen=True)
class Code:
    """The code of a function: a zip here, or an object in OSS.

    Made by :meth:`from_path`, :meth:`from_directory`, :meth:`from_zip` or
    :meth:`from_oss`. Safe to share between threads.

    Attributes:
        bucket: Name of the OSS bucket, or None.
        object: Key of the OSS object, or None.
        size: Bytes of the zip, or None where the code is in OSS.
        checksum: crc64 of the zip as an unsigned decimal, or None where the
            code is in OSS.
    """

    bucket: str | None = None
    object: str | None = None
    size: int | None = None
    checksum: str | None = None
    _archive: Archive | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        # The service would wait for bytes that nobody has.
        if (self.size is None) != (self._archive is None):
            raise TypeError("size: not an argument; make a Code by from_path, from_zip or from_oss")

    @classmethod
    def _from_archive(cls, archive: Archive) -> Code:
        size = crc = 0
        for chunk in archive.chunks():
            size += len(chunk)
            crc = crc64(chunk, crc)
        return cls(size=size, checksum=str(crc), _archive=archive)

    @classmethod
    def from_path(cls, path: str | os.PathLike[str]) -> Code:
        """Return the code at *path*: a directory, a zip or one source file.

        Args:
            path: A directory is taken as with :meth:`from_directory`, a file
                named ``*.zip`` as with :meth:`from_zip`; any other file
                becomes a zip of just that file.

        Raises:
            ValueError: nothing is there, it is neither file nor directory, or
                changes while it is read.
            OSError: something cannot be read.
        """
        if not os.fspath(path):
            raise ValueError("code: an empty path; name the present directory with '.'")
        path = Path(path)
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as exc:
            raise ValueError(f"code: no such file or directory: {str(path)!r} ({exc})") from exc
        if stat.S_ISDIR(mode):
            return cls.from_directory(path)
        if not stat.S_ISREG(mode):
            raise ValueError(f"code: {str(path)!r} is neither a file nor a directory")
        if path.suffix.lower() == ".zip":
            return cls.from_zip(path)
        # Resolved: a link alone in a zip leads nowhere.
        return cls._from_archive(pack([(path.name, path.resolve())]))

    @classmethod
    def from_directory(cls, path: str | os.PathLike[str], exclude: Iterable[str] = ()) -> Code:
        """Return the code of a directory, sub-directories included.

        Executable bits and symbolic links are kept. ``__pycache__``,
        ``*.pyc`` and the folders of git, Mercurial, Subversion and Bazaar
        are left out.

        Args:
            path: The directory; it becomes ``/code``.
            exclude: Globs of what to leave out besides. One without a slash
                is matched with the name of every file and directory; one
                with a slash is matched with the path below *path*. What is
                below a directory that matches is left out with it.

        Raises:
            ValueError: it is no directory, holds nothing, holds what a zip
                cannot (a socket, a name that is no UTF-8), or a file in it
                changes while it is read.
            OSError: something in it cannot be read.
        """
        root = Path(path)
        if not root.is_dir():
            raise ValueError(f"code: no such directory: {str(root)!r}")
        if isinstance(exclude, str):
            raise TypeError("exclude: expected globs in a list or tuple, got one str")
        patterns = (*_ALWAYS_EXCLUDED, *exclude)
        members = list(_members(root, PurePosixPath(), patterns))
        if not members:
            raise ValueError(f"code: the directory {str(root)!r} holds nothing to upload")
        return cls._from_archive(pack(members))

    @classmethod
    def from_zip(cls, source: str | os.PathLike[str] | bytes) -> Code:
        """Return the code of a zip, byte for byte.

        Args:
            source: Path of the zip, which must stay as it is until it has been
                sent, or the zip itself as bytes.

        Raises:
            ValueError: there is no such file, or it is no zip.
        """
        if isinstance(source, bytes):
            _check_zip(io.BytesIO(source), "the bytes given")
            return cls._from_archive(OpenFileArchive.of_bytes(source))
        path = Path(source)
        if not path.is_file():
            raise ValueError(f"code: no such file: {str(path)!r}")
        archive = PathArchive(path)
        _check_zip(path, repr(str(path)))
        return cls._from_archive(archive)

    @classmethod
    def from_oss(cls, bucket: str, object: str) -> Code:
        """Return code that the service fetches from OSS by itself.

        Args:
            bucket: Name of the bucket, in the service's region.
            object: Key of the zip in it.

        Raises:
            TypeError: one of them is no str.
            ValueError: one of them is empty.
        """
        for name, value in (("bucket", bucket), ("object", object)):
            if not isinstance(value, str):
                raise TypeError(f"{name}: expected a str, got {type(value).__name__}")
            if not value:
                raise ValueError(f"{name}: must not be empty")
        return cls(bucket=bucket, object=object)

    def chunks(self) -> Iterator[bytes]:
        """Return an iterator over the zip, from its start; empty where it is in OSS.

        Raises:
            ValueError: the file given to :meth:`from_zip` has changed since.
        """
        return iter(()) if self._archive is None else self._archive.chunks()


CodeSource = Code | str | os.PathLike[str]


def as_code(value: CodeSource | None) -> Code | None:
    """Return what the argument *code* of a call means."""
    if value is None or isinstance(value, Code):
        return value
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"code: expected a path or a Code, got {type(value).__name__}")
    return Code.from_path(value)


def required_code(value: CodeSource) -> Code:
    """Return what the argument *code* of a call means; TypeError for None."""
    code = as_code(value)
    if code is None:
        raise TypeError("code: expected a path or a Code, got None")
    return code


def _members(
    directory: Path, below: PurePosixPath, patterns: tuple[str, ...]
) -> Iterator[tuple[str, Path]]:
    """Yield name and path of all that goes into the zip, sorted."""
    for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
        name = below / entry.name
        if _is_excluded(name, patterns):
            continue
        path = Path(entry.path)
        if not entry.is_dir(follow_symlinks=False):
            yield str(name), path
            continue
        inside = list(_members(path, name, patterns))
        # Only an empty directory needs an entry of its own.
        yield from inside or [(f"{name}/", path)]


def _is_excluded(name: PurePosixPath, patterns: tuple[str, ...]) -> bool:
    return any(
        fnmatchcase(str(name) if "/" in pattern else name.name, pattern) for pattern in patterns
    )


def _check_zip(source: Path | IO[bytes], where: str) -> None:
    # Imported late: code is seldom a zip already, and never needed for a call.
    from zipfile import BadZipFile, ZipFile

    try:
        ZipFile(source).close()
    except (BadZipFile, NotImplementedError, ValueError) as exc:
        raise ValueError(f"code: no zip file: {where}: {exc}") from exc
