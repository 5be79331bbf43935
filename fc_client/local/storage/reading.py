"""Reads a store from any thread or process, beside the server that writes it."""

# ruff: noqa: S608 - only marks and names of columns are put into the statements

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from fc_client.local.storage.schema import LogEntry
from fc_client.local.storage.store import as_store_error

__all__ = ["iter_logs", "read_counts", "read_logs"]


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a connection of its own to the database of a store, in any thread or process.

    Raises:
        StoreError: the database does not exist or cannot be read.
    """
    # mode=rw: readers of a WAL write to its index, but the database must not be
    # created here.
    url = f"{path.absolute().as_uri()}?mode=rw"
    with as_store_error(path), closing(sqlite3.connect(url, uri=True)) as db:
        yield db


def _log_columns(db: sqlite3.Connection) -> str:
    """Return the columns of a LogEntry, also of a database that no server has migrated yet."""
    ((schema,),) = db.execute("PRAGMA user_version")
    version = "version" if schema > 1 else "'' AS version"
    return f"id, service, function, {version}, request_id, time, text"


def read_logs(
    path: Path,
    service: str,
    function: str | None = None,
    request_id: str | None = None,
    after: int = 0,
    limit: int = -1,
) -> list[LogEntry]:
    """Return logs of a store, oldest first; callable from any thread or process.

    Args:
        path: The database file.
        service: Name of the service.
        function: Only logs of this function of the service.
        request_id: Only logs of this invocation.
        after: Only entries after the entry with this ID.
        limit: Maximum number of entries; -1 for all.

    Raises:
        StoreError: the database does not exist or cannot be read.
    """
    wanted = {"service": service, "function": function, "request_id": request_id}
    given = {column: value for column, value in wanted.items() if value is not None}
    conditions = "".join(f" AND {column} = ?" for column in given)
    with _open(path) as db:
        sql = f"SELECT {_log_columns(db)} FROM logs WHERE id > ?{conditions} ORDER BY id LIMIT ?"
        return [LogEntry(*row) for row in db.execute(sql, (after, *given.values(), limit))]


def read_counts(path: Path) -> dict[str, int]:
    """Return the number of rows of each table but logs; as :func:`read_logs`.

    Raises:
        StoreError: the database does not exist or cannot be read.
    """
    tables = ("services", "functions", "triggers", "async_invocations")
    with _open(path) as db:
        return {name: db.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in tables}


def iter_logs(
    path: Path,
    services: Sequence[str],
    start: float,
    end: float,
    *,
    newest_first: bool = False,
) -> Generator[LogEntry, None, None]:
    """Yield logs in order of time.

    Args:
        path: The database file.
        services: The names of the services.
        start: Only logs of this time and later, in seconds since the epoch.
        end: Only logs before this time.
        newest_first: Whether to begin with the newest.

    Raises:
        StoreError: the database does not exist or cannot be read.
    """
    order = "DESC" if newest_first else "ASC"
    marks = ", ".join("?" * len(services))
    with _open(path) as db:
        sql = (
            f"SELECT {_log_columns(db)} FROM logs "
            f"WHERE service IN ({marks}) AND time >= ? AND time < ? ORDER BY id {order}"
        )
        for row in db.execute(sql, (*services, start, end)):
            yield LogEntry(*row)
