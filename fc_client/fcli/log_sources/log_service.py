"""Logs in Log Service: the topic is the service, the query the function."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from fc_client.fcli.log_sources.lines import LATEST, Keep, LogLine, level_of

if TYPE_CHECKING:
    from fc_client.cloud import LogClient

__all__ = ["LogServiceLogs"]

# The most that Log Service returns in one call.
_PAGE_SIZE = 100
_SEARCH_SECONDS = 1.0


class LogServiceLogs:
    """The logs of a service in its log store.

    Args:
        client: A client of Log Service.
        store: The project and the store of the service's log configuration.
        service: Name of the service.
        function: Name of the function; None for all of the service.
    """

    def __init__(
        self, client: LogClient, store: tuple[str, str], service: str, function: str | None
    ) -> None:
        self._client = client
        self._store = store
        self._service = service
        self._function = function
        # Lines of the last second are read again, since more may have come.
        self._last: float | None = None
        self._seen: set[tuple[tuple[str, str], ...]] = set()

    def newest(self, start: datetime, end: datetime, count: int, keep: Keep) -> list[LogLine]:
        """Return the newest lines, oldest first."""
        found: list[LogLine] = []
        for entry in self._backwards(start, end):
            if self._is_new(entry) and keep(line := self._line(entry)):
                found.append(line)
            if len(found) == count:
                break
        return found[::-1]

    def further(self, start: datetime) -> list[LogLine]:
        """Return the lines since *start* that no earlier call has returned, oldest first."""
        entries = self._client.iter_logs(
            *self._store,
            start=start.timestamp() if self._last is None else self._last,
            end=_after(datetime.now(timezone.utc)),
            topic=self._service,
            query=self._function or "",
        )
        return [self._line(entry) for entry in entries if self._is_new(entry)]

    def _backwards(self, start: datetime, end: datetime) -> Iterator[dict[str, str]]:
        """Yield entries, newest first."""
        offset = 0
        while True:
            page = self._client.get_logs(
                *self._store,
                start=start.timestamp(),
                end=_after(end),
                offset=offset,
                count=_PAGE_SIZE,
                reverse=True,
                topic=self._service,
                query=self._function or "",
            )
            if not page.is_complete:
                # The service is still searching: it wants the same request again.
                time.sleep(_SEARCH_SECONDS)
                continue
            yield from page.entries
            offset += len(page.entries)
            if len(page.entries) < _PAGE_SIZE:
                return

    def _is_new(self, entry: Mapping[str, str]) -> bool:
        key, second = tuple(sorted(entry.items())), float(entry["__time__"])
        if key in self._seen:
            return False
        if self._last is None or second > self._last:
            self._last, self._seen = second, set()
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
            version=entry.get("versionId") or LATEST,
        )


def _after(end: datetime) -> float:
    """Return the time up to which to search: Log Service leaves out the last second."""
    return end.timestamp() + 1
