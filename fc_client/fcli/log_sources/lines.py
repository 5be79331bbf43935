"""A line of a log, and filters of lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Protocol

__all__ = ["LATEST", "LEVELS", "Keep", "LogLine", "LogSource", "level_of"]

# What runs if a request names no version.
LATEST = "LATEST"
LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_SAME = {"VERBOSE": "DEBUG", "TRACE": "DEBUG", "WARNING": "WARN", "CRITICAL": "FATAL"}
# "2018-01-01T00:00:00.000Z 6a0c... [INFO] text", as the runtimes write it.
_STAMPED = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?)\s+(?P<id>[\w-]+)\s+"
    r"\[?(?P<level>[A-Za-z]+)\]?\s"
)


# Returns whether a line is wanted.
Keep = Callable[["LogLine"], bool]


@dataclass(frozen=True)
class LogLine:
    """A line of the log of a function.

    Attributes:
        time: When it was written, or when the invocation ended.
        request_id: The invocation; None if the source does not know it.
        level: Such as ERROR; None for a line without a level.
        version: ID of the version of the service that ran, or LATEST.
    """

    time: datetime
    service: str
    function: str
    message: str
    request_id: str | None = None
    level: str | None = None
    version: str = LATEST

    def belongs_to(self, request_id: str) -> bool:
        """Return whether it is a line of an invocation."""
        return self.request_id == request_id or request_id in self.message

    def is_at_least(self, level: str) -> bool:
        """Return whether its level is *level* or a graver one; a line without level is not."""
        return self.level is not None and LEVELS.index(self.level) >= LEVELS.index(level)


class LogSource(Protocol):
    """Where lines of logs come from."""

    def newest(self, start: datetime, end: datetime, count: int, keep: Keep) -> list[LogLine]:
        """Return the newest lines, oldest first.

        Args:
            start: The time of the first line.
            end: The time of the last line.
            count: Maximum number of lines.
            keep: Returns whether a line is wanted.
        """

    def further(self, start: datetime) -> list[LogLine]:
        """Return the lines since *start* that no earlier call has returned, oldest first."""


def level_of(message: str) -> str | None:
    """Return the level of a line, or None if it has none."""
    found = _STAMPED.match(message)
    if found is None:
        return None
    level = found["level"].upper()
    level = _SAME.get(level, level)
    return level if level in LEVELS else None


def time_of(message: str, default: float) -> datetime:
    """Return the time that a line begins with, else *default*, in seconds since the epoch."""
    found = _STAMPED.match(message)
    if found is not None:
        text = found["time"].replace(" ", "T").removesuffix("Z")
        for form in ("%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S"):
            try:
                return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
            except ValueError:
                continue
    return datetime.fromtimestamp(default, timezone.utc)
