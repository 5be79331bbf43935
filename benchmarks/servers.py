"""Servers in processes of their own: nginx where it is installed, else a small one."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Replies to every request at once; with a certificate over TLS, and behind a
# proxy that holds back everything for half of a round trip, either way.
SMALL_SERVER = """
import asyncio, ssl, sys

REPLY = (b"HTTP/1.1 200 OK\\r\\nContent-Type: application/octet-stream\\r\\n"
         b"X-Fc-Request-Id: 5516a311-55f6-4922-80d5-a86165017960\\r\\n"
         b"Content-Length: 11\\r\\n\\r\\nhello world")

async def answer(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            for line in head.lower().split(b"\\r\\n"):
                if line.startswith(b"content-length:"):
                    await reader.readexactly(int(line.split(b":")[1]))
            writer.write(REPLY)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()

async def pass_on(reader, writer, delay):
    loop = asyncio.get_running_loop()
    while data := await reader.read(65536):
        loop.call_later(delay, writer.write, data)
    loop.call_later(delay, writer.close)

async def main():
    certificate, round_trip = sys.argv[1], float(sys.argv[2])
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    port = inner = server.sockets[0].getsockname()[1]

    async def proxied(reader, writer):
        # Connecting takes a round trip, too.
        await asyncio.sleep(round_trip)
        there = await asyncio.open_connection("127.0.0.1", inner)
        await asyncio.gather(
            pass_on(reader, there[1], round_trip / 2), pass_on(there[0], writer, round_trip / 2)
        )

    if round_trip:
        front = await asyncio.start_server(proxied, "127.0.0.1", 0)
        port = front.sockets[0].getsockname()[1]
    print(port, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""

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
def small_server(certificate: Path | None = None, round_trip: float = 0.0) -> Iterator[int]:
    """Give the port of the small server.

    Args:
        certificate: A PEM file with key and certificate, for TLS.
        round_trip: Seconds that a round trip takes.
    """
    command = [sys.executable, "-c", SMALL_SERVER, str(certificate or ""), str(round_trip)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


@contextmanager
def fast_server(folder: Path, port: int = 18099) -> Iterator[str]:
    """Give the URL of a server that costs the contestants as little as can be."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        with small_server() as small:
            yield f"http://127.0.0.1:{small}"
        return
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port), encoding="utf-8")
    with subprocess.Popen([nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder)]) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url)
            yield url
        finally:
            process.terminate()


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 - our own
        except urllib.error.URLError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens at {url}")
