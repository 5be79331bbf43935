"""Tells whether the program of a custom runtime listens on a port, on Linux.

Many programs listen on the port that they have in the cloud, whatever the
variable says. Another program of this machine may have that port, so the socket
must belong to a process of the session of this one.
"""
# ruff: noqa: INP001, PTH115, PTH123, PTH208 - a module of a script, which loads no pathlib

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

_LISTENING = "0A"
# Columns of /proc/net/tcp.
_ADDRESS, _STATE, _INODE = 1, 3, 9


def has_listener(port: int) -> bool:
    """Return whether a process of this session listens on *port*; False where there is no /proc."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    return bool(sockets) and any(not sockets.isdisjoint(_files(pid)) for pid in _processes())


def _inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with suppress(OSError), open(f"/proc/self/net/{table}", encoding="ascii") as file:
            for line in file:
                columns = line.split()
                if columns[_STATE] == _LISTENING and columns[_ADDRESS].endswith(f":{port:04X}"):
                    yield columns[_INODE]


def _processes() -> Iterator[str]:
    session = os.getsid(0)
    for name in os.listdir("/proc"):
        # It may have ended by now.
        with suppress(OSError):
            if name.isdecimal() and os.getsid(int(name)) == session:
                yield name


def _files(pid: str) -> Iterator[str]:
    with suppress(OSError):
        for number in os.listdir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                yield os.readlink(f"/proc/{pid}/fd/{number}")
