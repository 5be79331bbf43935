"""Bytes sent to deploy unchanged code, next to aliyun-fc2."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any
from urllib.parse import urlsplit

import fc2

import fc_client
from benchmarks.measuring import KB, MB, Row, Rows
from benchmarks.trees import plant
from fc_client.deploy import deploy_function
from fc_client.local import LocalFunctionCompute

SETTINGS: dict[str, Any] = {"runtime": "python3", "handler": "index.handler"}


class Counter(ThreadingTCPServer):
    """A proxy that counts the bytes sent to a server."""

    daemon_threads = True

    def __init__(self, server: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), Forwarder)
        self.target = server
        self.sent = 0

    def sent_by(self, call: Callable[[], object]) -> int:
        """Return the bytes that a call sends."""
        before = self.sent
        call()
        return self.sent - before


class Forwarder(BaseRequestHandler):
    """Forwards one connection."""

    server: Counter

    def handle(self) -> None:
        """Forward in both directions until the client closes."""
        with socket.create_connection(self.server.target) as upstream:
            threading.Thread(target=forward, args=(upstream, self.request), daemon=True).start()
            while data := self.request.recv(1 << 16):
                self.server.sent += len(data)
                upstream.sendall(data)


def forward(source: socket.socket, target: socket.socket) -> None:
    """Send what *source* receives to *target*, until either end closes."""
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
    except OSError:
        return


@contextmanager
def counter(endpoint: str) -> Iterator[Counter]:
    """Yield a running Counter in front of *endpoint*."""
    address = urlsplit(endpoint)
    with Counter((address.hostname or "", address.port or 80)) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def second_deployments(tree: Path) -> tuple[int, int]:
    """Return the bytes that aliyun-fc2 and fc_client send to deploy the same code again."""
    with LocalFunctionCompute() as function_compute, counter(function_compute.endpoint) as between:
        url = f"http://127.0.0.1:{between.server_address[1]}"
        identity, secret = function_compute.access_key_id, function_compute.access_key_secret
        peer = fc2.Client(endpoint=url, accessKeyID=identity, accessKeySecret=secret, Timeout=600)
        with fc_client.Client(url, access_key_id=identity, access_key_secret=secret) as client:
            client.create_service("s")

            def deploy() -> None:
                deploy_function(client, "s", "f", **SETTINGS, code=tree)

            deploy()
            # fc_client first: the zip of each library is a change to the other one.
            ours = between.sent_by(deploy)
            theirs = between.sent_by(
                lambda: peer.update_function("s", "f", codeDir=str(tree), **SETTINGS)
            )
    return theirs, ours


def measure(*, quick: bool = False) -> Rows:
    """Yield all rows."""
    size = MB if quick else 48 * MB
    with tempfile.TemporaryDirectory() as folder:
        theirs, ours = second_deployments(plant(Path(folder) / "tree", size))
    what = f"sent by a second deployment of {size // MB} MB"
    yield Row(f"{what}, aliyun-fc2", theirs / KB, "KB")
    yield Row(f"{what}, fc_client", ours / KB, "KB", at_most=4)
