"""Projects for tests of fun, and command lines run in this process or as processes."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from fc_client.fun.program import main
from fc_client.fun.project.loading import load_project
from fc_client.fun.project.problems import ProjectError

FAAS = Path(__file__).parent / "faas"

# The files in the folders in which the files of FAAS were tried.
FILES = (
    *("greeting.js", "hello.js", "chatbot.js", "rules.js", "pack.js", "archive.js", "index.js"),
    *("source.js", "hub.js", "refresher.js", "main.py", "main.jar", "lib/a.js", "lib/sub/b.js"),
    *("lib/l.json", "data/d.json", "node_modules/m/index.js", ".hidden", "../outside.js"),
)

HANDLER = "exports.index = (event, context, callback) => callback(null, 'hello ' + event);\n"

PROJECT = """\
function-compute:
  region: cn-shanghai
  services:
    - name: svc
      description: svc test
      functions:
        - name: greeting
          description: Hello there!
          runtime: nodejs8
          handler: greeting.index
          codes:
            - greeting.js
"""


@dataclass(frozen=True)
class Result:
    """What a command line printed, and its exit code."""

    code: int
    out: str
    err: str


def write(root: Path, files: dict[str, str]) -> None:
    """Write files below a folder."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8", newline="")


def problems(root: Path, text: str | bytes, name: str = "faas.yml") -> list[tuple[int, str, str]]:
    """Return line, path and kind of the problems of a file."""
    content = text.encode() if isinstance(text, str) else text
    (root / name).write_bytes(content)
    try:
        load_project(root)
    except ProjectError as exc:
        return [(problem.line, problem.path, problem.kind) for problem in exc.problems]
    return []


def run(*argv: str) -> Result:
    """Run a command line in this process, without a terminal."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(3)]
    before = sys.stdin
    sys.stdin = streams[0]
    try:
        with contextlib.redirect_stdout(streams[1]), contextlib.redirect_stderr(streams[2]):
            code = main(argv)
    finally:
        sys.stdin = before
    for stream in streams[1:]:
        stream.flush()
    out, err = (stream.buffer.getvalue().decode() for stream in streams[1:])
    return Result(code, out, err)


def done(*argv: str) -> Result:
    """Run a command line that must succeed."""
    result = run(*argv)
    assert result.code == 0, result.err
    return result


def wait_for_interrupt(process: subprocess.Popen) -> None:
    """Wait until a process that deploys has taken Ctrl-C: the next one would end it at once."""
    status = Path(f"/proc/{process.pid}/status")
    deadline = time.monotonic() + 30
    while process.poll() is None and _catches_interrupts(status):
        assert time.monotonic() < deadline, "Ctrl-C was not taken"
        time.sleep(0.01)


def _catches_interrupts(status: Path) -> bool:
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status.read_text(), re.MULTILINE)
    return bool(int(caught[1], 16) >> (signal.SIGINT - 1) & 1)


def process(*argv: str, **environ: str) -> Result:
    """Run a command line as a process of its own, without a terminal."""
    ended = subprocess.run(
        [sys.executable, "-m", "fc_client.fun", *argv],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, **environ},
        timeout=120,
        check=False,
        text=True,
        encoding="utf-8",
    )
    return Result(ended.returncode, ended.stdout, ended.stderr)
