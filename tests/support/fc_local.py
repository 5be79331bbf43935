"""fc-local as a process of its own, to be measured and killed."""

import os
import shlex
import signal
import subprocess
import sys
import time

import psutil

from fc_client import Client

# A killed process is gone long before.
_END_SECONDS = 30


class FcLocal:
    """A running fc-local; a context manager, which kills it.

    Args:
        data_dir: Where it keeps its state; unique to it, for its processes are found by it.
        options: Further arguments of fc-local.
    """

    def __init__(self, data_dir, *options):
        self._data_dir = str(data_dir)
        command = [sys.executable, "-m", "fc_client.local.cli", "--data-dir", self._data_dir]
        self.process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
        try:
            self.environ = self._read_environ()
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.process.stdout.close()

    def _read_environ(self):
        lines = [self.process.stdout.readline() for _ in range(11)]
        exports = [shlex.split(line)[1] for line in lines if line.startswith("export ")]
        assert len(exports) == 10, lines
        return dict(export.split("=", 1) for export in exports)

    def client(self, kind=Client, **options):
        """Return a client of it."""
        return kind(
            self.environ["FC_ENDPOINT"],
            access_key_id=self.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            access_key_secret=self.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            **options,
        )

    def kill(self):
        """Send SIGKILL to the server alone, and wait for its end."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(_END_SECONDS)

    def processes(self):
        """Return the processes that work for it: workers, and what guards them."""
        own = {os.getpid(), self.process.pid}
        return [
            process
            for process in psutil.process_iter()
            if process.pid not in own and self._is_of(process)
        ]

    def _is_of(self, process):
        try:
            words = [*process.cmdline(), *process.environ().values()]
            return process.status() != psutil.STATUS_ZOMBIE and any(
                self._data_dir in word for word in words
            )
        except psutil.Error:
            return False

    def processes_after(self, seconds):
        """Return what still runs after so many seconds; at once when nothing does."""
        deadline = time.monotonic() + seconds
        left = self.processes()
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = self.processes()
        return left
