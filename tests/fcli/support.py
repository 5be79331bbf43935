"""Runs command lines of fcli, in this process or as processes of their own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from fc_client.fcli.program import main

SOURCE = """
import sys

def handler(event, context):
    print("handled", len(event))
    return b"got " + event

def fails(event, context):
    raise KeyError("made up")
"""


@dataclass(frozen=True)
class Result:
    """What a command line printed, and its exit code."""

    code: int
    content: bytes
    err: str

    @property
    def out(self) -> str:
        return self.content.decode()

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def json(self) -> Any:
        return json.loads(self.content)


def run(*argv: str, stdin: bytes = b"") -> Result:
    """Run a command line in this process, without a terminal."""
    streams = [io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") for data in (stdin, b"", b"")]
    before = sys.stdin
    sys.stdin = streams[0]
    try:
        with contextlib.redirect_stdout(streams[1]), contextlib.redirect_stderr(streams[2]):
            code = main(argv)
    finally:
        sys.stdin = before
    for stream in streams[1:]:
        stream.flush()
    content, err = (stream.buffer.getvalue() for stream in streams[1:])
    return Result(code, content, err.decode())


def done(*argv: str, stdin: bytes = b"") -> Result:
    """Run a command line that must succeed."""
    result = run(*argv, stdin=stdin)
    assert result.code == 0, result.err
    return result


def process(*argv: str, stdin: bytes = b"", **environ: str) -> Result:
    """Run a command line as a process of its own, without a terminal."""
    ended = subprocess.run(
        [sys.executable, "-m", "fc_client.fcli", *argv],
        input=stdin,
        capture_output=True,
        env={**os.environ, **environ},
        timeout=60,
        check=False,
    )
    return Result(ended.returncode, ended.stdout, ended.stderr.decode())
