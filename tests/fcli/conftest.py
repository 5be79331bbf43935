from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fcli.support import SOURCE, done

from fc_client import Client
from fc_client.local import LocalFunctionCompute


@pytest.fixture(scope="session")
def buckets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory that takes the place of OSS."""
    return tmp_path_factory.mktemp("buckets")


@pytest.fixture(scope="session")
def running(buckets: Path) -> Iterator[LocalFunctionCompute]:
    """Yield an embedded server for all tests."""
    with LocalFunctionCompute(oss_root=buckets, async_retry_delay=0.05) as server:
        yield server


@pytest.fixture
def server(
    running: LocalFunctionCompute, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LocalFunctionCompute]:
    """Yield an empty embedded server; the environment leads fcli to it."""
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
    """Return the current folder, which has the code of a function in "code"."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def demo(client: Client, folder: Path) -> Client:
    """Return a client of a server with the service demo and its function hello."""
    done("mks", "demo")
    done("mkf", "demo/hello", "-t", "python3", "-h", "index.handler", "-d", "code")
    assert folder
    return client
