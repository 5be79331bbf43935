"""Servers in their own processes: nginx if it is installed, otherwise small_server.py."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent

# How long a server may take to stop. Then the signal is sent again, because
# nginx loses a signal that arrives while it starts.
SIGNAL_SECONDS = 5

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  keepalive_requests 100000000;
  keepalive_timeout 600;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      add_header X-Fc-Request-Id 5516a311-55f6-4922-80d5-a86165017960;
      return 200 "hello world";
    }}
  }}
}}
"""


@contextmanager
def started(*command: str | Path, stderr: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run a process during the block."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        # Ctrl-C reaches only the benchmark, which then terminates this process.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    while True:
        process.terminate()
        try:
            process.communicate(timeout=SIGNAL_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


def first_line(process: subprocess.Popen[str]) -> str:
    """Return the first line of output, which a server prints when it is listening."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError(f"the server did not start: {process.args!r}")
    return line


@contextmanager
def small_server(certificate: Path | None = None, round_trip: float = 0.0) -> Iterator[int]:
    """Yield the port of a running small_server.py.

    Args:
        certificate: A PEM file with key and certificate; enables TLS.
        round_trip: Seconds of a simulated round trip.
    """
    script = HERE / "small_server.py"
    with started(sys.executable, script, str(certificate or ""), str(round_trip)) as process:
        yield int(first_line(process))


@contextmanager
def code_server(code_bytes: int) -> Iterator[str]:
    """Yield the URL of a running code_server.py that serves *code_bytes* of code."""
    with started(sys.executable, HERE / "code_server.py", str(code_bytes)) as process:
        yield f"http://127.0.0.1:{int(first_line(process))}"


def nginx() -> str | None:
    """Return the path of nginx, or None if it is not installed."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@contextmanager
def fast_server(folder: Path) -> Iterator[str]:
    """Yield the URL of a running nginx, or of small_server.py without nginx."""
    program = nginx()
    if program is None:
        with small_server() as port:
            yield f"http://127.0.0.1:{port}"
        return
    port = _free_port()
    settings = folder / "nginx.conf"
    settings.write_text(NGINX.format(folder=folder, port=port), encoding="utf-8")
    # nginx warns about its default log before it reads the configuration.
    with started(program, "-c", settings, "-p", folder, stderr=subprocess.DEVNULL) as process:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _wait_for(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("nginx did not start")
