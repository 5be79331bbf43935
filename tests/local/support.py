"""Starts a server with fake instances, and sends signed requests to it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import socket
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import requests

from fc_client import signing
from fc_client.local.engine import ServerThread, Settings, bound_socket
from fc_client.local.execution.function_spec import FunctionSpec, Outcome

VERSION = "/2016-08-15"

Behaviour = Callable[[FunctionSpec, bytes], Awaitable[Outcome]]


def outcome(payload: bytes = b"", *, error_type: str | None = None, log: bytes = b"") -> Outcome:
    return Outcome(
        payload=payload,
        error_type=error_type,
        log=log,
        duration_ms=12.6,
        max_memory_mb=30.987,
        instance_id="i-1",
    )


async def echo(spec: FunctionSpec, event: bytes) -> Outcome:
    return outcome(event, log=f"ran {spec.function_name}\n".encode())


async def failing(_spec: FunctionSpec, _event: bytes) -> Outcome:
    return outcome(b'{"errorMessage":"oops"}', error_type="UnhandledInvocationError")


@dataclass
class FakePools:
    """Instances that do what a test says, and what they were asked."""

    behaviour: Behaviour = echo
    calls: list[tuple[FunctionSpec, str, bytes]] = field(default_factory=list)
    kept: dict[tuple[str, str, str], int] = field(default_factory=dict)
    retired: list[tuple[str, str, str]] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    closed: int = 0

    async def invoke(self, spec: FunctionSpec, request_id: str, event: bytes) -> Outcome:
        self.calls.append((spec, request_id, event))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            return await self.behaviour(spec, event)
        finally:
            self.running -= 1

    def retire(self, key: tuple[str, str, str]) -> None:
        self.retired.append(key)

    async def keep_warm(self, spec: FunctionSpec, target: int) -> str:
        self.kept[spec.key] = target
        return ""

    def keep_only(self, targets: Mapping[tuple[str, str, str], int]) -> None:
        self.kept = {key: target for key, target in self.kept.items() if key in targets}

    def instances_of(self, key: tuple[str, str, str]) -> list[SimpleNamespace]:
        return [SimpleNamespace(id="i-1", key=key, is_loaded=True)] * self.kept.get(key, 0)

    def count(self) -> int:
        return self.running

    async def close(self) -> None:
        self.closed += 1
        await asyncio.sleep(0)

    @property
    def events(self) -> list[bytes]:
        return [event for _, _, event in self.calls]


class Server:
    """A running server with a signed session; a context manager."""

    def __init__(self, settings: Settings, data_dir: Path | None = None) -> None:
        sock = bound_socket(settings.host, 0)
        self.address = sock.getsockname()[:2]
        self.endpoint = f"http://127.0.0.1:{self.address[1]}"
        self.thread = ServerThread(settings, data_dir, sock)
        self.data = self.thread.data
        account = self.data.account
        keys = (account.access_key_id, account.access_key_secret)
        self.api = Api(self.endpoint, *keys, account.account_id)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.api.session.close()
        self.thread.stop()


class Api:
    """Signs requests with the core's signing and sends them with requests."""

    def __init__(self, endpoint: str, key_id: str, key_secret: str, account_id: str = "") -> None:
        self.endpoint = endpoint
        self.key_id = key_id
        self.key_secret = key_secret
        self.account_id = account_id
        self.session = requests.Session()
        self.session.trust_env = False

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:
        """Send a request; a dict as body goes as JSON. The path is without the version."""
        return self.session.request(
            method,
            self.endpoint + VERSION + path,
            headers=self.signed(method, VERSION + path.partition("?")[0], headers),
            data=json.dumps(body) if isinstance(body, dict) else body,
            **options,
        )

    def signed(
        self, method: str, path: str, headers: dict[str, str] | None = None
    ) -> dict[str, str]:
        """Return *headers* with Date and Authorization."""
        dated = {
            "Date": signing.gmt_date(datetime.now(timezone.utc)),
            "Content-Type": "application/json",
            **(headers or {}),
        }
        given = signing.authorization(self.key_id, self.key_secret, method, path, dated)
        return {**dated, "Authorization": given}

    def create_service(self, name: str = "s", **fields: Any) -> requests.Response:
        return self.call("POST", "/services", {"serviceName": name, **fields})

    def create_function(
        self, name: str = "f", service: str = "s", **fields: Any
    ) -> requests.Response:
        document = {**function_fields(name), **fields}
        return self.call("POST", f"/services/{service}/functions", document)

    def create_trigger(self, name: str = "t", **fields: Any) -> requests.Response:
        document = {**TRIGGER_FIELDS, "triggerName": name, **fields}
        return self.call("POST", "/services/s/functions/f/triggers", document)

    def invoke(self, event: bytes = b"", *, name: str = "f", **headers: str) -> requests.Response:
        """Invoke a function; a header is named by its last part: ``type="Async"``."""
        names = {
            "type": "X-Fc-Invocation-Type",
            "log": "X-Fc-Log-Type",
            "delay": "X-Fc-Async-Delay",
        }
        return self.call(
            "POST",
            f"/services/s/functions/{name}/invocations",
            event,
            headers={names[key]: value for key, value in headers.items()},
        )

    def create_all(self) -> None:
        """Create service s, function f, trigger t."""
        for made in (self.create_service(), self.create_function(), self.create_trigger()):
            made.raise_for_status()


TRIGGER_FIELDS = {
    "triggerName": "t",
    "triggerType": "timer",
    "triggerConfig": {"cronExpression": "@every 5m", "enable": False},
}


def zipped(**sources: str) -> bytes:
    """Return a zip of Python modules: module name to source."""
    files = {f"{name}.py": source for name, source in sources.items()}
    return zip_of(files or {"m.py": "def h(event, context):\n    return event\n"})


def zip_of(files: dict[str, str]) -> bytes:
    """Return a zip of files: name to text, all dated the same."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


def zip_code(content: bytes) -> dict[str, str]:
    """Return the guide's Code of a zip."""
    return {"zipFile": base64.b64encode(content).decode()}


def function_fields(name: str = "f", **sources: str) -> dict[str, Any]:
    """Return the least that CreateFunction takes."""
    return {
        "functionName": name,
        "runtime": "python3",
        "handler": "m.h",
        "code": zip_code(zipped(**sources)),
    }


def assert_error(reply: requests.Response, status: int, code: str, *words: str) -> None:
    document = reply.json()
    assert (reply.status_code, document["ErrorCode"]) == (status, code)
    assert set(document) == {"ErrorCode", "ErrorMessage"}
    for word in words:
        assert word in document["ErrorMessage"]


def raw_exchange(
    server: Server, *parts: bytes, ends: bool = False, until: bytes | None = None
) -> bytes:
    """Send bytes on a connection of their own and return all that comes back.

    With *ends* the server is told that nothing more will come; with *until*
    what comes after these bytes is not waited for.
    """
    with socket.create_connection(server.address, timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
            if until is not None and until in received:
                break
        return received


def request_bytes(line: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [line, "Connection: close", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def create(api: Api, source: str, **fields: object) -> None:
    """Create service s and the python3 function f, whose handler is m.h, with a long timeout."""
    api.create_service().raise_for_status()
    fields = {"code": zip_code(zip_of({"m.py": textwrap.dedent(source)})), "timeout": 30, **fields}
    api.create_function(**fields).raise_for_status()


def run_python(source: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source), *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def process_is_there(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
