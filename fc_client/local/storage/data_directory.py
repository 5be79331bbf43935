"""Manages the data directory: its lock, its access key and its layout."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import subprocess
import sys
import tempfile
import time
import weakref
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from fc_client._files import open_regular, remove_tree
from fc_client.local.storage import remover
from fc_client.local.storage.orphans import PREFIX, mark_temporary, remove_orphans
from fc_client.local.storage.private_files import (
    make_private_directory,
    make_private_file,
    write_private_file,
)

__all__ = [
    "Account",
    "DataDirectory",
    "DataDirectoryError",
    "FixedAccount",
    "ServerNote",
    "database_path",
    "is_in_use",
    "read_server_note",
]

# Far more than a server writes into its small files.
_MAX_FILE_BYTES = 64 * 1024

logger = logging.getLogger("fc_client.local")

# How often, and after how many seconds, a lock that is_in_use() has is tried again.
_LOCK_TRIES = 500
_LOCK_SECONDS = 0.02


class DataDirectoryError(Exception):
    """The data directory cannot be used."""


@dataclass(frozen=True)
class Account:
    """The only account of a local Function Compute."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(repr=False)
    account_id: str


@dataclass(frozen=True)
class FixedAccount:
    """What a program has chosen of the account; None for the random value of the directory.

    It is never written to the data directory: it may be a key of the cloud.
    """

    access_key_id: str | None = None
    access_key_secret: str | None = field(default=None, repr=False)
    account_id: str | None = None

    def applied_to(self, account: Account) -> Account:
        """Return *account* with the chosen values."""
        return replace(account, **{k: v for k, v in vars(self).items() if v is not None})


@dataclass(frozen=True)
class ServerNote:
    """Where the server of a data directory is, for the commands of fc-local.

    Attributes:
        pid: Its process.
        endpoint: Its URL.
        token: Allows to control it; made for each start.
    """

    pid: int
    endpoint: str
    token: str = field(repr=False)


def database_path(data_dir: Path) -> Path:
    """Return the path of the database in a data directory."""
    return data_dir / "fc.sqlite"


class DataDirectory:
    """A data directory, locked for one server.

    It belongs to the process that made this object: in a forked child of that
    process, :meth:`close` does nothing, and the child does not keep the lock.

    Args:
        path: The directory, created if missing; None for a temporary
            directory that :meth:`close` removes. It is removed as well when
            the process ends in another way.
        fixed: Values of the account in place of the random ones.

    Raises:
        DataDirectoryError: another server uses it, or its keys are damaged.
        OSError: it cannot be created or written.
    """

    def __init__(self, path: Path | None, fixed: FixedAccount | None = None) -> None:
        self._fixed = fixed or FixedAccount()
        self._owner = os.getpid()
        self._lock: int | None = None
        self._remover: subprocess.Popen[bytes] | None = None
        self.is_temporary = path is None
        if path is None:
            remove_orphans()
            path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.path = path.absolute()
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        if self.is_temporary:
            self._remover = _start_remover(self.path)
        is_new = not self.path.exists()
        if self.is_temporary or is_new:
            # An existing directory keeps its mode, since it is the user's.
            make_private_directory(self.path)
        self._lock = self._take_lock()
        if self.is_temporary:
            mark_temporary(self.path)
        _open_directories.add(self)
        if is_new and not self._ignore_file.exists():
            # It has keys, and may be in a repository.
            write_private_file(self._ignore_file, "*\n")
        self._server_note.unlink(missing_ok=True)
        self.account = self._fixed.applied_to(_load_account(self.path / "keys.json"))
        # A server that was killed did not remove it.
        remove_tree(self.work)
        for directory in (self.work, self.code):
            make_private_directory(directory)

    def _take_lock(self) -> int:
        """Lock the directory itself, since a file in it could be removed and made again."""
        lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _lock_now(lock)
        except OSError as exc:
            os.close(lock)
            if not isinstance(exc, BlockingIOError):
                raise
            raise DataDirectoryError(
                f"{self.path}: another local Function Compute{self._holder()} uses this data "
                "directory; stop it or use another directory"
            ) from exc
        # Only for the message above.
        make_private_file(self._note)
        self._note.write_text(str(self._owner))
        return lock

    def _holder(self) -> str:
        try:
            return f" (process {int(_text(self._note))})"
        except (OSError, ValueError):
            return ""

    @property
    def _note(self) -> Path:
        return self.path / "lock"

    @property
    def _ignore_file(self) -> Path:
        return self.path / ".gitignore"

    @property
    def _server_note(self) -> Path:
        return _server_note_path(self.path)

    def announce(self, endpoint: str, token: str) -> None:
        """Note where the server is; :meth:`close` removes the note."""
        _write_json(self._server_note, asdict(ServerNote(os.getpid(), endpoint, token)))

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
        """Unlock the directory, and remove it if it is temporary; may be called again."""
        if os.getpid() != self._owner:
            return
        if self.is_temporary:
            remove_tree(self.path)
        if self._lock is not None:
            with suppress(OSError):
                self._server_note.unlink(missing_ok=True)
            # A forked child shares the lock until it has closed it, so closing
            # the descriptor alone would not release it.
            lock, self._lock = self._lock, None
            fcntl.flock(lock, fcntl.LOCK_UN)
            os.close(lock)
        if not self.path.exists():
            remover_process, self._remover = self._remover, None
            if remover_process is not None:
                remover_process.kill()
                remover_process.communicate()

    def forget(self) -> None:
        """Close what a forked child has inherited, so that its owner's end releases the lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


# Those of this process; a forked child forgets them.
_open_directories: weakref.WeakSet[DataDirectory] = weakref.WeakSet()


def _forget_all() -> None:
    for directory in list(_open_directories):
        directory.forget()
    _open_directories.clear()


os.register_at_fork(after_in_child=_forget_all)


def _start_remover(directory: Path) -> subprocess.Popen[bytes] | None:
    """Start a process that removes *directory* when this one has ended; None if that fails."""
    try:
        return subprocess.Popen(  # noqa: S603 - a script of this package
            [sys.executable, "-I", "-S", remover.__file__, str(os.getpid()), str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
    except OSError as exc:
        logger.warning("%s stays if this process is killed: %s", directory, exc)
        return None


def _text(path: Path) -> str:
    with open_regular(path) as file:
        return file.read(_MAX_FILE_BYTES).decode()


def _load_account(path: Path) -> Account:
    """Read the account of a data directory, or create it if missing."""
    try:
        return Account(**json.loads(_text(path)))
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
    _write_json(path, asdict(account))
    return account


def _write_json(path: Path, document: dict[str, object]) -> None:
    """Write a private file in one step: a reader never sees half of it."""
    staging = path.with_suffix(".new")
    staging.unlink(missing_ok=True)
    write_private_file(staging, json.dumps(document))
    staging.replace(path)


def _lock_now(descriptor: int) -> None:
    """Lock a directory, once is_in_use() has the lock no more, which it has for a moment."""
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Of a server this fails at once: only is_in_use() shares its lock.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            time.sleep(_LOCK_SECONDS)
        else:
            return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_in_use(data_dir: Path) -> bool:
    """Return whether a server uses a data directory, also one in another container."""
    lock = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _server_note_path(data_dir: Path) -> Path:
    return data_dir / "server.json"


def read_server_note(data_dir: Path) -> ServerNote | None:
    """Return where the server of a data directory is; None if it does not say so."""
    try:
        return ServerNote(**json.loads(_text(_server_note_path(data_dir))))
    except (OSError, ValueError, TypeError):
        return None
