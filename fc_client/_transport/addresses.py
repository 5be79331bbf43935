"""Connects to the first address of a host that answers (RFC 8305), and loses no socket.

asyncio's own race loses the socket that has won, if it is cancelled just then.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Any

__all__ = ["connected_socket"]

# Another address is tried if one has not answered by then.
_NEXT_ADDRESS_SECONDS = 0.25

_Address = tuple[Any, ...]


async def connected_socket(host: str, port: int) -> socket.socket:
    """Return a socket that is connected to a host.

    Raises:
        OSError: the host has no address, or none of them answers.
    """
    loop = asyncio.get_running_loop()
    try:
        addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except RuntimeError:
        # No thread can start: the main thread has ended.
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    sockets: list[socket.socket] = []
    tries: list[asyncio.Task[socket.socket]] = []
    try:
        winner = await _race(_interleaved(addresses), tries, sockets)
        sockets.remove(winner)
        return winner
    finally:
        for each in tries:
            each.cancel()
        for lost in sockets:
            lost.close()


async def _race(
    addresses: Sequence[_Address],
    tries: list[asyncio.Task[socket.socket]],
    sockets: list[socket.socket],
) -> socket.socket:
    """Return the socket that connects first; all tries and all sockets are added to the lists."""
    failure: BaseException = OSError("the host has no address")
    left = list(addresses)
    while left or not all(each.done() for each in tries):
        if left:
            tries.append(asyncio.ensure_future(_connect(left.pop(0), sockets)))
        done, _ = await asyncio.wait(
            [each for each in tries if not each.done()] or tries,
            timeout=_NEXT_ADDRESS_SECONDS if left else None,
            return_when=asyncio.FIRST_COMPLETED,
        )
        for each in done:
            problem = each.exception()
            if problem is None:
                return each.result()
            failure = problem
    raise failure


async def _connect(address: _Address, sockets: list[socket.socket]) -> socket.socket:
    family, kind, protocol, _, target = address
    connection = socket.socket(family, kind, protocol)
    sockets.append(connection)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, target)
    return connection


def _interleaved(addresses: Sequence[_Address]) -> list[_Address]:
    """Return the addresses, of one family and another in turn."""
    families: dict[Any, list[_Address]] = {}
    for address in addresses:
        families.setdefault(address[0], []).append(address)
    return [each for each in chain(*zip_longest(*families.values())) if each is not None]
