"""Names below localhost, such as ``shop.localhost``: they are this machine (RFC 6761, section 6.3).

Browsers and curl know that, the resolvers of many systems do not.
"""

from __future__ import annotations

from typing import Any

from fc_client._hosts import is_localhost

__all__ = ["FindsLocalNames", "name_to_look_up"]


def name_to_look_up(host: str) -> str:
    """Return the name whose addresses a host has: localhost for it and for a name below it."""
    return "localhost" if is_localhost(host) else host


class FindsLocalNames:
    """A connection of urllib3 that finds names below localhost."""

    host: Any
    server_hostname: Any

    def connect(self) -> None:
        """Connect; the certificate must still have the name of the host."""
        name = self.host
        if name_to_look_up(name) == name:
            super().connect()  # type: ignore[misc]
            return
        if getattr(self, "server_hostname", None) is None:
            self.server_hostname = name
        self.host = name_to_look_up(name)
        try:
            super().connect()  # type: ignore[misc]
        finally:
            self.host = name
