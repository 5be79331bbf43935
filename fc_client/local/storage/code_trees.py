"""Lends unpacked code to instances: each runs in a tree that no other instance uses.

A function may write beside its code, so a tree may differ from the zip that it
was unpacked from. An instance therefore gets a tree that is unpacked for it, or
one that an earlier instance has returned and that has not changed since it was
unpacked. The zip itself is compared with its checksum.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from fc_client._files import open_regular, remove_tree
from fc_client.code import crc64
from fc_client.local.storage.unpacking import make_directory, make_random_directory

__all__ = ["CodeTrees"]


class CodeTrees:
    """The unpacked trees of all code, in one directory.

    A tree is ``root/checksum/<random>``. At most one unused tree of each
    checksum is kept. All methods may be called from several threads.

    Args:
        root: Directory of the trees.
        zip_path: Returns the path of the zip with a checksum.
        unpack: Unpacks the content of a zip into an empty directory.
    """

    def __init__(
        self,
        root: Path,
        zip_path: Callable[[str], Path],
        unpack: Callable[[bytes, Path], None],
    ) -> None:
        # Instances see paths without symbolic links.
        self._root = Path(os.path.realpath(root))
        self._zip_path = zip_path
        self._unpack = unpack
        self._lock = threading.Lock()
        # Kept in memory, where a function cannot change them.
        self._snapshots: dict[Path, bytes] = {}
        self._unused: dict[str, Path] = {}
        self._digests: dict[str, bytes] = {}
        self._holders: Counter[str] = Counter()
        self._removed: set[str] = set()

    def add(self, checksum: str, content: bytes) -> None:
        """Unpack new code, as the tree for its first instance.

        Raises:
            InvalidCodeError: the zip cannot be unpacked safely.
        """
        with self._lock:
            self._removed.discard(checksum)
            self._digests[checksum] = _digest(content)
            if checksum in self._unused:
                return
        self._keep(checksum, self._new_tree(checksum, content))

    def hold(self, checksum: str) -> None:
        """Keep the code for a caller, until it calls :meth:`let_go`, even if it is removed."""
        with self._lock:
            self._holders[checksum] += 1

    def let_go(self, checksum: str) -> None:
        """Undo one :meth:`hold`; removed code is deleted after the last one."""
        with self._lock:
            self._holders[checksum] -= 1
            if self._holders[checksum] == 0:
                del self._holders[checksum]
            tree = self._forget(checksum) if checksum in self._removed else None
        self._delete(tree)

    def take(self, checksum: str) -> Path:
        """Return a tree for one instance, with exactly the files of the zip.

        Raises:
            OSError: the zip is missing, or is not the one that was stored.
        """
        with self._lock:
            path = self._unused.pop(checksum, None)
            self._holders[checksum] += 1
        try:
            if path is not None and _snapshot(path) == self._snapshots.get(path):
                return path
            self._delete(path)
            return self._new_tree(checksum, self._content(checksum))
        except BaseException:
            self.let_go(checksum)
            raise

    def give_back(self, checksum: str, path: Path) -> None:
        """Take back the tree of an instance that has ended."""
        self._keep(checksum, path)
        self.let_go(checksum)

    def remove(self, checksum: str) -> None:
        """Delete the zip and the unused tree of a checksum, once no caller holds them."""
        with self._lock:
            self._removed.add(checksum)
            tree = self._forget(checksum)
        self._delete(tree)

    def _forget(self, checksum: str) -> Path | None:
        """Delete the zip of removed code unless it is held; return the tree to delete, too."""
        if checksum in self._holders:
            return None
        self._removed.discard(checksum)
        self._digests.pop(checksum, None)
        # Under the lock: put() must not store the zip again before it is deleted.
        self._zip_path(checksum).unlink(missing_ok=True)
        return self._unused.pop(checksum, None)

    def clear(self) -> None:
        """Delete all trees. No instance may be running."""
        with self._lock:
            self._snapshots.clear()
            self._unused.clear()
        for path in self._root.iterdir():
            remove_tree(path)

    def _new_tree(self, checksum: str, content: bytes) -> Path:
        path = self._new_directory(self._root / checksum)
        try:
            self._unpack(content, path)
            self._snapshots[path] = _snapshot(path)
        except BaseException:
            self._delete(path)
            raise
        return path

    @staticmethod
    def _new_directory(parent: Path) -> Path:
        while True:
            make_directory(parent)
            # Another thread may remove an empty parent at any time.
            with suppress(FileNotFoundError):
                return make_random_directory(parent)

    def _keep(self, checksum: str, path: Path) -> None:
        """Keep an unused tree, unless another one of the same checksum is kept."""
        with self._lock:
            kept = self._unused.setdefault(checksum, path)
        if kept is not path:
            self._delete(path)

    def _delete(self, path: Path | None) -> None:
        if path is not None:
            self._snapshots.pop(path, None)
            remove_tree(path)
            with suppress(OSError):
                path.parent.rmdir()

    def _content(self, checksum: str) -> bytes:
        with open_regular(self._zip_path(checksum)) as file:
            content = file.read()
        digest = _digest(content)
        # The CRC takes up to a hundred times as long, so it is only computed for
        # a zip that this process has not seen.
        if self._digests.get(checksum) != digest:
            if str(crc64(content)) != checksum:
                raise OSError(
                    f"the stored code {checksum} is damaged; create or update the function again"
                )
            self._digests[checksum] = digest
        return content


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content).digest()


def _snapshot(root: Path) -> bytes:
    """Return a digest that a change of any file or directory of a tree changes."""
    # ascii(), since names may be any bytes.
    return _digest(ascii(sorted(_states(str(root)))).encode("ascii"))


def _states(path: str) -> Iterator[tuple[str, tuple[int, int, int, int, int]]]:
    # A missing or unreadable directory differs from any state that was recorded.
    try:
        status = os.lstat(path)
        entries = list(os.scandir(path))
    except OSError:
        return
    yield path, _state(status)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _states(entry.path)
        else:
            with suppress(OSError):
                yield entry.path, _state(entry.stat(follow_symlinks=False))


def _state(status: os.stat_result) -> tuple[int, int, int, int, int]:
    # A program cannot set the time of change (ctime) as it can the others.
    return (
        status.st_mode,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
