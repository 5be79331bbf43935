"""Times: as the service writes them, as users write them, and relative to now."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

__all__ = ["iso_time", "parse_time", "relative"]

_AGO = re.compile(r"(\d{1,9})\s*(s|m|h|d|w)[a-z]*(?:\s+ago)?", re.IGNORECASE)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_STEPS = (("second", 60), ("minute", 60), ("hour", 24), ("day", 30), ("month", 12))


def parse_time(text: str, now: datetime | None = None) -> datetime:
    """Return the time of "2018-01-31T08:00:00Z", "2018-01-31 08:00", "10m ago" or "now".

    A time without a zone is UTC.

    Args:
        text: What the user wrote.
        now: The time now; default: that of the clock.

    Raises:
        ValueError: the text is not a time.
    """
    now = datetime.now(timezone.utc) if now is None else now
    wanted = text.strip()
    ago = _AGO.fullmatch(wanted)
    try:
        if wanted.lower() == "now":
            return now
        if ago:
            return now - timedelta(**{_UNITS[ago[2].lower()]: int(ago[1])})
        time = _parsed(wanted)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is not a time: expected 2018-01-31T08:00:00Z, '10m ago' or now"
        ) from None
    return time if time.tzinfo is not None else time.replace(tzinfo=timezone.utc)


def _parsed(text: str) -> datetime:
    # Python 3.10's own parser knows neither "Z" nor "+0000".
    from dateutil.parser import isoparse

    return isoparse(text)


def iso_time(milliseconds: int) -> str:
    """Return a time, given in milliseconds since the epoch, in ISO 8601."""
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat()


def relative(text: str, now: datetime | None = None) -> str:
    """Return a time of the service as "3 minutes ago"; other text as it is.

    Args:
        text: A time in ISO 8601.
        now: The time now; default: that of the clock.
    """
    now = datetime.now(timezone.utc) if now is None else now
    try:
        amount = (now - parse_time(text, now)).total_seconds()
    except ValueError:
        return text
    if amount < 1:
        return "now"
    for unit, size in _STEPS:
        if amount < size:
            return _ago(int(amount), unit)
        amount /= size
    return _ago(int(amount), "year")


def _ago(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'} ago"
