from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

from local.execution_support import write_function

from fc_client._threads import run_blocking

# Calls a function in a thread that outlives the main thread.
PROGRAM = """
import sys, threading, time
from pathlib import Path
sys.path[:0] = {paths!r}
from execution_support import invoke, spec_of
def late():
    threading.main_thread().join()
    time.sleep(0.3)
    (outcome,) = invoke(spec_of(Path({code!r})), Path({directory!r}))
    print(outcome.payload.decode(), flush=True)
threading.Thread(target=late).start()
"""


class TestRunBlocking:
    def test_uses_another_thread(self):

        assert asyncio.run(run_blocking(threading.get_ident)) != threading.get_ident()

    def test_functions_run_after_the_main_thread_has_ended(self, tmp_path: Path):
        code = write_function(tmp_path, "def handler(event, context): return 'late'")
        tests = Path(__file__).parents[1]
        paths = [str(tests.parents[1]), str(tests)]
        program = PROGRAM.format(paths=paths, code=str(code), directory=str(tmp_path))

        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert (done.stdout, done.stderr) == ("late\n", "")
