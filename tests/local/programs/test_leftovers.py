"""A server without data_dir leaves nothing, however its process ends."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest
from support.waiting import wait_until

PROGRAM = """
import os, sys, threading, time
from pathlib import Path
from fc_client.local import LocalFunctionCompute

with LocalFunctionCompute() as fc, fc.client() as client:
    if "invoke" in sys.argv:
        Path(sys.argv[1], "m.py").write_text("def h(event, context): return b'x'")
        client.create_service("s")
        client.create_function("s", "f", runtime="python3", handler="m.h", code=sys.argv[1])
        client.invoke_function("s", "f")
    print("up", flush=True)
    @THEN@
"""


@pytest.fixture
def start(tmp_path):
    """Start a program in a temporary folder of its own; return it and the folder."""
    temporary, code = tmp_path / "tmp", tmp_path / "code"
    temporary.mkdir()
    code.mkdir()
    started = []

    def start(*command):
        process = subprocess.Popen(
            [sys.executable, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(temporary)},
        )
        started.append(process)
        process.stdout.readline()
        return process, temporary

    yield start
    for process in started:
        process.kill()
        process.communicate()


def is_empty(folder):
    return not [entry for entry in folder.iterdir() if entry.name.startswith("fc-")]


class TestProgram:
    @pytest.mark.parametrize(
        ("number", "use"),
        [
            *((name, "invoke") for name in ("SIGTERM", "SIGHUP", "SIGKILL", "SIGINT", "SIGQUIT")),
            ("SIGTERM", "idle"),
            ("SIGKILL", "idle"),
        ],
    )
    def test_ends_by_a_signal(self, start, tmp_path, number, use):
        program = PROGRAM.replace("@THEN@", "time.sleep(60)")
        process, folder = start("-c", program, str(tmp_path / "code"), use)
        assert not is_empty(folder)

        process.send_signal(getattr(signal, number))
        process.wait(30)

        wait_until(lambda: is_empty(folder))

    @pytest.mark.parametrize("end", ["os._exit(1)", "os.abort()"])
    def test_ends_by_itself(self, start, tmp_path, end):
        program = PROGRAM.replace("@THEN@", end)

        process, folder = start("-c", program, str(tmp_path / "code"), "idle")
        process.wait(30)

        wait_until(lambda: is_empty(folder))

    def test_is_interrupted_while_it_stops(self, start, tmp_path):
        """The process goes on, so what is left would be there for long."""
        stopping = "threading.Timer(float(sys.argv[3]), os.kill, (os.getpid(), 2)).start()"
        lines = PROGRAM.replace("@THEN@", stopping).splitlines()
        block = textwrap.indent("\n".join(lines[5:]), "    ")
        program = "\n".join(
            [*lines[:5], "try:", block, "    time.sleep(30)", "except KeyboardInterrupt: pass"]
        )
        program += "\nprint('stopped', flush=True)\ntime.sleep(60)\n"
        for milliseconds in (1, 5, 12, 40):
            delay = str(milliseconds / 1000)
            process, folder = start("-c", program, str(tmp_path / "code"), "invoke", delay)
            assert process.stdout.readline() == "stopped\n"

            wait_until(lambda: is_empty(folder))  # noqa: B023 - called here

            process.kill()
            process.wait()


class TestCommand:
    @pytest.mark.parametrize(
        ("number", "code"),
        [("SIGTERM", 0), ("SIGHUP", 0), ("SIGINT", 0), ("SIGQUIT", -3), ("SIGKILL", -9)],
    )
    def test_ends_by_a_signal(self, start, number, code):
        process, folder = start("-m", "fc_client.local.cli")
        for _ in range(3):
            process.stdout.readline()

        process.send_signal(getattr(signal, number))

        assert process.wait(30) == code
        wait_until(lambda: is_empty(folder))

    def test_goes_on_after_a_hangup_that_nohup_ignores(self, start):
        ignoring = "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
        process, _ = start("-c", ignoring + "from fc_client.local.cli import main; main([])")
        for _ in range(3):
            process.stdout.readline()

        process.send_signal(signal.SIGHUP)

        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.4)
