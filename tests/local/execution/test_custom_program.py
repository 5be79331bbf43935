"""The program of a custom runtime, as the runtime starts it."""

import json
import re
import subprocess
import sys
from pathlib import Path

from fc_client.local.execution import runtimes

# Starts a program as the runtime does, and prints the error.
SCRIPT = """
import json, os, signal, sys
sys.path.insert(0, sys.argv[1])
from fc_custom_program import Program, RuntimeFailure
program = Program(json.loads(sys.argv[2]))
try:
    program.wait_until_ready()
except RuntimeFailure as exc:
    print(exc.body.decode(), flush=True)
os.killpg(0, signal.SIGKILL)
"""


def test_a_program_that_does_not_listen_in_time_is_an_error(tmp_path: Path) -> None:
    settings = {
        "code_dir": str(tmp_path),
        "command": ["sleep", "60"],
        "ca_port": 9000,
        "start_seconds": 0,
        "health_check": None,
    }
    directory = Path(runtimes.__file__).parent / "custom"
    command = [sys.executable, "-c", SCRIPT, str(directory), json.dumps(settings)]

    ended = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=False, start_new_session=True
    )

    message = json.loads(ended.stdout)["errorMessage"]
    assert re.match(r"sleep 60 does not listen on port [0-9]+ after 0 seconds: ", message)
    assert "FC_SERVER_PORT" in message
