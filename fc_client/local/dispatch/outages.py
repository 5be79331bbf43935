"""Reports an outage once, and its end, however often what fails is tried."""

from __future__ import annotations

import logging

from fc_client.local.storage.store import StoreError

__all__ = ["Outage"]

logger = logging.getLogger("fc_client.local")


class Outage:
    """The state of something that is tried until it works.

    Args:
        subject: What fails, for messages: ``timers``.
    """

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._reported = ""

    def failed(self, error: Exception) -> None:
        """Log *error*, unless it was the last one as well."""
        if str(error) != self._reported:
            self._reported = str(error)
            # The message of a StoreError says all; any other error needs its place.
            trace = None if isinstance(error, (StoreError, OSError)) else error
            logger.error("%s: %s; trying again", self._subject, error, exc_info=trace)

    def worked(self) -> None:
        """Log the end of an outage."""
        if self._reported:
            self._reported = ""
            logger.warning("%s: works again", self._subject)
