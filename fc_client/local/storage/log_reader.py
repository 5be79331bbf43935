"""Reads the logs of several services from a store, from any thread."""

# ruff: noqa: S608 - only marks are put into the statement

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

from fc_client.local.storage.schema import LogEntry
from fc_client.local.storage.store import open_for_reading

__all__ = ["iter_logs"]


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
    sql = (
        "SELECT id, service, function, request_id, time, text FROM logs "
        f"WHERE service IN ({marks}) AND time >= ? AND time < ? ORDER BY id {order}"
    )
    with open_for_reading(path) as db:
        for row in db.execute(sql, (*services, start, end)):
            yield LogEntry(*row)
