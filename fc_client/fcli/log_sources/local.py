"""Logs of the embedded server, which keeps them itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fc_client._messages import Response, build
from fc_client.client import Client
from fc_client.exceptions import NotFoundError, PathNotSupportedError
from fc_client.fcli.log_sources.lines import LATEST, Keep, LogLine, level_of, time_of

__all__ = ["LocalLogs"]


class LocalLogs:
    """The logs that an embedded server has.

    Args:
        client: A client of the server.
        service: Name of the service.
        function: Name of the function; None for all of the service.
    """

    def __init__(self, client: Client, service: str, function: str | None) -> None:
        self._client = client
        self._service = service
        self._function = function
        self._last = 0
        self._first: list[dict[str, Any]] | None = None

    @property
    def exists(self) -> bool:
        """Whether the server is an embedded one, which has logs."""
        try:
            self._first = self._page(0)
        except (NotFoundError, PathNotSupportedError):
            return False
        return True

    def newest(self, start: datetime, end: datetime, count: int, keep: Keep) -> list[LogLine]:
        """Return the newest lines, oldest first."""
        found = [line for line in self.further(start) if line.time <= end and keep(line)]
        return found[-count:]

    def further(self, start: datetime) -> list[LogLine]:
        """Return the lines since *start* that no earlier call has returned, oldest first."""
        lines: list[LogLine] = []
        while entries := self._next_page():
            self._last = entries[-1]["id"]
            lines += [line for entry in entries for line in _lines(entry)]
        return [line for line in lines if line.time >= start]

    def _next_page(self) -> list[dict[str, Any]]:
        # The question whether there are logs was answered with the first of them.
        entries, self._first = self._first, None
        return self._page(self._last) if entries is None else entries

    def _page(self, after: int) -> list[dict[str, Any]]:
        query = {"service": self._service, "after": str(after), "function": self._function}
        request = build(
            "ListLogs",
            "GET",
            "/fc-local/logs",
            query={name: value for name, value in query.items() if value is not None},
        )
        entries: list[dict[str, Any]] = self._client._call(request, _entries)  # noqa: SLF001
        return entries


def _entries(response: Response) -> list[dict[str, Any]]:
    return list(response.json_object()["entries"])


def _lines(entry: dict[str, Any]) -> list[LogLine]:
    """Return the lines of an invocation; lines of a stack trace have the level of its first one."""
    lines: list[LogLine] = []
    level = None
    for text in entry["text"].splitlines():
        level = level_of(text) or (None if text.startswith("FC Invoke ") else level)
        line = LogLine(
            time=time_of(text, entry["time"]),
            service=entry["service"],
            function=entry["function"],
            message=text,
            request_id=entry["request_id"],
            level=level,
            version=entry["version"] or LATEST,
        )
        lines.append(line)
    return lines
