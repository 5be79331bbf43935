"""fun local as a process, for tests."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import requests


class Serving:
    """A fun local that runs, and what it has printed."""

    def __init__(self, process, root):
        self.process = process
        self._files = root / ".out", root / ".err"
        self._is_interrupted = False

    @property
    def out(self):
        return self._files[0].read_text(encoding="utf-8")

    @property
    def err(self):
        return self._files[1].read_text(encoding="utf-8")

    def url(self):
        self.wait_for(r"export ALIBABA_CLOUD_ACCESS_KEY_SECRET=")
        return re.findall(r"URL: GET (\S+)", self.out)[-1]

    def interrupt(self):
        """Press Ctrl-C, unless that was done."""
        if not self._is_interrupted:
            self._is_interrupted = True
            self.process.send_signal(signal.SIGINT)

    def wait_for(self, pattern, *, seconds=60):
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.out + self.err):
            assert time.monotonic() < deadline, self.out + self.err
            assert self.process.poll() is None, self.out + self.err
            time.sleep(0.05)


@contextmanager
def serving(root, *flags):
    """Run fun local in a folder; Ctrl-C ends it, which must succeed."""
    with (root / ".out").open("wb") as out, (root / ".err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "fc_client.fun", "local", *flags],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=root,
            env=os.environ,
        )
    running = Serving(process, root)
    try:
        yield running
        running.interrupt()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


def fetched(url, *, seconds=60, **options):
    """Get a URL, again where an instance did not start within the 3 s of functions and apis."""
    deadline = time.monotonic() + seconds
    while True:
        reply = requests.get(url, timeout=30, **options)
        if reply.status_code not in {502, 503, 504} or time.monotonic() > deadline:
            return reply


def eventually(url, text, *, seconds=60):
    """Return whether a URL answers with a text before the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if requests.get(url, timeout=30).text == text:
            return True
        time.sleep(0.1)
    return False
