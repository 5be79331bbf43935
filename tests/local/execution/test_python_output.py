"""What a Python function writes, in its order and up to its end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from local.execution.python_functions import run_body
from local.execution_support import printed

WRITES = [
    "print('50 %', end='')",
    "sys.stdout.write('50 %')",
    "sys.stderr.write('50 %')",
    "sys.stdout.buffer.write(b'50 %')",
    "ctypes.CDLL(None).printf(b'50 %%')",
    "sys.stdout.write('\\r49 %'); sys.stdout.write('\\r50 %')",
]
ENDS = {
    "timeout": ("time.sleep(9)", 1),
    "endless loop": ("while True: pass", 1),
    "exit": ("os._exit(3)", 60),
    "crash": ("ctypes.string_at(0)", 60),
    "signal": ("os.kill(os.getpid(), signal.SIGKILL)", 60),
    "memory": ("x = bytearray(b'x') * (200 << 20); time.sleep(90)", 60),
}
IMPORTS = "import ctypes, logging, os, signal, subprocess, sys, threading, time\n"


class TestOutput:
    @pytest.mark.parametrize("write", WRITES)
    def test_without_a_newline_survives_an_exit(self, tmp_path: Path, write: str):
        outcome = run_body(tmp_path, f"{IMPORTS}{write}\nos._exit(3)")

        assert "50 %" in printed(outcome)

    @pytest.mark.parametrize(("end", "seconds"), ENDS.values(), ids=ENDS)
    def test_without_a_newline_survives_every_end(self, tmp_path: Path, end: str, seconds: int):
        outcome = run_body(tmp_path, f"{IMPORTS}print('step 2 ', end='')\n{end}", timeout=seconds)

        assert printed(outcome).startswith("step 2 ")

    @pytest.mark.parametrize(
        "between",
        [
            "logging.info('B')",
            "subprocess.run(['echo', 'B'])",
            "os.write(2, b'B')",
            "print('B', file=sys.stderr)",
            "sys.stdout.buffer.write(b'B')",
            "ctypes.CDLL(None).puts(b'B')",
            "thread = threading.Thread(target=print, args='B'); thread.start(); thread.join()",
        ],
    )
    def test_is_in_the_order_of_writing(self, tmp_path: Path, between: str):
        outcome = run_body(tmp_path, f"{IMPORTS}print('A', end=' ')\n{between}\nprint('C')")

        assert re.fullmatch(r"A .*B.*C", printed(outcome).strip(), re.DOTALL)
