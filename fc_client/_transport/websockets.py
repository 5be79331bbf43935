"""What WebSockets of both clients have in common: their times."""

from __future__ import annotations

from fc_client.timeouts import Limits

# Seconds of silence after which the service is sent a ping, so that it and
# what is between do not take the connection for an idle one.
PING_SECONDS = 5.0
# Seconds that the service has to confirm the end.
CLOSE_SECONDS = 1.0
# Seconds within which a WebSocket is opened or refused, if the timeout is longer.
_MAX_OPENING_SECONDS = 60.0


def opening_seconds(limits: Limits) -> float:
    """Return how long it may take to open a WebSocket, in seconds.

    Raises:
        TimeoutError: the call has to end now.
    """
    return limits.left(max(limits.connect, min(limits.read, _MAX_OPENING_SECONDS)))
