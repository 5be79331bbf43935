"""Manages the data directory: its lock, its access key and its layout."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Account", "DataDirectory", "DataDirectoryError", "database_path"]


class DataDirectoryError(Exception):
    """The data directory cannot be used."""


@dataclass(frozen=True)
class Account:
    """The only account of a local Function Compute, with random values."""

    access_key_id: str
    access_key_secret: str
    security_token: str
    account_id: str


def database_path(data_dir: Path) -> Path:
    """Return the path of the database in a data directory."""
    return data_dir / "fc.sqlite"


class DataDirectory:
    """A data directory, locked for one server.

    Args:
        path: The directory, created if missing; None for a temporary
            directory that :meth:`close` removes.

    Raises:
        DataDirectoryError: another server uses it, or its keys are damaged.
        OSError: it cannot be created or written.
    """

    def __init__(self, path: Path | None) -> None:
        self._is_temporary = path is None
        self.path = Path(tempfile.mkdtemp(prefix="fc-local-")) if path is None else path.absolute()
        # It contains keys and code, so only its owner may read it.
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take_lock()
            self.account = _load_account(self.path / "keys.json")
            # A server that was killed did not remove it.
            shutil.rmtree(self.work, ignore_errors=True)
            self.work.mkdir()
        except BaseException:
            self.close()
            raise

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise DataDirectoryError(
                f"{self.path}: another local Function Compute uses this data directory; "
                "stop it or use another directory"
            ) from exc

    @property
    def database(self) -> Path:
        """The path of the database."""
        return database_path(self.path)

    @property
    def code(self) -> Path:
        """The directory of zips and unpacked code."""
        return self.path / "code"

    @property
    def work(self) -> Path:
        """The directory of the temporary files of instances."""
        return self.path / "work"

    def close(self) -> None:
        """Unlock the directory, and remove it if it is temporary."""
        # A forked child shares the lock, so closing the descriptor would not
        # release it.
        fcntl.flock(self._lock, fcntl.LOCK_UN)
        os.close(self._lock)
        if self._is_temporary:
            shutil.rmtree(self.path, ignore_errors=True)


def _load_account(path: Path) -> Account:
    """Read the account of a data directory, or create it if missing."""
    try:
        return Account(**json.loads(path.read_text()))
    except FileNotFoundError:
        pass
    except (ValueError, TypeError) as exc:
        raise DataDirectoryError(f"{path} is damaged; remove it to get a new access key") from exc
    account = Account(
        access_key_id="LOCAL" + secrets.token_hex(8).upper(),
        access_key_secret=secrets.token_urlsafe(32),
        security_token=secrets.token_urlsafe(32),
        # As long as real account IDs, without a leading zero.
        account_id=str(10**15 + secrets.randbelow(9 * 10**15)),
    )
    staging = path.with_suffix(".new")
    staging.unlink(missing_ok=True)
    descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(account), file)
    staging.replace(path)
    return account
