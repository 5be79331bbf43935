"""Stores the zips of layers by checksum, and merges those of a function in one directory.

Instances with the same layers share the directory, which takes the place of
``/opt``. Its files are read-only.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from fc_client._files import open_regular, remove_tree
from fc_client.local.storage.unpacking import make_directory, make_random_directory

__all__ = ["LayerStorage"]

_READ_ONLY = 0o555


class LayerStorage:
    """The zips of layers, and the merged trees of functions that use them.

    All methods block, and may run in any thread.

    Args:
        root: Directory of zips and trees; created with the first layer.
        unpack: Unpacks the content of a zip into an empty directory.
    """

    def __init__(self, root: Path, unpack: Callable[[bytes, Path], None]) -> None:
        self._zips = root / "zips"
        # Instances see paths without symbolic links.
        self._merged = Path(os.path.realpath(root)) / "merged"
        self._staging = root / "staging"
        self._unpack = unpack
        self._lock = threading.Lock()

    def zip(self, checksum: str) -> Path:
        """Return the path of the zip with this checksum, whether it exists or not."""
        return self._zips / f"{checksum}.zip"

    def put(self, checksum: str, content: bytes) -> None:
        """Store the zip of a layer.

        Raises:
            InvalidCodeError: the zip cannot be unpacked safely.
        """
        staging = self._new_staging()
        try:
            self._unpack(content, make_random_directory(staging))
            item = staging / "item"
            item.touch(0o600)
            item.write_bytes(content)
            item.replace(self.zip(checksum))
        finally:
            remove_tree(staging)

    def tree(self, checksums: Iterable[str]) -> Path:
        """Return the path that stands for the merged layers, which :meth:`open` makes."""
        return self._merged / "-".join(checksums)

    def open(self, tree: Path) -> None:
        """Make the merged tree of a path from :meth:`tree` unless it exists.

        Of two files with the same name, that of the later layer counts.

        Raises:
            OSError: a zip is missing or cannot be read.
        """
        with self._lock:
            if not tree.is_dir():
                self._merge(tree)

    def remove(self, checksum: str) -> None:
        """Remove a zip; trees that have been merged from it stay until :meth:`sweep`."""
        self.zip(checksum).unlink(missing_ok=True)

    def sweep(self, referenced: Collection[str]) -> None:
        """Remove all trees and all zips but the referenced. No instance may be running."""
        for directory in (self._merged, self._staging):
            remove_tree(directory)
        for path in self._zips.glob("*"):
            if path.stem not in referenced:
                remove_tree(path)

    def _new_staging(self) -> Path:
        for directory in (self._zips, self._merged, self._staging):
            make_directory(directory)
        return make_random_directory(self._staging)

    def _merge(self, tree: Path) -> None:
        staging = self._new_staging()
        try:
            merged = make_random_directory(staging)
            for checksum in tree.name.split("-"):
                with open_regular(self.zip(checksum)) as file:
                    content = file.read()
                layer = make_random_directory(staging)
                self._unpack(content, layer)
                _move(layer, merged)
            merged.rename(tree)
        finally:
            remove_tree(staging)


def _move(layer: Path, merged: Path) -> None:
    """Move all files of a directory into another one, where they replace others."""
    for entry in list(os.scandir(layer)):
        source, target = Path(entry.path), merged / entry.name
        if entry.is_dir(follow_symlinks=False):
            if target.is_symlink() or not target.is_dir():
                target.unlink(missing_ok=True)
                make_directory(target)
            _move(source, target)
            continue
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        if not entry.is_symlink():
            source.chmod(entry.stat().st_mode & _READ_ONLY)
        source.replace(target)
