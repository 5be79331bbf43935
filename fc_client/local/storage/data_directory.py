"""The directory where a local Function Compute keeps its state."""

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
    """The one account of a local Function Compute, made up at random."""

    access_key_id: str
    access_key_secret: str
    security_token: str
    account_id: str


def database_path(data_dir: Path) -> Path:
    """Return where the database of a data directory is."""
    return data_dir / "fc.sqlite"


class DataDirectory:
    """A data directory, locked for one server.

    Args:
        path: The directory, made if it is not there; None for a temporary
            one that :meth:`close` removes.

    Raises:
        DataDirectoryError: another server uses it, or its keys are damaged.
        OSError: it cannot be made or written.
    """

    def __init__(self, path: Path | None) -> None:
        self._is_temporary = path is None
        self.path = Path(tempfile.mkdtemp(prefix="fc-local-")) if path is None else path.absolute()
        # Keys and code are in it: for its owner only.
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take_lock()
            self.account = _load_account(self.path / "keys.json")
            # Instances of a server that was killed left it behind.
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
                f"{self.path}: another local Function Compute uses this data directory"
            ) from exc

    @property
    def database(self) -> Path:
        """The database."""
        return database_path(self.path)

    @property
    def code(self) -> Path:
        """Where zips and unpacked code are."""
        return self.path / "code"

    @property
    def work(self) -> Path:
        """Where instances keep what they need while they run."""
        return self.path / "work"

    def close(self) -> None:
        """Give the directory free, and remove it if it is temporary."""
        # A program may have forked and so share the lock: closing the
        # descriptor alone would leave it locked.
        fcntl.flock(self._lock, fcntl.LOCK_UN)
        os.close(self._lock)
        if self._is_temporary:
            shutil.rmtree(self.path, ignore_errors=True)


def _load_account(path: Path) -> Account:
    """Return the account of a data directory, the first time a new one."""
    try:
        return Account(**json.loads(path.read_text()))
    except FileNotFoundError:
        pass
    except (ValueError, TypeError) as exc:
        raise DataDirectoryError(f"{path}: is damaged; remove it to get new keys") from exc
    account = Account(
        access_key_id="LOCAL" + secrets.token_hex(8).upper(),
        access_key_secret=secrets.token_urlsafe(32),
        security_token=secrets.token_urlsafe(32),
        # As long as real ones, and never with a zero in front.
        account_id=str(10**15 + secrets.randbelow(9 * 10**15)),
    )
    staging = path.with_suffix(".new")
    staging.unlink(missing_ok=True)
    descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(account), file)
    staging.replace(path)
    return account
