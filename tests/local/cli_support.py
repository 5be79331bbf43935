"""Runs fc-local as a process of its own."""

from __future__ import annotations

import shlex
import subprocess
import sys

from local.support import Api

COMMAND = (sys.executable, "-W", "error", "-m", "fc_client.local.cli")


class FcLocal:
    """A running fc-local."""

    def __init__(self, *arguments: str, **options: object) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options},
        )
        self.first_line = self.process.stdout.readline() if "-q" not in arguments else ""
        exports = [shlex.split(self.process.stdout.readline()) for _ in range(10)]
        self.environment = dict(words[1].split("=", 1) for words in exports)
        self.api = Api(
            self.environment["FC_ENDPOINT"],
            self.environment["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            self.environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        )

    def end(self, number: int) -> tuple[int, str, str]:
        """Send a signal and return the exit code and what was printed since."""
        self.api.session.close()
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=30)
        return self.process.returncode, output, errors


def run_command(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run fc-local until it ends."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        check=False,
        **{"capture_output": True, "text": True, "timeout": 60, **options},
    )
