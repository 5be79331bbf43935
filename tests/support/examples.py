"""Run the examples as a user would."""

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def run_example(*command, folder=None, **environment):
    """Run a script of the examples with nothing but *environment* in its environment.

    Args:
        command: The script, relative to the examples, and its arguments.
        folder: Where to run it.
        environment: Variables of the process, next to PATH.
    """
    script, *arguments = command
    return subprocess.run(
        [sys.executable, EXAMPLES / script, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
