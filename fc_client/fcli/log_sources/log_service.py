"""Logs in Log Service: the topic is the service, the query the function."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from fc_client.fcli.log_sources.lines import LogLine, level_of

if TYPE_CHECKING:
    from fc_client.cloud import LogClient

__all__ = ["LogServiceLogs"]


class LogServiceLogs:
    """The logs of a service in its log store.

    Args:
        client: A client of Log Service.
        project: The project of the service's log configuration.
        store: Its store.
        service: Name of the service.
        function: Name of the function; None for all of the service.
        limit: Maximum number of lines to read at a time.
    """

    def __init__(
        self,
        client: LogClient,
        project: str,
        store: str,
        service: str,
        function: str | None,
        limit: int,
    ) -> None:
        self._client = client
        self._store = (project, store)
        self._service = service
        self._function = function
        self._limit = limit
        # Lines of the last second are read again, since more may have come.
        self._from: float | None = None
        self._seen: set[tuple[tuple[str, str], ...]] = set()

    def read(self, start: datetime, end: datetime | None) -> list[LogLine]:
        """Return the lines since *start*, oldest first; at the next call only new ones."""
        first = start.timestamp() if self._from is None else self._from
        last = datetime.now(timezone.utc) if end is None else end
        entries = self._client.iter_logs(
            *self._store,
            start=first,
            # The end is not included.
            end=last.timestamp() + 1,
            topic=self._service,
            query=self._function or "",
            limit=self._limit,
        )
        return [self._line(entry) for entry in entries if self._is_new(entry)]

    def _is_new(self, entry: Mapping[str, str]) -> bool:
        key, second = tuple(sorted(entry.items())), float(entry["__time__"])
        if key in self._seen:
            return False
        if self._from is None or second > self._from:
            self._from, self._seen = second, set()
        self._seen.add(key)
        return True

    def _line(self, entry: Mapping[str, str]) -> LogLine:
        message = entry.get("message", "").rstrip("\n")
        return LogLine(
            time=datetime.fromtimestamp(float(entry["__time__"]), timezone.utc),
            service=entry.get("serviceName", self._service),
            function=entry.get("functionName", self._function or ""),
            message=message,
            request_id=entry.get("requestId"),
            level=level_of(message),
        )
