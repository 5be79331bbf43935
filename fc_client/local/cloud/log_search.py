"""Searches the logs of functions as entries of a logstore."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from fc_client.local.cloud.log_query import Query, parse_query
from fc_client.local.cloud.log_stores import integer
from fc_client.local.cloud.messages import ServiceError
from fc_client.local.storage.reading import iter_logs
from fc_client.local.storage.schema import SERVICE, LogEntry
from fc_client.local.storage.store import Store

__all__ = ["LogSearch", "parse_search", "services_of"]

_MAX_LINES = 100
# Past the year 5000.
_MAX_TIME = 10**11


@dataclass(frozen=True)
class LogSearch:
    """One page of a search; callable from any thread.

    Attributes:
        database: The database file.
        services: The services whose logs the logstore has.
        query: What entries must have.
        start: Only entries of this time and later, in seconds since the epoch.
        end: Only entries before this time.
        offset: How many entries to skip.
        line: Maximum number of entries.
        is_reverse: Whether to begin with the newest.
    """

    database: Path
    services: tuple[str, ...]
    query: Query
    start: int
    end: int
    offset: int
    line: int
    is_reverse: bool

    def page(self) -> list[dict[str, str]]:
        """Return the entries of the page."""
        logs = iter_logs(
            self.database, self.services, self.start, self.end, newest_first=self.is_reverse
        )
        with closing(logs):
            found = (
                entry
                for log in logs
                for entry in _entries(log, newest_first=self.is_reverse)
                if self.query.matches(entry)
            )
            return list(islice(found, self.offset, self.offset + self.line))


def services_of(store: Store, project: str, logstore: str) -> tuple[str, ...]:
    """Return the names of the services that write their logs to a logstore."""
    wanted = {"project": project, "logstore": logstore}
    names = []
    for service in store.page(SERVICE, (), limit=1_000_000):
        config = service.document.get("logConfig") or {}
        if {field: config.get(field) for field in wanted} == wanted:
            names.append(service.key[0])
    return tuple(names)


def parse_search(
    values: Mapping[str, Any], index: Mapping[str, Any], services: tuple[str, ...], database: Path
) -> LogSearch:
    """Return the search of a request.

    Args:
        values: The query, or the JSON of the body: from, to, topic, query,
            line, offset and reverse.
        index: The index of the logstore.
        services: The services whose logs the logstore has.
        database: The database file.

    Raises:
        ServiceError: ParameterInvalid.
    """
    start = integer(values, "from", None, 0, _MAX_TIME)
    end = integer(values, "to", None, 0, _MAX_TIME)
    if start > end:
        raise ServiceError(
            400, "ParameterInvalid", f"from must not be after to, got {start} and {end}"
        )
    topic = values.get("topic")
    return LogSearch(
        database,
        services if not topic else tuple(name for name in services if name == topic),
        parse_query(str(values.get("query") or ""), index),
        start,
        end,
        integer(values, "offset", 0, 0, 10**9),
        integer(values, "line", _MAX_LINES, 0, _MAX_LINES),
        str(values.get("reverse", "false")).lower() == "true",
    )


def _entries(log: LogEntry, *, newest_first: bool) -> Iterator[dict[str, str]]:
    """Yield one entry per line of a log, as Function Compute writes them."""
    lines = [line for line in log.text.splitlines() if line]
    for line in reversed(lines) if newest_first else lines:
        yield {
            "__time__": str(int(log.time)),
            "__topic__": log.service,
            "__source__": "",
            "serviceName": log.service,
            "functionName": log.function,
            "requestId": log.request_id,
            "message": line,
        }
