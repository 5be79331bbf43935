"""Finds the origin at which a client reaches the server."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from fc_client._hosts import is_loopback

__all__ = ["origin_of"]


def origin_of(request: web.BaseRequest, host: str) -> str:
    """Return scheme, host and port for URLs of this server.

    The official Node SDK leaves the port out of Host. A client that calls a
    loopback address from this machine has used the port of the server itself.

    Args:
        request: The request, whose connection has the port.
        host: The Host header, which names this machine.
    """
    origin = f"{request.scheme}://{host}"
    url = urlsplit(origin)
    called = url.hostname or ""
    if url.port is not None or not is_loopback(called) or not is_loopback(request.remote or ""):
        return origin
    own = request.get_extra_info("sockname")
    return f"{origin}:{own[1]}" if own else origin
