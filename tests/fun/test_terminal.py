"""fun on a terminal: progress bars, questions, Ctrl-C."""

import os
import pty
import signal
import subprocess
import sys
import threading
import time

import pytest
from fun.support import PROJECT, done, wait_for_interrupt, write
from support.http_server import serving


class Terminal:
    """A process on a terminal, and what it has printed."""

    def __init__(self, *argv):
        self._own, other = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fc_client.fun", *argv],
            stdin=other,
            stdout=other,
            stderr=other,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
        )
        os.close(other)
        self.text = ""

    def read_until(self, wanted):
        while wanted not in self.text:
            self.text += os.read(self._own, 65536).decode(errors="replace")

    def send(self, text):
        os.write(self._own, text.encode())

    def end(self):
        """Read the rest and return the exit code."""
        while True:
            try:
                data = os.read(self._own, 65536)
            except OSError:
                # The process has closed its side.
                break
            if not data:
                break
            self.text += data.decode(errors="replace")
        os.close(self._own)
        return self.process.wait(30)


@pytest.mark.usefixtures("server")
def test_upload_with_progress_bars(folder):
    (folder / "large.bin").write_bytes(os.urandom(3 << 20))
    write(folder, {"faas.yml": PROJECT.replace("- greeting.js", "- '*'")})
    terminal = Terminal("deploy")
    assert terminal.end() == 0
    assert "function greeting ok. (created" in terminal.text


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("\n", 1), ("x\nyes\n", 0)])
@pytest.mark.usefixtures("folder")
def test_remove_asks(client, answer, code):
    done("deploy")
    terminal = Terminal("remove")
    terminal.read_until("Delete all of these? [y/n]: ")
    terminal.send(answer)
    assert terminal.end() == code
    assert bool(list(client.iter_services())) == (code == 1)


@pytest.mark.usefixtures("folder")
def test_interrupted_deployment_says_what_was_done(monkeypatch):
    released = threading.Event()

    def refuse(exchange):
        released.wait(30)
        exchange.send(403, b'{"ErrorCode": "AccessDenied", "ErrorMessage": "made up"}')

    with serving(refuse) as service:
        monkeypatch.setenv("FC_ENDPOINT", service.url)
        monkeypatch.setenv("ACCESS_KEY_ID", "made-up")
        monkeypatch.setenv("ACCESS_KEY_SECRET", "made-up")
        with subprocess.Popen(
            [sys.executable, "-m", "fc_client.fun", "deploy"], stderr=subprocess.PIPE, text=True
        ) as process:
            while not service.requests:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            wait_for_interrupt(process)
            released.set()
            _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Done: nothing.\nNot done: service cn-shanghai/svc (" in err
    assert "Traceback" not in err
