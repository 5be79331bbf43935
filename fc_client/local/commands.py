"""Implements fc-local status and fc-local reset, for a server that runs or does not."""

# ruff: noqa: T201 - commands print

from __future__ import annotations

import http.client
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fc_client.local.storage.code_storage import CodeStorage
from fc_client.local.storage.data_directory import (
    DataDirectory,
    DataDirectoryError,
    ServerNote,
    database_path,
    is_in_use,
    read_server_note,
)
from fc_client.local.storage.reading import read_counts
from fc_client.local.storage.store import Store

__all__ = ["check_data_dir", "print_status", "reset"]

_STATUS_SECONDS = 5.0
# Instances that run are ended first.
_RESET_SECONDS = 60.0


def print_status(data_dir: Path) -> bool:
    """Print whether a server uses a data directory, and what is in it.

    Returns:
        Whether a server runs.

    Raises:
        DataDirectoryError: it is not a data directory.
        StoreError: its database cannot be read.
    """
    check_data_dir(data_dir)
    note = read_server_note(data_dir)
    is_running = is_in_use(data_dir)
    counts = _counted(data_dir)
    if not is_running:
        print("not running")
    elif note is None:
        print("running, but not ready yet")
    else:
        print(f"running: process {note.pid} at {note.endpoint}")
        try:
            counts["instances"] = _ask(note, "GET", "status", _STATUS_SECONDS)["instances"]
        except OSError as exc:
            print(f"it cannot be reached from here: {exc}")
    print(_summary(counts))
    return is_running


def reset(data_dir: Path, *, is_confirmed: bool) -> bool:
    """Delete all resources, queued invocations and logs; the access key stays.

    Args:
        data_dir: The data directory.
        is_confirmed: Whether to delete without a question.

    Returns:
        Whether it was done; False if the answer to the question was no.

    Raises:
        DataDirectoryError: it is not a data directory.
        ValueError: there is no terminal for the question.
        StoreError: its database cannot be used.
        OSError: the server cannot be reached.
    """
    check_data_dir(data_dir)
    if not is_confirmed and not _confirm(data_dir):
        print("nothing was deleted")
        return False
    note = read_server_note(data_dir)
    if note is not None and is_in_use(data_dir):
        _ask(note, "POST", "reset", _RESET_SECONDS)
    else:
        _reset_stopped(data_dir)
    return True


def check_data_dir(data_dir: Path) -> None:
    """Raise DataDirectoryError if *data_dir* is not a data directory."""
    if not database_path(data_dir).is_file():
        raise DataDirectoryError(f"{data_dir}: not the data directory of a local Function Compute")


def _confirm(data_dir: Path) -> bool:
    if not sys.stdin.isatty():
        raise ValueError("reset: pass --yes to delete without a question")
    try:
        answer = input(f"Delete all in {data_dir} ({_summary(_counted(data_dir))})? [y/N] ")
    except EOFError:
        return False
    return answer.strip().lower() in ("y", "yes")


def _counted(data_dir: Path) -> dict[str, Any]:
    counts = read_counts(database_path(data_dir))
    return {
        "queued invocations" if name == "async_invocations" else name: counts[name]
        for name in counts
    }


def _summary(counts: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {number}" for name, number in counts.items())


def _reset_stopped(data_dir: Path) -> None:
    """Delete what is in the data directory while no server may start."""
    directory = DataDirectory(data_dir)
    try:
        store = Store(directory.database)
        try:
            store.clear()
        finally:
            store.close()
        CodeStorage(directory.code, None).sweep(())
    finally:
        directory.close()


def _ask(note: ServerNote, method: str, command: str, seconds: float) -> dict[str, Any]:
    """Send a command to a running server and return its answer.

    Raises:
        OSError: it cannot be reached, or refuses.
    """
    url = urlsplit(note.endpoint)
    connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=seconds)
    try:
        headers = {"Authorization": f"Bearer {note.token}"}
        connection.request(method, f"/fc-local/{command}", headers=headers)
        reply = connection.getresponse()
        body = reply.read()
    except http.client.HTTPException as exc:
        raise OSError(f"{note.endpoint}: not a local Function Compute: {exc!r}") from exc
    except OSError as exc:
        raise OSError(f"{note.endpoint}: {exc}") from exc
    finally:
        connection.close()
    if reply.status >= 300:
        raise OSError(f"{note.endpoint}: {command} failed with status {reply.status}")
    answer: dict[str, Any] = json.loads(body) if body else {}
    return answer
