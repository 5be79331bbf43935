"""What WebSockets of both clients have in common: their times and proxies."""

from __future__ import annotations

from collections.abc import Mapping

from fc_client._transport.options import checked_proxies, environment_proxies, proxy_for
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


def proxy_of(url: str, proxies: Mapping[str, str] | None, schemes: tuple[str, ...]) -> str | None:
    """Return the proxy for *url*, or None.

    Args:
        url: What is called.
        proxies: URLs by scheme; None takes the environment's.
        schemes: The schemes of proxies that work.

    Raises:
        ConfigurationError: a proxy does not work.
    """
    found = checked_proxies(proxies, schemes)
    return proxy_for(url, environment_proxies(url, schemes) if found is None else found)
