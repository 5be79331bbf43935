"""Code: the code of a function, from a directory, a zip, a source file or OSS.

The same directory always gives the same zip: entries are sorted, dated 1980,
and of a file's mode only the executable bit is kept, as in git. A zip is read
and sent in chunks; only a zip passed as bytes is in memory as a whole.

Modules: ``directory`` selects what is uploaded, by the patterns of
``gitignore`` and the ``defaults``; ``zip_writer`` compresses on all cores;
``zip_check`` recognises zips; ``archive`` keeps the bytes until they are sent.
``dependencies`` adds what pip and npm install, from the ``dependency_cache``.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from fc_client._files import named_kind, open_regular
from fc_client.code.archive import Archive, BytesArchive, PathArchive, pack
from fc_client.code.errors import DependencyError
from fc_client.code.paths import plain_path
from fc_client.code.zip_check import check_zip, is_zip

__all__ = ["Code", "DependencyError"]


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
            path: A directory is passed to :meth:`from_directory`, a file that
                is a zip to :meth:`from_zip`, whatever its name: a ``.jar``,
                for example. Any other file becomes a zip that contains only
                that file.

        Raises:
            ValueError: *path* does not exist, is neither a file nor a
                directory, is not a zip although its name or first bytes say
                so, or changes while it is read.
            OSError: a file or directory cannot be read.
        """
        path = plain_path("code", path)
        try:
            mode = path.stat().st_mode
        except FileNotFoundError as exc:
            raise ValueError(f"code: no such file or directory: {str(path)!r}") from exc
        except (OSError, ValueError) as exc:
            raise ValueError(f"code: no such file or directory: {str(path)!r} ({exc})") from exc
        if stat.S_ISDIR(mode):
            return cls.from_directory(path)
        if not stat.S_ISREG(mode):
            raise ValueError(f"code: {named_kind(path)} is neither a file nor a directory")
        archive = PathArchive(path)
        with open_regular(path) as file:
            if is_zip(file, path.name, repr(str(path))):
                return cls._from_archive(archive)
        # Resolved: a zip that contains only a link would be useless.
        return cls._from_archive(pack([(path.name, path.resolve())]))

    @classmethod
    def from_directory(
        cls,
        path: str | os.PathLike[str],
        exclude: Iterable[str] = (),
        *,
        install: bool = False,
        runtime: str | None = None,
        platform: Literal["linux_x86_64", "local"] = "linux_x86_64",
        cache_dir: str | os.PathLike[str] | None = None,
    ) -> Code:
        """Return the code of a directory, including sub-directories.

        Executable bits and symbolic links are kept. Left out are, without a
        warning, ``__pycache__``, ``*.pyc`` and what belongs to version control;
        and, with one warning that names them, secrets (``.env``, private
        keys), virtual environments, caches and files of editors.
        ``node_modules`` is uploaded.

        Args:
            path: The directory; it becomes ``/code``. Its file ``.fcignore``
                may have patterns, one per line, which come before *exclude*.
            exclude: Patterns of what to leave out, with the meaning that they
                have in a ``.gitignore``; the last one that matches decides.
                ``!.env`` uploads what is left out by default. A pattern that
                matches nothing is warned of.
            install: Add the packages of the directory's ``requirements.txt``
                (by pip) and ``package.json`` (by npm, from its lock file if
                there is one). Nothing is written into the directory: they are
                installed into a cache, once for the same files. A file of the
                directory comes before one of a package.
            runtime: Runtime of the function, such as ``python3.9``: installs
                only for its language, and Python packages for its version.
                Default: every file that exists, for Python 3.10.
            platform: ``linux_x86_64``, the platform of Function Compute, for
                which pip uses wheels only; or ``local``, this machine and the
                Python of this program, for the embedded Function Compute.
            cache_dir: The directory of the cache. Default:
                ``aliyun-fc-client`` in the user's directory for caches.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: *path* is not a directory or has no files to upload,
                an entry cannot be stored in a zip (a socket, a name that is
                not valid Unicode), or a file changes while it is read; or
                there is nothing to install.
            DependencyError: pip or npm is missing or fails; the message has
                the end of its output.
            OSError: an entry cannot be read, or the cache cannot be written.
        """
        root = plain_path("code", path)
        if not root.is_dir():
            raise ValueError(f"code: no such directory: {named_kind(root)}")
        options = (runtime, platform, cache_dir)
        _check_install(install, options)
        # Imported late: the patterns of what is left out are many.
        from fc_client.code.directory import members_of

        members = members_of(root, exclude)
        if not members:
            raise ValueError(f"code: the directory {str(root)!r} is empty or wholly excluded")
        if install:
            # Imported late: it starts processes, which most programs do not need.
            from fc_client.code.dependencies import InstallOptions, with_dependencies

            members = with_dependencies(members, root, InstallOptions(*options))
        return cls._from_archive(pack(members))

    @classmethod
    def from_zip(cls, source: str | os.PathLike[str] | bytes) -> Code:
        """Return the code in a zip, which is sent unchanged.

        Args:
            source: Path of the zip, or its content as bytes. A file must not
                change until it has been sent.

        Raises:
            TypeError: *source* has a wrong type.
            ValueError: the file does not exist, or is not a zip, or one that is
                damaged or encrypted.
        """
        if isinstance(source, (bytes, bytearray, memoryview)):
            content = bytes(source)
            check_zip(io.BytesIO(content), "the bytes passed as source")
            return cls._from_archive(BytesArchive(content))
        path = plain_path("source", source)
        if not path.is_file():
            raise ValueError(f"code: no such file: {named_kind(path)}")
        archive = PathArchive(path)
        with open_regular(path) as file:
            check_zip(file, repr(str(path)))
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


def _check_install(install: bool, options: tuple[object, ...]) -> None:
    """Check that the options of *install* come with it.

    Raises:
        TypeError: they do not, or *install* is not a bool.
    """
    if not isinstance(install, bool):
        raise TypeError(f"install: expected True or False, got {type(install).__name__}")
    if not install and options != (None, "linux_x86_64", None):
        raise TypeError("runtime, platform, cache_dir: can only be passed with install=True")


def code_of_members(members: Iterable[tuple[str, Path]]) -> Code:
    """Return the code that consists of files that a tool has selected.

    Args:
        members: The name in the zip and the path of each; links are stored as links.

    Raises:
        ValueError: one cannot be stored in a zip, or changes while it is read.
        OSError: one cannot be read.
    """
    return Code._from_archive(pack(members))  # noqa: SLF001 - of this module


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
