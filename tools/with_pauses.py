"""Run a command, and stop it with all that it started now and then, as a busy host does.

python tools/with_pauses.py pytest -p no:rerunfailures -n 4 tests/call
"""

import random
import subprocess
import sys
import time
from contextlib import suppress

import psutil

PAUSE_SECONDS = 0.1, 0.6
MEAN_SECONDS_BETWEEN = 1.0


def main() -> int:
    """Run the command and return its exit code."""
    process = subprocess.Popen(sys.argv[1:])  # noqa: S603 - that is what it is for
    root = psutil.Process(process.pid)
    while process.poll() is None:
        time.sleep(random.expovariate(1 / MEAN_SECONDS_BETWEEN))
        with suppress(psutil.NoSuchProcess):
            pause([root, *root.children(recursive=True)])
    return process.returncode


def pause(processes: list[psutil.Process]) -> None:
    """Stop processes for a moment."""
    for process in processes:
        with suppress(psutil.Error):
            process.suspend()
    time.sleep(random.uniform(*PAUSE_SECONDS))
    for process in processes:
        with suppress(psutil.Error):
            process.resume()


if __name__ == "__main__":
    sys.exit(main())
