"""The clock that dates attempts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timezone
from functools import lru_cache

from fc_client import signing
from fc_client.exceptions import RequestTimeTooSkewedError

log = logging.getLogger("fc_client")

# The most that this machine's clock is taken to be wrong by.
MAX_CORRECTION_SECONDS = 86_400
# The service accepts dates that are less than 15 minutes off.
_MIN_CORRECTION_SECONDS = 60


class Clock:
    """The clock that dates attempts: this machine's, corrected by the service's.

    Args:
        secure: Whether the service's time comes over TLS.
        wall_time: Returns the time of this machine's clock.
    """

    def __init__(self, *, secure: bool, wall_time: Callable[[], float] = time.time) -> None:
        self._secure = secure
        self._wall_time = wall_time
        self._offset_seconds = 0.0

    def now(self) -> int:
        """Return the time in whole seconds since the epoch."""
        return int(self._wall_time() + self._offset_seconds)

    def gmt_date(self) -> str:
        """Return the time in the format of the Date header."""
        return _gmt_date(self.now())

    def correct(self, error: RequestTimeTooSkewedError) -> bool:
        """Adopt the service's time, if it can be true and differs from what was sent.

        A reply is not signed: whoever changes it on the way could have requests
        dated in the far future, which remain valid until then. So the time is
        never more than a day from this machine's.
        """
        if error.server_time is None:
            return False
        offset = error.server_time.timestamp() - self._wall_time()
        if abs(offset) > MAX_CORRECTION_SECONDS:
            log.warning(
                "the service's time, %s, differs from this machine's by more than a day and is "
                "ignored; set the clock of this machine",
                error.server_time,
            )
            return False
        if abs(offset - self._offset_seconds) < _MIN_CORRECTION_SECONDS:
            return False
        if not self._offset_seconds:
            log.warning(
                "the clock of this machine is wrong; the service's time is %s%s",
                error.server_time,
                "" if self._secure else " (received over http, where anyone could have changed it)",
            )
        self._offset_seconds = offset
        return True


# Cached, since many calls are made in the same second.
@lru_cache(maxsize=2)
def _gmt_date(seconds: int) -> str:
    return signing.gmt_date(datetime.fromtimestamp(seconds, timezone.utc))
