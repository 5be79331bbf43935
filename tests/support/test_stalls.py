"""The watch for a machine that stands still, and tests that run again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.at_once import at_once
from support.stalls import Stalls

PROGRAM = """
import time
from support.stalls import Stalls
stalls = Stalls()
stalls.watch()
print("ready", flush=True)
while not stalls.recent():
    time.sleep(0.01)
"""


def test_process_that_was_stopped_has_stalled():
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        # The thread may be about to look at the clock for the first time.
        time.sleep(0.1)
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        process.send_signal(signal.SIGCONT)
        assert process.wait(timeout=60) == 0


def test_nothing_was_seen_before_the_watch():
    assert Stalls().recent() is False


def test_case_that_runs_again_runs_alone():
    calls = []

    class Cases:
        @at_once
        @pytest.mark.parametrize("number", [1, 2])
        def test(self, number):
            calls.append(number)
            assert calls.count(1) != 1

    with pytest.raises(AssertionError):
        Cases().test(number=1)
    Cases().test(number=1)

    assert sorted(calls) == [1, 1, 2]
