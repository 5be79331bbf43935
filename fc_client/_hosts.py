"""Which hosts are this machine."""

from __future__ import annotations

import ipaddress

__all__ = ["is_localhost", "is_loopback"]


def is_localhost(host: str) -> bool:
    """Return whether a name is localhost or one below it (RFC 6761, section 6.3)."""
    return f".{host}".endswith((".localhost", ".localhost."))


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine: localhost, a name below it, or a loopback address."""
    if is_localhost(host):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
