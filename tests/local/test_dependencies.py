"""A function with its dependencies runs in the embedded Function Compute."""

import pytest
from local.execution_support import requires_node
from support.clients import CLIENTS
from support.packages import write_node_package, write_wheel

from fc_client import Code
from fc_client.deploy import deploy_function
from fc_client.local import LocalFunctionCompute


@pytest.fixture(params=CLIENTS.values(), ids=CLIENTS)
def client(request):
    with (
        LocalFunctionCompute() as server,
        request.param(
            server.endpoint,
            access_key_id=server.access_key_id,
            access_key_secret=server.access_key_secret,
        ) as client,
    ):
        client.create_service("s")
        yield client


def test_of_python(client, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    write_wheel(tmp_path / "wheels", "greet", {"greet.py": "WORD = 'hello'"})
    root = tmp_path / "function"
    root.mkdir()
    (root / "requirements.txt").write_text("--find-links ../wheels\ngreet\n")
    (root / "index.py").write_text(
        "import greet\n"
        "from importlib.metadata import version\n"
        "def handler(event, context): return f\"{greet.WORD} {version('greet')}\"\n"
    )
    code = Code.from_directory(root, install=True, platform="local")

    client.create_function("s", "f", runtime="python3", handler="index.handler", code=code)

    assert client.invoke_function("s", "f").text == "hello 1.0"


def test_second_deployment_sends_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    write_wheel(tmp_path / "wheels", "greet", {"greet.py": "WORD = 'hello'"})
    root = tmp_path / "function"
    root.mkdir()
    (root / "requirements.txt").write_text("--find-links ../wheels\ngreet\n")
    with LocalFunctionCompute() as server, server.client() as client:
        client.create_service("s")
        deployments = [
            deploy_function(
                client,
                "s",
                "f",
                runtime="python3.10",
                handler="index.handler",
                code=Code.from_directory(root, install=True, runtime="python3.10"),
            )
            for _ in range(2)
        ]

    assert [deployment.action for deployment in deployments] == ["created", "unchanged"]


@requires_node
def test_of_node(client, tmp_path, monkeypatch):
    monkeypatch.setenv("npm_config_offline", "true")
    write_node_package(tmp_path / "greet", "greet", "module.exports = 'hello'")
    source = "exports.handler = (e, c, callback) => callback(null, require('greet'))"
    root = tmp_path / "function"
    write_node_package(root, "function", source, dependencies={"greet": "file:../greet"})
    code = Code.from_directory(root, install=True, platform="local")

    client.create_function("s", "f", runtime="nodejs8", handler="index.handler", code=code)

    assert client.invoke_function("s", "f").text == "hello"
