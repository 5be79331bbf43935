"""Checks the arguments of LocalFunctionCompute and fc-local, naming the one that is wrong."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from fc_client.local.api.authentication import host_problem

__all__ = [
    "check_at_least_one",
    "check_host",
    "check_host_names",
    "check_port",
    "check_seconds",
    "existing_directory",
    "existing_interpreters",
    "usable_data_dir",
]

StrPath = str | os.PathLike[str]


def check_port(name: str, port: object) -> None:
    """Raise ValueError unless *port* is 0 to 65535, TypeError unless it is an integer."""
    if not 0 <= _integer(name, port) <= 65535:
        raise ValueError(f"{name}: must be from 0 to 65535, got {port!r}")


def check_at_least_one(name: str, number: object) -> None:
    """Raise ValueError unless *number* is at least 1, TypeError unless it is an integer."""
    if _integer(name, number) < 1:
        raise ValueError(f"{name}: must be at least 1, got {number!r}")


def check_seconds(name: str, seconds: object) -> None:
    """Raise ValueError unless *seconds* is at least 0 and finite, TypeError for no number."""
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        raise TypeError(f"{name}: must be a number, got {seconds!r}")
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{name}: must be at least 0 and finite, got {seconds!r}")


def check_host(name: str, host: object) -> None:
    """Raise ValueError for an empty host, which would listen on all addresses."""
    if not isinstance(host, str):
        raise TypeError(f"{name}: must be a string, got {host!r}")
    if not host:
        raise ValueError(f"{name}: must be a name or address of this machine, got ''")


def check_host_names(name: str, hosts: Collection[str]) -> None:
    """Raise ValueError unless all *hosts* are host names without a port."""
    if isinstance(hosts, str):
        raise TypeError(f"{name}: must be a list of host names, got the string {hosts!r}")
    for host in hosts:
        problem = host_problem(host)
        if problem is not None:
            raise ValueError(f"{name}: {problem}")


def existing_directory(name: str, path: StrPath) -> Path:
    """Return the absolute path of a directory.

    Raises:
        ValueError: it does not exist.
    """
    if not Path(path).is_dir():
        raise ValueError(f"{name}: no such directory: {str(path)!r}")
    return Path(path).absolute()


def usable_data_dir(name: str, path: StrPath | None) -> Path | None:
    """Return the path of a data directory, which need not exist; None for None.

    Raises:
        ValueError: it exists and is not a directory.
    """
    if path is None:
        return None
    if os.path.lexists(path) and not Path(path).is_dir():
        raise ValueError(f"{name}: not a directory: {str(path)!r}")
    return Path(path)


def existing_interpreters(name: str, interpreters: Mapping[str, str]) -> dict[str, str]:
    """Return the interpreters by runtime.

    Raises:
        ValueError: one of them is missing or not executable.
    """
    for runtime, interpreter in interpreters.items():
        if shutil.which(interpreter) is None:
            raise ValueError(f"{name}: {runtime}: no such executable: {str(interpreter)!r}")
    return dict(interpreters)


def _integer(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}: must be an integer, got {value!r}")
    return value
