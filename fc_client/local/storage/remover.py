"""Removes a temporary data directory after its server has ended; runs as a separate process.

It is a script (see DataDirectory), so it imports nothing of the package. It
outlives the server however that ends: by SIGKILL, SIGTERM, SIGHUP or os._exit.

    python remover.py SERVER_PID DIRECTORY
"""

from __future__ import annotations

import os
import select
import shutil
import sys
import time

_POLL_SECONDS = 0.3
_PAUSE_SECONDS = 0.1

# Functions that still run write new files until their own guardian has ended them.
_MAX_SECONDS = 30.0


def main(server: str, directory: str) -> None:
    """Wait until the server has ended, then remove the directory."""
    _wait_for_end_of(int(server))
    deadline = time.monotonic() + _MAX_SECONDS
    while os.path.lexists(directory) and time.monotonic() < deadline:
        # Anything else in its place would be opened, and a FIFO be waited for.
        if os.path.isdir(directory):  # noqa: PTH112 - starts faster without pathlib
            shutil.rmtree(directory, ignore_errors=True)
        time.sleep(_PAUSE_SECONDS)


def _wait_for_end_of(server: int) -> None:
    """Return when the server has ended.

    Standard input reaches its end then, unless a forked child of the server
    has the other end open. So the parent process ID is checked as well.
    """
    while os.getppid() == server:
        readable, _, _ = select.select([0], [], [], _POLL_SECONDS)
        if readable and not os.read(0, 1):
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
