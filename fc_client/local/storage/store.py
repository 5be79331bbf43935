"""Stores services, functions, triggers, queued invocations and logs in SQLite.

A Store has one connection, which only the server's event loop uses.
:func:`read_logs` opens its own, so other threads and processes can read logs.
The journal is a WAL with synchronous=NORMAL: commits survive a killed process,
and only a power failure may lose the last ones.
"""

# Only names of tables and columns from this package are put into statements;
# every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fc_client.local.storage.private_files import make_private_file
from fc_client.local.storage.schema import (
    CLOUD_SCHEMA,
    MIGRATIONS,
    SCHEMA_VERSION,
    TABLES,
    FunctionKey,
    FunctionVersion,
    Kind,
    QueuedInvocation,
    Record,
)

__all__ = ["Store", "StoreError", "as_store_error"]


class StoreError(Exception):
    """The database cannot be used, now or at all: the message says why and what to do."""


# What to do about an error of SQLite, by its words.
_REMEDIES = {
    "disk is full": "free some space",
    "disk I/O error": "check the disk, and free some space",
    "readonly database": "make the data directory writable",
    "unable to open": "make the data directory readable and writable",
    "malformed": "it is damaged: restore it, or use another data directory",
    "not a database": "it is damaged: restore it, or use another data directory",
    "no such": "it is damaged: restore it, or use another data directory",
    "decode": "it is damaged: restore it, or use another data directory",
    "locked": "another program uses it: stop that program",
}


# The columns of a QueuedInvocation, in their order.
_QUEUED = (
    "id, request_id, service, function, qualifier, payload, attempts, throttles, due, accepted, "
    "stateful_id"
)


@contextmanager
def as_store_error(path: Path) -> Iterator[None]:
    """Turn errors of SQLite, and of stored documents, into StoreError."""
    try:
        yield
    except (sqlite3.Error, json.JSONDecodeError) as exc:
        damaged = "a stored document is malformed"
        problem = str(exc) if isinstance(exc, sqlite3.Error) else damaged
        remedy = next((text for words, text in _REMEDIES.items() if words in problem), "")
        raise StoreError(f"{path}: {problem}" + (f"; {remedy}" if remedy else "")) from exc


class Store:
    """The state of one local Function Compute.

    Args:
        path: The database file; created if missing.
        log_limit: Maximum bytes of logs; beyond that the oldest are deleted.

    All methods raise StoreError if the database cannot be read or written. A
    change that raised is not stored, and can be tried again.

    Raises:
        StoreError: the file is not a database, is damaged, or was written by a
            later version.
    """

    def __init__(self, path: Path, *, log_limit: int = 64 * 1024 * 1024) -> None:
        self._path = path
        self._log_limit = log_limit
        # SQLite gives the mode of the database to its other files when it makes them.
        others = (Path(f"{path}{suffix}") for suffix in ("-wal", "-shm"))
        for file in (path, *filter(Path.exists, others)):
            make_private_file(file)
        with as_store_error(path):
            # Autocommit: each statement is a transaction unless transaction()
            # groups them.
            self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._open(path)
            self._log_size = self._number("SELECT COALESCE(SUM(size), 0) FROM logs")
        except StoreError:
            self._db.close()
            raise

    @property
    def path(self) -> Path:
        """The database file."""
        return self._path

    def _open(self, path: Path) -> None:
        version = self._number("PRAGMA user_version")
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{path} was written by a later version of aliyun-fc-client "
                f"(schema {version}, supported: {SCHEMA_VERSION}); "
                "use that version or another data directory"
            )
        self._execute("PRAGMA journal_mode = WAL")
        self._execute("PRAGMA synchronous = NORMAL")
        if version > 0:
            self._check(path)
        if version < SCHEMA_VERSION:
            self._migrate(version)
        self._execute(CLOUD_SCHEMA)

    def _migrate(self, version: int) -> None:
        """Change the tables of a new database, or one of an earlier version, to those of today."""
        steps = "".join(MIGRATIONS[version:])
        script = f"BEGIN; {steps} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        with as_store_error(self._path):
            self._db.executescript(script)

    def _check(self, path: Path) -> None:
        """Raise StoreError for a damaged database, before it gives wrong or partial answers."""
        ((problem,),) = self._execute("PRAGMA quick_check(1)")
        if problem != "ok":
            raise StoreError(f"{path}: {' '.join(problem.split())}; {_REMEDIES['malformed']}")

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the changes of the block together, or roll them back after an exception."""
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
            self._execute("COMMIT")
        except BaseException:
            # After some errors, such as a full disk, SQLite has already rolled back.
            if self._db.in_transaction:
                self._execute("ROLLBACK")
            raise

    def clear(self) -> None:
        """Delete all rows."""
        with self.transaction():
            for table in TABLES:
                self._execute(f"DELETE FROM {table}")
        self._log_size = 0

    def _execute(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return all its rows.

        Raises:
            StoreError: it failed.
        """
        with as_store_error(self._path):
            return self._db.execute(sql, values).fetchall()

    def _number(self, sql: str, values: Sequence[object] = ()) -> int:
        return int(self._execute(sql, values)[0][0])

    def _document(self, text: str) -> dict[str, Any]:
        with as_store_error(self._path):
            document: dict[str, Any] = json.loads(text)
        return document

    # Resources

    def get(self, kind: Kind, key: tuple[str, ...]) -> Record | None:
        """Return a resource, or None if it does not exist."""
        sql = f"SELECT etag, document FROM {kind.table} WHERE {kind.where}"
        rows = self._execute(sql, key)
        return Record(key, rows[0][0], self._document(rows[0][1])) if rows else None

    def put(self, kind: Kind, key: tuple[str, ...], document: dict[str, Any]) -> Record:
        """Store a new resource or a new version of one.

        Returns:
            The resource with a new ETag, which is unique to this version.
        """
        record = Record(key, secrets.token_hex(16), document)
        columns = (*kind.keys, *(column for column, _ in kind.lookups), "etag", "document")
        values = (
            *key,
            *(document[field] for _, field in kind.lookups),
            record.etag,
            json.dumps(document),
        )
        marks = ", ".join("?" * len(columns))
        self._execute(
            f"INSERT OR REPLACE INTO {kind.table} ({', '.join(columns)}) VALUES ({marks})", values
        )
        return record

    def delete(self, kind: Kind, key: tuple[str, ...]) -> None:
        """Delete a resource."""
        self._execute(f"DELETE FROM {kind.table} WHERE {kind.where}", key)

    def delete_children(self, kind: Kind, parent: tuple[str, ...]) -> None:
        """Delete all children of *parent* of this kind."""
        self._execute(f"DELETE FROM {kind.table} WHERE {kind.where_parent}", parent)

    def has_any(self, kind: Kind, parent: tuple[str, ...]) -> bool:
        """Return whether *parent* has children of this kind."""
        sql = f"SELECT EXISTS (SELECT 1 FROM {kind.table} WHERE {kind.where_parent})"
        return bool(self._number(sql, parent))

    def page(
        self,
        kind: Kind,
        parent: tuple[str, ...],
        *,
        limit: int,
        prefix: str = "",
        start: str = "",
        after: str = "",
        descending: bool = False,
    ) -> list[Record]:
        """Return children of *parent* in the order of their names: bytewise, or by number.

        Args:
            kind: The kind of resource to list.
            parent: The key of the parent; () for services.
            limit: Maximum number of resources; -1 for all.
            prefix: Only names with this prefix.
            start: Only this name and names after it.
            after: Only names after this one.
            descending: Whether the order is the reverse.
        """
        name = kind.keys[-1]
        behind, order = ("<", "DESC") if descending else (">", "ASC")
        wanted = {
            f"{name} {behind}= ?": start,
            f"{name} {behind} ?": after,
            f"INSTR({name}, ?) = 1": prefix,
        }
        wanted = {condition: value for condition, value in wanted.items() if value}
        conditions = " AND ".join(filter(None, (kind.where_parent, *wanted)))
        sql = (
            f"SELECT {name}, etag, document FROM {kind.table} "
            f"WHERE {conditions or '1'} ORDER BY {name} {order} LIMIT ?"
        )
        rows = self._execute(sql, (*parent, *wanted.values(), limit))
        return [Record((*parent, str(row[0])), row[1], self._document(row[2])) for row in rows]

    def triggers_of_type(self, trigger_type: str) -> list[Record]:
        """Return the triggers of a type, of all functions."""
        sql = (
            "SELECT service, function, trigger_name, etag, document FROM triggers "
            "WHERE trigger_type = ? ORDER BY service, function, trigger_name"
        )
        rows = self._execute(sql, (trigger_type,))
        return [Record(tuple(row[:3]), row[3], self._document(row[4])) for row in rows]

    def code_checksums(self) -> set[str]:
        """Return the checksums of the code of all functions, in all versions."""
        rows = self._execute(
            "SELECT code_checksum FROM functions UNION SELECT code_checksum FROM function_snapshots"
        )
        return {row[0] for row in rows}

    # Async invocations

    def enqueue(
        self,
        request_id: str,
        function: FunctionKey,
        payload: bytes,
        due: float,
        *,
        accepted: float = 0.0,
        stateful_id: str = "",
    ) -> None:
        """Add an Async invocation; it is committed when this returns."""
        self._execute(
            "INSERT INTO async_invocations "
            "(request_id, service, function, qualifier, payload, due, accepted, stateful_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (request_id, *function, payload, due, accepted, stateful_id),
        )

    def find_queued(self, function: FunctionKey, request_id: str) -> QueuedInvocation | None:
        """Return an Async invocation that has not ended; None if there is none."""
        sql = (
            f"SELECT {_QUEUED} FROM async_invocations "
            "WHERE service = ? AND function = ? AND qualifier = ? AND request_id = ?"
        )
        rows = self._execute(sql, (*function, request_id))
        return QueuedInvocation(*rows[0]) if rows else None

    def functions_due(self, now: float) -> list[FunctionKey]:
        """Return the functions with due invocations, by qualifier."""
        sql = "SELECT DISTINCT service, function, qualifier FROM async_invocations WHERE due <= ?"
        return [FunctionKey(*row) for row in self._execute(sql, (now,))]

    def due(
        self, function: FunctionKey, now: float, limit: int, running: Collection[int] = ()
    ) -> list[QueuedInvocation]:
        """Return due invocations of a function with one qualifier, oldest first.

        Args:
            function: The function and the qualifier.
            now: The current time; later invocations are left out.
            limit: Maximum number of invocations.
            running: IDs to leave out.
        """
        marks = ", ".join("?" * len(running))
        sql = (
            f"SELECT {_QUEUED} FROM async_invocations "
            "WHERE service = ? AND function = ? AND qualifier = ? "
            f"AND due <= ? AND id NOT IN ({marks}) ORDER BY due, id LIMIT ?"
        )
        rows = self._execute(sql, (*function, now, *running, limit))
        return [QueuedInvocation(*row) for row in rows]

    def next_due(self, now: float) -> float | None:
        """Return the next due time after *now*, or None."""
        sql = "SELECT MIN(due) FROM async_invocations WHERE due > ?"
        ((due,),) = self._execute(sql, (now,))
        return None if due is None else float(due)

    def limit_due(self, latest: float) -> None:
        """Make invocations that are due after *latest* due then."""
        sql = "SELECT EXISTS (SELECT 1 FROM async_invocations WHERE due > ?)"
        if self._number(sql, (latest,)):
            self._execute("UPDATE async_invocations SET due = ? WHERE due > ?", (latest, latest))

    def reschedule(self, invocation: QueuedInvocation) -> None:
        """Store the attempts, throttles and due time of an invocation.

        An invocation that was cancelled before remains cancelled.
        """
        self._execute(
            "UPDATE async_invocations SET attempts = ?, throttles = ?, due = ? WHERE id = ?",
            (invocation.attempts, invocation.throttles, invocation.due, invocation.id),
        )

    def dequeue(self, invocation: QueuedInvocation) -> None:
        """Delete an invocation that has ended."""
        self._execute("DELETE FROM async_invocations WHERE id = ?", (invocation.id,))

    def cancel(self, function: FunctionKey) -> None:
        """Delete all queued invocations of a function with its qualifier."""
        self._execute(
            "DELETE FROM async_invocations WHERE service = ? AND function = ? AND qualifier = ?",
            function,
        )

    def queued(self) -> int:
        """Return the number of Async invocations that have not ended."""
        return self._number("SELECT COUNT(*) FROM async_invocations")

    # Logs

    def add_log(self, function: FunctionVersion, request_id: str, time: float, text: str) -> None:
        """Store the log of one invocation."""
        size = len(text.encode())
        with self.transaction():
            self._execute(
                "INSERT INTO logs (service, function, version, request_id, time, size, text) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*function, request_id, time, size, text),
            )
            total = self._log_size + size
            if total > self._log_limit:
                total -= self._drop_oldest_logs(total)
        self._log_size = total

    def _drop_oldest_logs(self, total: int) -> int:
        """Delete the oldest logs, of *total* bytes of logs; return the size of the deleted."""
        # Down to nine tenths of the limit, so that not every invocation deletes some.
        surplus = total - self._log_limit * 9 // 10
        last = dropped = 0
        for number, size in self._execute("SELECT id, size FROM logs ORDER BY id"):
            last, dropped = number, dropped + size
            if dropped >= surplus:
                break
        self._execute("DELETE FROM logs WHERE id <= ?", (last,))
        return dropped
