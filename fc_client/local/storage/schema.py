"""Defines the tables of the database and the types of their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = [
    "CLOUD_RESOURCE",
    "CLOUD_SCHEMA",
    "FUNCTION",
    "SCHEMA",
    "SCHEMA_VERSION",
    "SERVICE",
    "TRIGGER",
    "FunctionKey",
    "Kind",
    "LogEntry",
    "QueuedInvocation",
    "Record",
]

# Service and function name.
FunctionKey = tuple[str, str]

SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE services (
    service TEXT PRIMARY KEY, etag TEXT NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE functions (
    service TEXT, function TEXT, code_checksum TEXT NOT NULL,
    etag TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (service, function)
) WITHOUT ROWID;
CREATE INDEX functions_by_code ON functions (code_checksum);
CREATE TABLE triggers (
    service TEXT, function TEXT, trigger_name TEXT, trigger_type TEXT NOT NULL,
    etag TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (service, function, trigger_name)
) WITHOUT ROWID;
CREATE INDEX triggers_by_type ON triggers (trigger_type);
CREATE TABLE async_invocations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL,
    service TEXT NOT NULL, function TEXT NOT NULL, payload BLOB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, throttles INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL
);
CREATE INDEX async_invocations_by_function ON async_invocations (service, function, due, id);
CREATE INDEX async_invocations_by_due ON async_invocations (due);
CREATE TABLE logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT NOT NULL, function TEXT NOT NULL,
    request_id TEXT NOT NULL, time REAL NOT NULL, size INTEGER NOT NULL, text TEXT NOT NULL
);
CREATE INDEX logs_by_function ON logs (service, function, id);
"""

# Added to databases of every version, since earlier versions ignore it.
CLOUD_SCHEMA = """
CREATE TABLE IF NOT EXISTS cloud_resources (
    kind TEXT, name TEXT, etag TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, name)
) WITHOUT ROWID
"""


@dataclass(frozen=True)
class Kind:
    """A kind of resource and its table.

    Attributes:
        table: Name of the table.
        keys: Columns of the key; the last one is the name of the resource.
        lookups: Columns that copy a field of the document, to search by.
    """

    table: str
    keys: tuple[str, ...]
    lookups: tuple[tuple[str, str], ...] = ()

    @property
    def where(self) -> str:
        """The condition that finds one resource by its key."""
        return " AND ".join(f"{key} = ?" for key in self.keys)


SERVICE = Kind("services", ("service",))
FUNCTION = Kind("functions", ("service", "function"), (("code_checksum", "codeChecksum"),))
TRIGGER = Kind(
    "triggers", ("service", "function", "trigger_name"), (("trigger_type", "triggerType"),)
)
# Roles, log projects and so on: each has a kind of its own, such as "ram.role".
CLOUD_RESOURCE = Kind("cloud_resources", ("kind", "name"))


@dataclass(frozen=True)
class Record:
    """A stored resource: its key, its fields and the ETag of this version."""

    key: tuple[str, ...]
    etag: str
    document: dict[str, Any]


@dataclass(frozen=True)
class QueuedInvocation:
    """An accepted Async invocation that has not ended.

    Attributes:
        id: Increases with every invocation and is never reused.
        attempts: Number of failed attempts.
        throttles: Number of times in a row that no instance was free.
        due: When it may run, in seconds since the epoch.
        ended: Whether it has ended, so that its row can be deleted.
    """

    id: int
    request_id: str
    service: str
    function: str
    payload: bytes
    attempts: int
    throttles: int
    due: float
    ended: bool = False


@dataclass(frozen=True)
class LogEntry:
    """The log of one invocation. *time* is in seconds since the epoch."""

    id: int
    service: str
    function: str
    request_id: str
    time: float
    text: str
