"""A cache of installed dependencies, which several processes may use at once.

An entry has the installed files and their digest. It is installed aside and
renamed, so it is complete or absent. An entry whose files no longer have the
digest is replaced.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from fc_client._files import remove_tree
from fc_client.code.trees import digest_of

__all__ = ["Installation", "default_directory", "installed"]

_FILES, _DIGEST = "files", "digest"
_ASIDE = "new-"
# No installation takes so long.
_ABANDONED_SECONDS = 24 * 3600
# Only other processes that use the same entry at the same moment make one more necessary.
_MAX_ATTEMPTS = 10


class Installation(Protocol):
    """Dependencies that can be installed."""

    def key(self) -> str:
        """Return a name that all equal installations have, and no other."""

    def run(self, target: Path) -> None:
        """Install into the empty directory *target*."""


def default_directory(platform: str = sys.platform) -> Path:
    """Return the directory of the cache, by the conventions of the operating system."""
    if platform == "darwin":
        parent = Path.home() / "Library" / "Caches"
    elif platform == "win32":
        parent = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        wanted = Path(os.environ.get("XDG_CACHE_HOME", ""))
        # The specification: a relative path is invalid and must be ignored.
        parent = wanted if wanted.is_absolute() else Path.home() / ".cache"
    return parent / "aliyun-fc-client"


def installed(installation: Installation, directory: Path) -> Path:
    """Return the directory with the installed files, from the cache if it has them.

    Args:
        installation: What to install if the cache does not have it.
        directory: The directory of the cache; it is created if it is missing.

    Raises:
        DependencyError: the installation fails.
        OSError: the cache cannot be written or read.
    """
    entry = directory / installation.key()
    if not _is_intact(entry):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_abandoned(directory)
        with TemporaryDirectory(dir=directory, prefix=_ASIDE) as aside:
            new = Path(aside, "entry")
            (new / _FILES).mkdir(parents=True)
            installation.run(new / _FILES)
            (new / _DIGEST).write_text(digest_of(new / _FILES), encoding="ascii")
            _publish(new, entry, Path(aside))
    return entry / _FILES


def _remove_abandoned(directory: Path) -> None:
    """Remove what processes that were killed have left; it may have settings with a token."""
    for path in directory.glob(f"{_ASIDE}*"):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime > _ABANDONED_SECONDS:
                remove_tree(path)


def _is_intact(entry: Path) -> bool:
    try:
        wanted = (entry / _DIGEST).read_text(encoding="ascii")
        return wanted == digest_of(entry / _FILES)
    except (OSError, ValueError):
        return False


def _publish(new: Path, entry: Path, aside: Path) -> None:
    """Rename *new* to *entry*, unless another process has done so."""
    for attempt in range(_MAX_ATTEMPTS):
        try:
            new.rename(entry)
        except OSError:
            if _is_intact(entry):
                return
            # Moved away, not deleted in place: another process may be at the same point.
            with suppress(FileNotFoundError):
                entry.rename(aside / f"broken-{attempt}")
        else:
            return
    new.rename(entry)
