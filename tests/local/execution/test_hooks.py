"""The functions of the life cycle: they run after each call, and before an instance ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from local.execution_support import (
    REQUEST_ID,
    invoke,
    printed,
    requires_node,
    spec_of,
    write_function,
)

from fc_client.local.execution.function_spec import FunctionSpec, Hook

PYTHON = """
import json
seen = []
def freeze(context): seen.append(context.request_id)
def stop(context):
    with open({path}, "w") as file: json.dump(seen, file)
def fail(context): raise ValueError("no freeze")
def handler(event, context): return seen
"""
NODE = """
const seen = [];
exports.freeze = (context, callback) => {{ seen.push(context.requestId); callback(); }};
exports.stop = (context, callback) => {{
  require('fs').writeFileSync({path}, JSON.stringify(seen));
  callback();
}};
exports.fail = () => {{ throw new Error('no freeze'); }};
exports.handler = (event, context, callback) => callback(null, seen);
"""


@pytest.fixture(
    params=[("python3", PYTHON), pytest.param(("nodejs8", NODE), marks=requires_node)],
    ids=["python", "node"],
)
def spec(request: pytest.FixtureRequest, tmp_path: Path) -> FunctionSpec:
    """Return a function that writes what its hook has seen to the file ``stopped``."""
    runtime, source = request.param
    name = "index.py" if runtime == "python3" else "index.js"
    path = json.dumps(str(tmp_path / "stopped"))
    return spec_of(write_function(tmp_path, source.format(path=path), name), runtime=runtime)


def with_hooks(spec: FunctionSpec, freeze: str) -> FunctionSpec:
    hooks = {"pre-freeze": Hook(freeze, 3), "pre-stop": Hook("index.stop", 3)}
    return spec_of(spec.code_dir, runtime=spec.runtime, hooks=hooks)


def test_run_with_the_context_of_the_call(spec: FunctionSpec, tmp_path: Path) -> None:
    first, second = invoke(with_hooks(spec, "index.freeze"), tmp_path, b"", b"")

    assert json.loads(first.payload) == []
    assert json.loads(second.payload) == [REQUEST_ID]
    assert json.loads((tmp_path / "stopped").read_text()) == [REQUEST_ID, REQUEST_ID]


@pytest.mark.parametrize(
    ("handler", "message"), [("index.fail", "no freeze"), ("index.none", "none")]
)
def test_that_fail_are_logged(
    spec: FunctionSpec, tmp_path: Path, handler: str, message: str
) -> None:
    first, second = invoke(with_hooks(spec, handler), tmp_path, b"", b"")

    assert first.error_type is second.error_type is None
    assert first.instance_id == second.instance_id
    assert message in printed(second)
    assert json.loads((tmp_path / "stopped").read_text()) == []


def test_are_left_out_without_a_setting(spec: FunctionSpec, tmp_path: Path) -> None:
    assert json.loads(invoke(spec, tmp_path, b"", b"")[1].payload) == []
    assert not (tmp_path / "stopped").exists()
