"""Tests of the service, with real functions."""

import asyncio
from pathlib import Path

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from service import Text, answer_error, create_app, statistics

from fc_client import AsyncClient, Client, ResourceExhaustedError, Timeout, TransportError
from fc_client.local import LocalFunctionCompute


def replace_code(client: Client, folder: Path, body: str) -> None:
    """Let the function "statistics" run other code."""
    (folder / "index.py").write_text(f"import os, time\ndef handler(event, context):\n    {body}\n")
    client.update_function("texts", "statistics", code=folder, timeout=1)


def test_returns_the_result_of_the_function(service: TestClient) -> None:
    response = service.post("/statistics", json={"text": "To be or not to be"})

    assert response.status_code == 200
    assert response.json() == {"words": 6, "most_used": "to"}


def test_handler_without_http(function_compute_async_client: AsyncClient) -> None:
    found = asyncio.run(statistics(Text(text="To be or not to be"), function_compute_async_client))

    assert found == {"words": 6, "most_used": "to"}


def test_accepts_a_report(service: TestClient, function_compute: LocalFunctionCompute) -> None:
    response = service.post("/reports", json={"recipient": "Ada"})
    function_compute.drain(timeout=10)

    assert response.status_code == 202
    logs = function_compute.logs("texts", "report", request_id=response.json()["id"])
    assert "report for Ada" in logs


def test_input_that_the_function_refuses(service: TestClient) -> None:
    response = service.post("/statistics", json={"text": " "})

    assert response.status_code == 422
    assert response.json() == {"detail": "the text has no words"}


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ("os._exit(1)", 502, "Process exited"),
        ("time.sleep(9)", 504, "timed out after 1 second"),
        ("return 1 / 0", 502, "ZeroDivisionError"),
    ],
)
def test_function_that_fails(
    service: TestClient,
    function_compute_client: Client,
    tmp_path: Path,
    body: str,
    status: int,
    detail: str,
) -> None:
    replace_code(function_compute_client, tmp_path, body)

    response = service.post("/statistics", json={"text": "any"})

    assert response.status_code == status
    assert detail in response.json()["detail"]


def test_missing_function(service: TestClient, function_compute_client: Client) -> None:
    function_compute_client.delete_function("texts", "statistics")

    response = service.post("/statistics", json={"text": "any"})

    assert response.status_code == 502
    assert "FunctionNotFound" in response.json()["detail"]


def test_too_many_calls() -> None:
    error = ResourceExhaustedError("too many calls", status_code=429)
    response = asyncio.run(answer_error(Request({"type": "http"}), error))

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"


def test_call_that_takes_too_long(function_compute_client: Client, tmp_path: Path) -> None:
    replace_code(function_compute_client, tmp_path, "time.sleep(9)")
    with TestClient(create_app(Timeout(total=0.5))) as service:
        response = service.post("/statistics", json={"text": "any"})

    assert response.status_code == 504
    assert "timed out" in response.json()["detail"]


def test_shutdown_closes_the_client() -> None:
    app = create_app()
    with TestClient(app):
        pass

    with pytest.raises(TransportError, match="the client is closed"):
        asyncio.run(app.state.client.list_services())
