"""Code: the code of a function, from a directory, a zip, a source file or OSS.

The same directory always gives the same zip: entries are sorted, dated 1980,
and of a file's mode only the executable bit is kept, as in git. A zip is read
and sent in chunks; only a zip passed as bytes is in memory as a whole.

Modules: ``archive`` keeps the bytes of a zip until they are sent,
``zip_writer`` compresses on all cores.
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
    # Imported late: a program that only invokes functions does not need crcmod.
    from crcmod import mkCrcFun

    function: Callable[[bytes, int], int] = mkCrcFun(
        0x142F0E1EBA9EA3693, initCrc=0, rev=True, xorOut=0xFFFFFFFFFFFFFFFF
    )
    return function


def crc64(data: bytes, start: int = 0) -> int:
    """Return the CRC-64/XZ of *data*; *start* is the CRC of the data before it."""
    return _crc64_function()(data, start)


@dataclass(frozen=True)
class Code:
    """The code of a function: a zip on this machine, or an object in OSS.

    Create it with :meth:`from_path`, :meth:`from_directory`, :meth:`from_zip`
    or :meth:`from_oss`. Safe to share between threads.

    Attributes:
        bucket: Name of the OSS bucket, or None.
        object: Key of the OSS object, or None.
        size: Size of the zip in bytes, or None if the code is in OSS.
        checksum: CRC-64 of the zip as an unsigned decimal, or None if the
            code is in OSS.
    """

    bucket: str | None = None
    object: str | None = None
    size: int | None = None
    checksum: str | None = None
    _archive: Archive | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        # A size without a zip would announce a body that does not exist.
        if (self.size is None) != (self._archive is None):
            raise TypeError(
                "size: cannot be passed; use Code.from_path, from_directory, from_zip or from_oss"
            )

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
            path: A directory is passed to :meth:`from_directory`, a file
                named ``*.zip`` to :meth:`from_zip`. Any other file becomes a
                zip that contains only that file.

        Raises:
            ValueError: *path* does not exist, is neither a file nor a
                directory, or changes while it is read.
            OSError: a file or directory cannot be read.
        """
        if not os.fspath(path):
            raise ValueError("code: must not be an empty path; pass '.' for the current directory")
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
        # Resolved: a zip that contains only a link would be useless.
        return cls._from_archive(pack([(path.name, path.resolve())]))

    @classmethod
    def from_directory(cls, path: str | os.PathLike[str], exclude: Iterable[str] = ()) -> Code:
        """Return the code of a directory, including sub-directories.

        Executable bits and symbolic links are kept. ``__pycache__``,
        ``*.pyc`` and the directories of git, Mercurial, Subversion and Bazaar
        are excluded.

        Args:
            path: The directory; it becomes ``/code``.
            exclude: More glob patterns to exclude. A pattern without a slash
                is matched against the name of every file and directory; a
                pattern with a slash is matched against the path relative to
                *path*. Everything in an excluded directory is excluded.

        Raises:
            ValueError: *path* is not a directory or has no files to upload,
                an entry cannot be stored in a zip (a socket, a name that is
                not valid Unicode), or a file changes while it is read.
            OSError: an entry cannot be read.
        """
        root = Path(path)
        if not root.is_dir():
            raise ValueError(f"code: no such directory: {str(root)!r}")
        if isinstance(exclude, str):
            raise TypeError("exclude: expected a list or tuple of patterns, got a str")
        patterns = (*_ALWAYS_EXCLUDED, *exclude)
        members = list(_members(root, PurePosixPath(), patterns))
        if not members:
            raise ValueError(f"code: the directory {str(root)!r} is empty or wholly excluded")
        return cls._from_archive(pack(members))

    @classmethod
    def from_zip(cls, source: str | os.PathLike[str] | bytes) -> Code:
        """Return the code in a zip, which is sent unchanged.

        Args:
            source: Path of the zip, or its content as bytes. A file must not
                change until it has been sent.

        Raises:
            ValueError: the file does not exist or is not a zip.
        """
        if isinstance(source, bytes):
            _check_zip(io.BytesIO(source), "the bytes passed as source")
            return cls._from_archive(OpenFileArchive.of_bytes(source))
        path = Path(source)
        if not path.is_file():
            raise ValueError(f"code: no such file: {str(path)!r}")
        archive = PathArchive(path)
        _check_zip(path, repr(str(path)))
        return cls._from_archive(archive)

    @classmethod
    def from_oss(cls, bucket: str, object: str) -> Code:
        """Return code that the service itself fetches from OSS.

        Args:
            bucket: Name of the bucket, in the service's region.
            object: Key of the zip in the bucket.

        Raises:
            TypeError: a value is not a str.
            ValueError: a value is empty.
        """
        for name, value in (("bucket", bucket), ("object", object)):
            if not isinstance(value, str):
                raise TypeError(f"{name}: expected a str, got {type(value).__name__}")
            if not value:
                raise ValueError(f"{name}: must not be empty")
        return cls(bucket=bucket, object=object)

    def chunks(self) -> Iterator[bytes]:
        """Return an iterator over the zip from its start; empty if the code is in OSS.

        Raises:
            ValueError: the file passed to :meth:`from_zip` has changed since then.
        """
        return iter(()) if self._archive is None else self._archive.chunks()


CodeSource = Code | str | os.PathLike[str]


def as_code(value: CodeSource | None) -> Code | None:
    """Return the Code for the argument *code* of an operation; None stays None."""
    if value is None or isinstance(value, Code):
        return value
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"code: expected a path or a Code, got {type(value).__name__}")
    return Code.from_path(value)


def required_code(value: CodeSource) -> Code:
    """Return the Code for a required argument *code*; TypeError for None."""
    code = as_code(value)
    if code is None:
        raise TypeError("code: expected a path or a Code, got None")
    return code


def _members(
    directory: Path, below: PurePosixPath, patterns: tuple[str, ...]
) -> Iterator[tuple[str, Path]]:
    """Yield the name in the zip and the path of every entry, sorted."""
    for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
        name = below / entry.name
        if _is_excluded(name, patterns):
            continue
        path = Path(entry.path)
        if not entry.is_dir(follow_symlinks=False):
            yield str(name), path
            continue
        inside = list(_members(path, name, patterns))
        # Only an empty directory needs its own entry.
        yield from inside or [(f"{name}/", path)]


def _is_excluded(name: PurePosixPath, patterns: tuple[str, ...]) -> bool:
    return any(
        fnmatchcase(str(name) if "/" in pattern else name.name, pattern) for pattern in patterns
    )


def _check_zip(source: Path | IO[bytes], where: str) -> None:
    # Imported late: most programs never pass a zip.
    from zipfile import BadZipFile, ZipFile

    try:
        ZipFile(source).close()
    except (BadZipFile, NotImplementedError, ValueError) as exc:
        raise ValueError(f"code: not a zip file: {where}: {exc}") from exc
