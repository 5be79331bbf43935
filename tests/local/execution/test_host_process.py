"""Programs whose process has an unusual state while functions run in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from local.execution_support import write_function

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parents[1]

# Runs two events, writes the results to a file, since there may be no standard output.
PROGRAM = """
import os, signal, socket, sys
result = os.open({result!r}, os.O_WRONLY | os.O_CREAT)
os.dup2(result, 50)
os.close(result)
{state}
sys.path[:0] = [{package!r}, {tests!r}]
import json
from pathlib import Path
from execution_support import invoke, spec_of
spec = spec_of(Path({code!r}), memory_size=512)
outcomes = invoke(spec, Path({directory!r}), b"a", b"x" * 500000)
shown = [[o.error_type, o.payload.decode(), o.log.decode()] for o in outcomes]
os.write(50, json.dumps(shown).encode())
"""
# Returns what it finds of the program's state.
SOURCE = """
import os, signal, subprocess, sys
def handler(event, context):
    print("printed")
    umask = os.umask(0o22)
    ignored = [int(n) for n in signal.valid_signals()
               if signal.getsignal(n) is signal.SIG_IGN
               and n not in (signal.SIGPIPE, signal.SIGXFSZ)]
    return {
        "length": len(event),
        "umask": umask,
        "ignored": ignored,
        "blocked": list(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, ()))),
        "child": subprocess.run(["true"]).returncode,
        "stdin": sys.stdin.read(),
        "environment": "SECRET" in os.environ,
    }
"""
EXPECTED = {
    "umask": 0o22,
    "ignored": [],
    "blocked": [],
    "child": 0,
    "stdin": "",
    "environment": False,
}
STATES = {
    "ordinary": "",
    "time limit of sockets": "socket.setdefaulttimeout(0.5)",
    "no standard streams": "os.closerange(0, 3)",
    "no standard input": "os.close(0)",
    "no standard output": "os.close(1)",
    "umask 0": "os.umask(0)",
    "umask 777": "os.umask(0o777)",
    "children are ignored": "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "signals are ignored": "[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 10, 12, 15)]",
    "signals are blocked": "signal.pthread_sigmask(signal.SIG_BLOCK, (1, 2, 10, 15, 17))",
    "directory is gone": "os.mkdir('gone'); os.chdir('gone'); os.rmdir(os.getcwd())",
    "environment": "os.environ.update(SECRET='1', PYTHONPATH='/nowhere', PYTHONHOME='')",
    "profile": "sys.setprofile(lambda *_: None); sys.settrace(lambda *_: None)",
    "warnings are errors": "import warnings; warnings.simplefilter('error')",
}


class TestHostProcess:
    def run(self, tmp_path: Path, state: str, **environment: str) -> None:
        code = write_function(tmp_path, SOURCE)
        result = tmp_path / "result"
        program = PROGRAM.format(
            state=state,
            package=str(PACKAGE),
            tests=str(TESTS),
            code=str(code),
            directory=str(tmp_path),
            result=str(result),
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert result.read_text(), done.stderr
        outcomes = json.loads(result.read_text())
        for (error_type, payload, log), length in zip(outcomes, (1, 500000), strict=True):
            assert error_type is None, (payload, log)
            assert json.loads(payload) == {**EXPECTED, "length": length}
            assert "\nprinted\n" in log

    @pytest.mark.parametrize("state", STATES.values(), ids=STATES)
    def test_state_does_not_reach_the_function(self, tmp_path: Path, state: str):
        self.run(tmp_path, state)

    def test_patches_of_gevent_do_not(self, tmp_path: Path):
        pytest.importorskip("gevent")

        self.run(tmp_path, "from gevent import monkey; monkey.patch_all()")
