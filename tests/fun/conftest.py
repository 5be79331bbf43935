from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fun.support import HANDLER, PROJECT, write

from fc_client import Client
from fc_client.local import LocalFunctionCompute


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the guide's variables out of the tests, and caches in their folders."""
    for name in ("ACCOUNT_ID", "ACCESS_KEY_ID", "ACCESS_KEY_SECRET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def running() -> Iterator[LocalFunctionCompute]:
    """Yield an embedded server for all tests."""
    with LocalFunctionCompute(access_key_id="testkeyid", access_key_secret="testsecret") as server:
        yield server


@pytest.fixture
def server(
    running: LocalFunctionCompute, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LocalFunctionCompute]:
    """Yield an empty embedded server; the environment leads fun to it."""
    for name, value in running.variables.items():
        monkeypatch.setenv(name, value)
    yield running
    running.reset()


@pytest.fixture
def client(server: LocalFunctionCompute) -> Iterator[Client]:
    """Yield a client of the server."""
    with server.client() as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, which has a project of one function."""
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    write(root, {"faas.yml": PROJECT, "greeting.js": HANDLER})
    return root
