from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from local.execution_support import REQUEST_ID, requires_node, run_in_pools, spec_of, write_function

from fc_client.local.execution.instance_pools import FunctionSpec, InstancePools
from fc_client.local.execution.loaded_sources import LoadedSources, parse_sources

COUNT = """
import helper, lazily
n = 0
def handler(event, context):
    global n
    n += 1
    exec(event.decode())
    return [n, helper.X]
"""
NODE_COUNT = """
let n = 0;
const helper = require('./helper');
exports.handler = (event, context, callback) => {
  n += 1;
  eval(event.toString());
  callback(null, [n, helper.X]);
};
"""


def linked(tmp_path: Path, runtime: str) -> FunctionSpec:
    if runtime == "python3":
        code = write_function(tmp_path, COUNT.replace(", lazily", ""))
        write_function(tmp_path, "X = 1", "helper.py")
        write_function(tmp_path, "Y = 1", "lazily.py")
    else:
        code = write_function(tmp_path, NODE_COUNT, "index.js")
        write_function(tmp_path, "exports.X = 1", "helper.js")
        write_function(tmp_path, "exports.Y = 1", "lazily.js")
    # What is saved just before an instance starts counts as changed, to be sure.
    time.sleep(0.05)
    return spec_of(code, runtime=runtime, linked=True)


async def call(pools: InstancePools, spec: FunctionSpec, event: bytes = b"") -> str:
    outcome = await pools.invoke(spec, REQUEST_ID, event)
    assert outcome.error_type is None, outcome
    return outcome.payload.decode().replace(" ", "")


class TestLinkedFunction:
    @pytest.mark.parametrize(
        ("runtime", "event"),
        [
            ("python3", b"open('app.log', 'a').write('x')"),
            ("python3", b"open('new_module.py', 'a').write('x')"),
            ("python3", b"import sqlite3; sqlite3.connect('x.db').execute('CREATE TABLE t (a)')"),
            ("python3", b"import os; os.makedirs('cache/x')"),
            pytest.param(
                "nodejs8",
                b"require('fs').appendFileSync('app.log', 'x')",
                marks=requires_node,
            ),
        ],
    )
    def test_stays_warm_when_it_writes_beside_its_code(self, tmp_path, runtime, event):
        spec = linked(tmp_path, runtime)

        async def scenario(pools: InstancePools) -> list[str]:
            return [
                await call(pools, spec, event),
                await call(pools, spec),
                await call(pools, spec),
            ]

        assert run_in_pools(tmp_path, scenario) == ["[1,1]", "[2,1]", "[3,1]"]

    @pytest.mark.parametrize(
        ("runtime", "file", "text"),
        [
            ("python3", "helper.py", "X = 2"),
            pytest.param("nodejs8", "helper.js", "exports.X = 2", marks=requires_node),
        ],
    )
    @pytest.mark.parametrize("how", ["written", "replaced", "unnoticed"])
    def test_runs_a_saved_change_at_the_next_call(self, tmp_path, runtime, file, text, how):
        spec = linked(tmp_path, runtime)
        path = spec.code_dir / file

        async def scenario(pools: InstancePools) -> list[str]:
            before = [await call(pools, spec), await call(pools, spec)]
            status = path.stat()
            if how == "replaced":
                other = tmp_path / "other"
                other.write_text(text)
                other.replace(path)
            else:
                path.write_text(text)
            if how == "unnoticed":
                os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
            return [*before, await call(pools, spec)]

        assert run_in_pools(tmp_path, scenario) == ["[1,1]", "[2,1]", "[1,2]"]

    @pytest.mark.parametrize(
        ("runtime", "event", "file"),
        [
            ("python3", b"import lazily", "lazily.py"),
            pytest.param("nodejs8", b"require('./lazily')", "lazily.js", marks=requires_node),
        ],
    )
    @pytest.mark.parametrize("loaded", [True, False])
    def test_looks_at_what_was_loaded_later(self, tmp_path, runtime, event, file, loaded):
        spec = linked(tmp_path, runtime)

        async def scenario(pools: InstancePools) -> str:
            await call(pools, spec, event if loaded else b"")
            (spec.code_dir / file).write_text("// \n" if runtime == "nodejs8" else "Y = 2")
            return await call(pools, spec)

        assert run_in_pools(tmp_path, scenario) == ("[1,1]" if loaded else "[2,1]")


class TestLoadedSources:
    def test_file_that_was_saved_while_it_was_loaded_counts_as_changed(self, tmp_path: Path):
        sources = LoadedSources()
        (tmp_path / "a").write_text("x")

        sources.add([str(tmp_path / "a")])

        assert sources.changed

    @pytest.mark.parametrize("body", [b"", b"5", b"{}", b"\xff", b"[" * 99999, b"[1, null]"])
    def test_invalid_list_is_empty(self, body: bytes):
        assert parse_sources(body) == []
