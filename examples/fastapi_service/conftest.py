"""The service, with its functions in an embedded Function Compute."""

from collections.abc import Iterator

import pytest
from deploy_texts import deploy
from fastapi.testclient import TestClient
from service import create_app

from fc_client import Client
from fc_client.local import LocalFunctionCompute


@pytest.fixture(autouse=True)
def functions(
    function_compute: LocalFunctionCompute,
    function_compute_client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Deploy the functions, and point the client of the service at the embedded server."""
    deploy(function_compute_client)
    for name, value in function_compute.variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def service() -> Iterator[TestClient]:
    """Return a client of the running service."""
    with TestClient(create_app()) as client:
        yield client
