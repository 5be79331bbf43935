"""Checks the arguments of LocalFunctionCompute and fc-local, naming the one that is wrong."""

from __future__ import annotations

import math
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from fc_client._files import named_kind
from fc_client.credentials import Credentials
from fc_client.local.api.authentication import host_problem
from fc_client.local.execution.runtimes import check_runtime_names
from fc_client.local.storage.data_directory import FixedAccount

__all__ = [
    "check_at_least_one",
    "check_bool",
    "check_host",
    "check_host_names",
    "check_port",
    "check_seconds",
    "existing_directory",
    "existing_interpreters",
    "existing_modules",
    "fixed_account",
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


def check_bool(name: str, value: object) -> None:
    """Raise TypeError unless *value* is True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: must be True or False, got {value!r}")


def check_host(name: str, host: object) -> None:
    """Raise ValueError for an empty host, which would listen on all addresses."""
    if not isinstance(host, str):
        raise TypeError(f"{name}: must be a string, got {host!r}")
    if not host:
        raise ValueError(f"{name}: must be a name or address of this machine, got ''")


def check_host_names(name: str, hosts: Collection[str]) -> None:
    """Raise ValueError unless all *hosts* are host names without a port."""
    if isinstance(hosts, str) or not isinstance(hosts, Collection):
        raise TypeError(f"{name}: must be a list of host names, got {hosts!r}")
    for host in hosts:
        if not isinstance(host, str):
            raise TypeError(f"{name}: must be a list of host names, got {host!r} in it")
        problem = host_problem(host)
        if problem is not None:
            raise ValueError(f"{name}: {problem}")


def existing_directory(name: str, path: StrPath) -> Path:
    """Return the absolute path of a directory.

    Raises:
        ValueError: it does not exist.
        TypeError: *path* is not a path.
    """
    directory = _path(name, path)
    if not directory.is_dir():
        raise ValueError(f"{name}: no such directory: {named_kind(directory)}")
    return directory.absolute()


def usable_data_dir(name: str, path: StrPath | None) -> Path | None:
    """Return the path of a data directory, which need not exist; None for None.

    Raises:
        ValueError: it exists and is not a directory.
        TypeError: *path* is not a path.
    """
    if path is None:
        return None
    directory = _path(name, path)
    if os.path.lexists(directory) and not directory.is_dir():
        raise ValueError(f"{name}: not a directory: {named_kind(directory)}")
    return directory


def existing_interpreters(name: str, interpreters: Mapping[str, StrPath] | None) -> dict[str, str]:
    """Return the interpreters by runtime; none for None.

    Raises:
        ValueError: one of them is missing or not executable.
        TypeError: it is not a mapping of names to paths.
    """
    paths = {}
    for runtime, interpreter in _items(name, interpreters):
        paths[runtime] = str(_path(f"{name}: {runtime}", interpreter))
        if shutil.which(paths[runtime]) is None:
            raise ValueError(f"{name}: {runtime}: no such executable: {paths[runtime]!r}")
    return paths


def existing_modules(name: str, modules: Mapping[str, StrPath] | None) -> dict[str, str]:
    """Return the absolute directories of modules by runtime; none for None.

    Raises:
        ValueError: one of them does not exist.
        TypeError: it is not a mapping of names to paths.
    """
    return {
        runtime: str(existing_directory(f"{name}: {runtime}", path))
        for runtime, path in _items(name, modules)
    }


def fixed_account(
    access_key_id: str | None, access_key_secret: str | None, account_id: str | None
) -> FixedAccount:
    """Return the access key and the account ID that a program chooses; None for random ones.

    Raises:
        ValueError: a value cannot be used, or the ID or the secret is missing.
        TypeError: a value is not a string.
    """
    if (access_key_id is None) != (access_key_secret is None):
        raise ValueError("access_key_id and access_key_secret: pass both or neither")
    if access_key_id is not None and access_key_secret is not None:
        Credentials(access_key_id, access_key_secret)
        if re.search(r"[\s:]", access_key_id):
            raise ValueError(
                f"access_key_id: must have neither spaces nor colons, got {access_key_id!r}"
            )
    if account_id is not None:
        if not isinstance(account_id, str):
            raise TypeError(f"account_id: must be a string, got {account_id!r}")
        if re.fullmatch("[0-9]+", account_id) is None:
            raise ValueError(f"account_id: must consist of digits, got {account_id!r}")
    return FixedAccount(access_key_id, access_key_secret, account_id)


def _items(name: str, paths: object) -> Iterator[tuple[str, StrPath]]:
    """Yield the items of a mapping whose keys must be strings."""
    if paths is None:
        return
    if not isinstance(paths, Mapping):
        raise TypeError(f"{name}: must be a dictionary of runtimes and paths, got {paths!r}")
    for runtime, path in paths.items():
        if not isinstance(runtime, str):
            raise TypeError(f"{name}: must have names of runtimes as keys, got {runtime!r}")
        check_runtime_names(name, [runtime])
        yield runtime, path


def _path(name: str, path: object) -> Path:
    if isinstance(path, os.PathLike):
        path = os.fspath(path)
    if not isinstance(path, str):
        raise TypeError(f"{name}: must be a path as a string or Path, got {path!r}")
    if not path or "\0" in path:
        raise ValueError(f"{name}: must be a path, got {path!r}")
    return Path(path)


def _integer(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}: must be an integer, got {value!r}")
    return value
