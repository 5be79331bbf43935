"""Runs a server in this process for another one: the other end of ServerProcess.

Settings and calls come on the standard input, answers go to the standard
output. The server stops when the input ends, or the parent process does.
"""

from __future__ import annotations

import logging
import os
import pickle
import select
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from fc_client.local.running import start_in_thread
from fc_client.local.server_process import send

__all__ = ["main"]

_POLL_SECONDS = 0.3


def main() -> None:
    """Run a server until the standard input ends."""
    # What this process prints is not an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    requests = _requests(sys.stdin.buffer, os.getppid())
    try:
        level, *arguments = next(requests)
        # What the program wants to be logged.
        logging.getLogger("fc_client.local").setLevel(level)
        server = start_in_thread(*arguments)
    except Exception as exc:  # noqa: BLE001 - raised in the other process
        send(answers, (False, exc))
        return
    send(answers, (True, (server.endpoint, server.data.path, server.data.account)))
    try:
        for name, positional, named in requests:
            send(answers, _result(server.thread, name, positional, named))
    finally:
        server.thread.stop()


def _result(control: object, name: str, positional: Any, named: Any) -> tuple[bool, Any]:
    try:
        return True, getattr(control, name)(*positional, **named)
    except Exception as exc:  # noqa: BLE001 - raised in the other process
        return False, exc


def _requests(stream: BinaryIO, parent: int) -> Iterator[Any]:
    """Yield requests until the stream ends, or the parent, of which a fork may hold the stream."""
    while os.getppid() == parent:
        if select.select([stream], [], [], _POLL_SECONDS)[0]:
            try:
                yield pickle.load(stream)  # noqa: S301
            except EOFError:
                return
