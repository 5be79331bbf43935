"""Stores the code of functions as zips, by checksum, and lends unpacked trees to instances."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fc_client._files import open_regular, remove_tree
from fc_client.code import crc64
from fc_client.local.storage.code_trees import CodeTrees
from fc_client.local.storage.layer_storage import LayerStorage
from fc_client.local.storage.unpacking import (
    InvalidCodeError,
    UnpackLimits,
    make_directory,
    make_random_directory,
    unpack,
)

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

    The methods block. They may run in any thread; :meth:`put` and :meth:`sweep`
    only one at a time.

    Args:
        root: Directory of zips and trees; created if missing.
        oss_root: Directory that takes the place of OSS: ``bucket/object``.
        limits: Limits for unpacking.

    Attributes:
        layers: The code of layers.
    """

    def __init__(
        self, root: Path, oss_root: Path | None = None, *, limits: UnpackLimits | None = None
    ) -> None:
        self._zips = root / "zips"
        self._trees = root / "trees"
        # On the same file system as the zips, so that renaming works.
        self._staging = root / "staging"
        self._oss_root = oss_root
        self._limits = limits or UnpackLimits()
        for directory in (root, self._zips, self._trees, self._staging):
            make_directory(directory)
        self._code_trees = CodeTrees(self._trees, self.zip, self._unpack)
        self.layers = LayerStorage(root / "layers", self._unpack)

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
        self._code_trees.add(stored.checksum, content)
        # Written again if it exists, since it may not be what was stored.
        self._write_zip(stored.checksum, content)
        return stored

    def put_layer(self, code: dict[str, Any]) -> StoredCode:
        """Store the code of a layer; see :meth:`put`."""
        content = self._content(code)
        stored = StoredCode(str(crc64(content)), len(content))
        self.layers.put(stored.checksum, content)
        return stored

    def open_layers(self, tree: Path) -> None:
        """Make the directory of merged layers; see :meth:`LayerStorage.open`."""
        self.layers.open(tree)

    def zip(self, checksum: str) -> Path:
        """Return the path of the zip with this checksum, whether it exists or not."""
        return self._zips / f"{checksum}.zip"

    def tree(self, checksum: str) -> Path:
        """Return the path that stands for the code with this checksum.

        It is not the directory to run in; :meth:`take` returns that.
        """
        return self._trees / checksum

    def hold(self, code_dir: Path) -> None:
        """Keep the code of *code_dir* until :meth:`let_go`; linked directories stay as they are.

        Args:
            code_dir: A path from :meth:`tree`, or a linked directory.
        """
        if self._is_stored(code_dir):
            self._code_trees.hold(code_dir.name)

    def let_go(self, code_dir: Path) -> None:
        """Undo one :meth:`hold`."""
        if self._is_stored(code_dir):
            self._code_trees.let_go(code_dir.name)

    def take(self, code_dir: Path) -> Path:
        """Return the directory for one instance; a linked directory is returned unchanged.

        Raises:
            OSError: the stored code is missing or damaged.
        """
        return self._code_trees.take(code_dir.name) if self._is_stored(code_dir) else code_dir

    def give_back(self, code_dir: Path, taken: Path) -> None:
        """Take back a directory from :meth:`take`, when its instance has ended."""
        if self._is_stored(code_dir):
            self._code_trees.give_back(code_dir.name, taken)

    def remove_zip(self, checksum: str) -> None:
        """Remove code that no function refers to, once no instance and no call needs it."""
        self._code_trees.remove(checksum)

    def sweep(self, referenced: Collection[str]) -> None:
        """Remove all code that no function refers to. No instance may be running.

        Args:
            referenced: The checksums to keep.
        """
        self._code_trees.clear()
        for path in (*self._zips.iterdir(), *self._staging.iterdir()):
            if path.name.removesuffix(".zip") not in referenced:
                remove_tree(path)

    def _is_stored(self, code_dir: Path) -> bool:
        return code_dir.parent == self._trees

    def _unpack(self, content: bytes, root: Path) -> None:
        unpack(content, root, self._limits)

    def _write_zip(self, checksum: str, content: bytes) -> None:
        """Write a zip in a staging directory, then rename it, so it is never partial."""
        staging = make_random_directory(self._staging)
        try:
            item = staging / "item"
            with item.open("wb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(content)
            item.replace(self.zip(checksum))
        finally:
            remove_tree(staging)

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
        try:
            with open_regular(path) as file:
                content = file.read(_MAX_OSS_BYTES + 1)
        except OSError as exc:
            raise InvalidCodeError(f"{where} cannot be read: {exc.strerror}") from exc
        if len(content) > _MAX_OSS_BYTES:
            raise CodeTooLargeError(f"{where} must have at most {_MAX_OSS_BYTES} bytes")
        return content


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
