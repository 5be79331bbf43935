"""Stores the code of functions as zips and unpacked trees, by checksum.

A tree is unpacked in a staging directory and renamed when complete, so a tree
is never partial. Code with another checksum goes to another tree, so running
instances can keep using theirs.
"""

from __future__ import annotations

import base64
import binascii
import os
import shutil
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fc_client.code import crc64
from fc_client.local.storage.unpacking import InvalidCodeError, UnpackLimits, unpack

__all__ = ["CodeStorage", "CodeTooLargeError", "InvalidCodeError", "StoredCode"]

# The service's limits for code in a request and for code from OSS.
_MAX_REQUEST_BYTES = 100 * 1024 * 1024
_MAX_OSS_BYTES = 500 * 1024 * 1024


class CodeTooLargeError(ValueError):
    """The zip exceeds the size limit of the service."""


@dataclass(frozen=True)
class StoredCode:
    """The checksum and size of stored code.

    Attributes:
        checksum: CRC-64 of the zip, as an unsigned decimal.
        size: Size of the zip in bytes.
    """

    checksum: str
    size: int


class CodeStorage:
    """Zips and unpacked trees in one directory.

    The methods block. They may run in any thread, but the caller must not run
    two at the same time.

    Args:
        root: Directory of zips and trees; created if missing.
        oss_root: Directory that takes the place of OSS: ``bucket/object``.
        limits: Limits for unpacking.
    """

    def __init__(
        self, root: Path, oss_root: Path | None = None, *, limits: UnpackLimits | None = None
    ) -> None:
        self._zips = root / "zips"
        self._trees = root / "trees"
        # On the same file system as zips and trees, so that renaming works.
        self._staging = root / "staging"
        self._oss_root = oss_root
        self._limits = limits or UnpackLimits()
        for directory in (self._zips, self._trees, self._staging):
            directory.mkdir(parents=True, exist_ok=True)

    def put(self, code: dict[str, Any], expected: str | None = None) -> StoredCode:
        """Store and unpack the code of a request.

        Args:
            code: The guide's Code: zipFile, or ossBucketName and ossObjectName.
            expected: The required checksum; None for any.

        Raises:
            InvalidCodeError: the code is missing, invalid or cannot be
                unpacked safely.
            CodeTooLargeError: the zip exceeds the size limit of the service.
        """
        content = self._content(code)
        stored = StoredCode(str(crc64(content)), len(content))
        if expected is not None and expected != stored.checksum:
            raise InvalidCodeError(f"its checksum must be {expected}, got {stored.checksum}")
        if not self.tree(stored.checksum).exists():
            self._publish(
                self.tree(stored.checksum), lambda staging: self._unpack(content, staging)
            )
        if not self.zip(stored.checksum).exists():
            self._publish(
                self.zip(stored.checksum), lambda staging: (staging / "item").write_bytes(content)
            )
        return stored

    def zip(self, checksum: str) -> Path:
        """Return the path of the zip with this checksum, whether it exists or not."""
        return self._zips / f"{checksum}.zip"

    def tree(self, checksum: str) -> Path:
        """Return the path of the tree with this checksum, whether it exists or not."""
        return self._trees / checksum

    def remove_zip(self, checksum: str) -> None:
        """Remove a zip that no function refers to.

        Its tree remains until :meth:`sweep`, since an instance may still use it.
        """
        self.zip(checksum).unlink(missing_ok=True)

    def sweep(self, referenced: Collection[str]) -> None:
        """Remove all code that no function refers to. No instance may be running.

        Args:
            referenced: The checksums to keep.
        """
        for directory in (self._zips, self._trees, self._staging):
            for path in directory.iterdir():
                if path.name.removesuffix(".zip") not in referenced:
                    _remove(path)

    def _unpack(self, content: bytes, staging: Path) -> None:
        tree = staging / "item"
        tree.mkdir()
        unpack(content, tree, self._limits)

    def _publish(self, target: Path, make: Callable[[Path], object]) -> None:
        """Make ``item`` in a staging directory, then rename it to *target*."""
        staging = Path(tempfile.mkdtemp(dir=self._staging))
        try:
            make(staging)
            (staging / "item").replace(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _content(self, code: dict[str, Any]) -> bytes:
        given = {name: value for name, value in code.items() if value is not None}
        if "zipFile" in given:
            return _decode_zip(given["zipFile"])
        if {"ossBucketName", "ossObjectName"} <= given.keys():
            return self._oss_object(given["ossBucketName"], given["ossObjectName"])
        raise InvalidCodeError("must have zipFile, or ossBucketName and ossObjectName")

    def _oss_object(self, bucket: object, name: object) -> bytes:
        if not isinstance(bucket, str) or not isinstance(name, str):
            raise InvalidCodeError("ossBucketName and ossObjectName must be strings")
        if self._oss_root is None:
            raise InvalidCodeError(
                "code from OSS needs a directory that takes the place of OSS: "
                "start the server with oss_root (--oss-root)"
            )
        where = f"object {name!r} of bucket {bucket!r}"
        path = _file_below(self._oss_root, bucket, name)
        if path is None:
            raise InvalidCodeError(f"{where} does not exist")
        if path.stat().st_size > _MAX_OSS_BYTES:
            raise CodeTooLargeError(f"{where} must have at most {_MAX_OSS_BYTES} bytes")
        return path.read_bytes()


def _file_below(root: Path, bucket: str, name: str) -> Path | None:
    """Return the file ``root/bucket/name``, or None if it does not exist."""
    if bucket in ("", ".", "..") or "/" in bucket:
        return None
    try:
        # Links are followed unless they lead out of the root.
        folder = Path(os.path.realpath(root / bucket))
        path = Path(os.path.realpath(folder / name.lstrip("/")))
        inside = folder.is_relative_to(os.path.realpath(root)) and path.is_relative_to(folder)
        return path if inside and path.is_file() else None
    except (OSError, ValueError):
        # Not a valid file name.
        return None


def _decode_zip(text: object) -> bytes:
    if not isinstance(text, str):
        raise InvalidCodeError("zipFile must be a string")
    # Checked before decoding, to avoid a second large copy in memory.
    if len(text) * 3 // 4 > _MAX_REQUEST_BYTES + 3:
        raise CodeTooLargeError(f"the zip must have at most {_MAX_REQUEST_BYTES} bytes")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise InvalidCodeError(f"zipFile is not valid base64: {exc}") from exc


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
