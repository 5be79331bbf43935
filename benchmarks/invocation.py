"""The small invocation that all contestants make, with the same bytes."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import fc_client

PATH = "/2016-08-15/services/s/functions/f/invocations"
EVENT = b"x" * 100

# The servers of the benchmarks do not check signatures.
KEYS: dict[str, Any] = {"access_key_id": "id", "access_key_secret": "secret"}

_REPLY = b"HTTP/1.1 200 OK\r\nX-Fc-Request-Id: 1\r\nContent-Length: 0\r\n\r\n"
_SECONDS = 10
_ADDED_BY_EACH_LIBRARY = ("Host", "Content-Length")


def signed_headers() -> dict[str, str]:
    """Return the headers that fc_client sends, read from a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        head = pool.submit(_answer_one, listener)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with fc_client.Client(url, **KEYS) as client:
            client.invoke_function("s", "f", EVENT)
    lines = head.result().decode().split("\r\n")[1:]
    headers = dict(line.split(": ", 1) for line in lines)
    return {name: headers[name] for name in headers if name not in _ADDED_BY_EACH_LIBRARY}


def _answer_one(listener: socket.socket) -> bytes:
    """Respond to one request and return its head; soon end if an interrupt lets none come."""
    listener.settimeout(_SECONDS)
    connection, _ = listener.accept()
    connection.settimeout(_SECONDS)
    with connection:
        received = b""
        while not received.endswith(EVENT):
            part = connection.recv(65536)
            if not part:
                raise ConnectionError("the client hung up before its request was complete")
            received += part
        connection.sendall(_REPLY)
    return received.split(b"\r\n\r\n")[0]
