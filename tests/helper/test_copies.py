"""A function has a copy of the helper in its package."""

import ast
import importlib
import sys

import pytest

import fc_client.helper
from fc_client import Code
from fc_client.cloud import ApiDefinition, ApiFunction, GatewayClient
from fc_client.credentials import Credentials
from fc_client.local import LocalFunctionCompute

FUNCTION = """
from fc_helper import hook

@hook
def handler(req, res):
    res.set_header("X-Type", req.headers["content-type"])
    res.send(req.content[::-1])
"""


def test_is_one_file_that_python_3_6_can_read():
    tree = ast.parse(fc_client.helper.source(), feature_version=(3, 6))

    modules = {
        name.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in node.names
    }
    assert modules <= {"base64", "functools", "json", "typing"}


def test_the_command_prints_it(capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "fc_client.helper.__main__", raising=False)

    importlib.import_module("fc_client.helper.__main__")

    assert capsys.readouterr().out == fc_client.helper.source()


@pytest.mark.parametrize("body", [b"abc", b"\x00\xff"])
def test_works_behind_the_gateway(tmp_path, session, body):
    (tmp_path / "index.py").write_text(FUNCTION)
    (tmp_path / "fc_helper.py").write_text(fc_client.helper.source())
    definition = ApiDefinition(
        "reverse", ApiFunction("local", "s", "f"), "/reverse", method="POST", body_format="STREAM"
    )
    with LocalFunctionCompute() as fc, fc.client() as client:
        client.create_service("s")
        client.create_function(
            "s",
            "f",
            runtime="python3",
            handler="index.handler",
            code=Code.from_directory(tmp_path),
        )
        gateway = GatewayClient(fc.endpoint, Credentials(fc.access_key_id, fc.access_key_secret))
        group = gateway.create_group("helpers")
        api_id = gateway.create_api(group.group_id, definition)
        gateway.deploy_api(group.group_id, api_id, description="a test")

        reply = session.post(group.url("/reverse"), body, headers={"Content-Type": "x/y"})

    assert (reply.status_code, reply.content) == (200, body[::-1])
    assert reply.headers["X-Type"] == "x/y"
