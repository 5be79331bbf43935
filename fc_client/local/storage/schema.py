"""Defines the tables of the database and the types of their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = [
    "ALIAS",
    "CLOUD_RESOURCE",
    "CLOUD_SCHEMA",
    "FUNCTION",
    "FUNCTION_SNAPSHOT",
    "KINDS",
    "LATEST",
    "MIGRATIONS",
    "SCHEMA_VERSION",
    "SERVICE",
    "SERVICE_SNAPSHOT",
    "TABLES",
    "TRIGGER",
    "VERSION",
    "VERSION_COUNTER",
    "FunctionKey",
    "FunctionVersion",
    "Kind",
    "LogEntry",
    "QueuedInvocation",
    "Record",
]

# The qualifier of services and functions as they are now. In keys and in the database it is "".
LATEST = "LATEST"


class FunctionKey(NamedTuple):
    """A function as callers name it.

    Attributes:
        service_name: Name of its service.
        function_name: Its name.
        qualifier: ID of a version or name of an alias of the service; "" for LATEST.
    """

    service_name: str
    function_name: str
    qualifier: str = ""

    def __str__(self) -> str:
        """Return the names with a slash, and the qualifier as in paths: ``service.1/function``."""
        return _title(*self)

    def at(self, version: str) -> FunctionVersion:
        """Return the function in the version that the qualifier stands for."""
        return FunctionVersion(self.service_name, self.function_name, version)


class FunctionVersion(NamedTuple):
    """A function in one version of its service, as it runs.

    Attributes:
        service_name: Name of its service.
        function_name: Its name.
        version: ID of the version; "" for LATEST.
    """

    service_name: str
    function_name: str
    version: str = ""

    def __str__(self) -> str:
        """Return the names with a slash, and the version as in paths: ``service.1/function``."""
        return _title(*self)


def _title(service_name: str, function_name: str, qualifier: str) -> str:
    service = f"{service_name}.{qualifier}" if qualifier else service_name
    return f"{service}/{function_name}"


_SCHEMA_1 = """
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

# Versions and aliases. Versions are numbers, so that they are listed in their order.
_SCHEMA_2 = """
CREATE TABLE versions (
    service TEXT, version INTEGER, etag TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (service, version)
) WITHOUT ROWID;
CREATE TABLE version_counters (
    service TEXT PRIMARY KEY, etag TEXT NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE service_snapshots (
    service TEXT, version INTEGER, etag TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (service, version)
) WITHOUT ROWID;
CREATE TABLE function_snapshots (
    service TEXT, version INTEGER, function TEXT, code_checksum TEXT NOT NULL,
    etag TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (service, version, function)
) WITHOUT ROWID;
CREATE INDEX function_snapshots_by_code ON function_snapshots (code_checksum);
CREATE TABLE aliases (
    service TEXT, alias TEXT, etag TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (service, alias)
) WITHOUT ROWID;
ALTER TABLE async_invocations ADD COLUMN qualifier TEXT NOT NULL DEFAULT '';
DROP INDEX async_invocations_by_function;
CREATE INDEX async_invocations_by_function
    ON async_invocations (service, function, qualifier, due, id);
ALTER TABLE async_invocations ADD COLUMN accepted REAL NOT NULL DEFAULT 0;
ALTER TABLE async_invocations ADD COLUMN stateful_id TEXT NOT NULL DEFAULT '';
ALTER TABLE logs ADD COLUMN version TEXT NOT NULL DEFAULT '';
"""

# A new database runs them all; an older one those that it has not run.
MIGRATIONS = (_SCHEMA_1, _SCHEMA_2)
SCHEMA_VERSION = len(MIGRATIONS)

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

    @property
    def where_parent(self) -> str:
        """The condition that finds all children of a parent; "" without parents."""
        return " AND ".join(f"{key} = ?" for key in self.keys[:-1])


SERVICE = Kind("services", ("service",))
FUNCTION = Kind("functions", ("service", "function"), (("code_checksum", "codeChecksum"),))
TRIGGER = Kind(
    "triggers", ("service", "function", "trigger_name"), (("trigger_type", "triggerType"),)
)
ALIAS = Kind("aliases", ("service", "alias"))
# What the API shows of a version, and the copies of the service and its functions in it.
VERSION = Kind("versions", ("service", "version"))
SERVICE_SNAPSHOT = Kind("service_snapshots", ("service", "version"))
FUNCTION_SNAPSHOT = Kind("function_snapshots", ("service", "version", "function"), FUNCTION.lookups)
# The last ID that a service has given to a version, since none is used again.
VERSION_COUNTER = Kind("version_counters", ("service",))
# Roles, log projects and so on: each has a kind of its own, such as "ram.role".
CLOUD_RESOURCE = Kind("cloud_resources", ("kind", "name"))

# All kinds.
KINDS = (
    SERVICE,
    FUNCTION,
    TRIGGER,
    ALIAS,
    VERSION,
    SERVICE_SNAPSHOT,
    FUNCTION_SNAPSHOT,
    VERSION_COUNTER,
    CLOUD_RESOURCE,
)
# All tables.
TABLES = (*(kind.table for kind in KINDS), "async_invocations", "logs")


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
        accepted: When it was accepted; 0 if a version that did not know has stored it.
        stateful_id: The name of a stateful invocation; "" for others.
        ended: Whether it has ended, so that its row can be deleted.
    """

    id: int
    request_id: str
    service: str
    function: str
    qualifier: str
    payload: bytes
    attempts: int
    throttles: int
    due: float
    accepted: float = 0.0
    stateful_id: str = ""
    ended: bool = False

    @property
    def key(self) -> FunctionKey:
        """The function."""
        return FunctionKey(self.service, self.function, self.qualifier)


@dataclass(frozen=True)
class LogEntry:
    """The log of one invocation.

    Attributes:
        version: ID of the version of the service that ran; "" for LATEST.
        time: In seconds since the epoch.
    """

    id: int
    service: str
    function: str
    version: str
    request_id: str
    time: float
    text: str
