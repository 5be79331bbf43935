"""Which files a program that uses the client and the local server writes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from local.execution_support import requires_node

PYTHON = """
import json, logging

def handler(event, context):
    logging.getLogger().info("logged")
    return json.loads(event)
"""
NODE = """
module.exports.handler = (event, context, callback) => {
    console.log("logged");
    callback(null, JSON.parse(event));
};
"""

# Uses all that writes files, and prints what this process itself has opened to write.
PROGRAM = """
import asyncio, io, json, os, sys

written = set()

def note(event, arguments):
    # What has a number is open already.
    if event == "open" and not isinstance(arguments[0], int):
        if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.add(os.path.abspath(os.fsdecode(arguments[0])))

sys.addaudithook(note)

from fc_client import AsyncClient
from fc_client.local import LocalFunctionCompute

code, linked, data_dir = sys.argv[1:]

async def invoke(runtime):
    async with AsyncClient() as client:
        return (await client.invoke_function("s", runtime, json=[1])).json()

with LocalFunctionCompute(data_dir or None) as server, server.client() as client:
    os.environ.update(server.variables)
    client.create_service("s")
    for runtime in ("python3", "nodejs8"):
        client.create_function("s", runtime, runtime=runtime, handler="m.handler", code=code)
        client.invoke_function("s", runtime, json=[1], invocation_type="Async")
        assert client.invoke_function("s", runtime, json=[1]).json() == [1]
        server.link("s", runtime, linked)
        assert asyncio.run(invoke(runtime)) == [1]
    server.drain(timeout=30)
    client.download_function_code("s", "python3", io.BytesIO())

print(json.dumps(sorted(written)))
"""


@pytest.fixture
def folders(tmp_path):
    """Return folders: home, cwd, temp, data, code and linked; the last two have functions."""
    folders = {name: tmp_path / name for name in ("home", "cwd", "temp", "data", "code", "linked")}
    for folder in folders.values():
        folder.mkdir()
    for name in ("code", "linked"):
        (folders[name] / "m.py").write_text(PYTHON)
        (folders[name] / "m.js").write_text(NODE)
    return folders


@requires_node
class TestFiles:
    @pytest.mark.parametrize("place", ["data", "temp"])
    def test_are_written_in_the_data_directory_or_a_temporary_one(self, folders, place):
        """Of the latter nothing is left; nor does a function leave bytecode in its folder."""
        data_dir = folders["data"] if place == "data" else ""
        done = subprocess.run(
            [sys.executable, "-B", "-c", PROGRAM, folders["code"], folders["linked"], data_dir],
            cwd=folders["cwd"],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folders["home"]),
                "TMPDIR": str(folders["temp"]),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

        assert (done.returncode, done.stderr) == (0, "")
        written = [Path(name) for name in json.loads(done.stdout) if name != os.devnull]
        assert written != []
        assert [file for file in written if not file.is_relative_to(folders[place])] == []
        left = {name for name, folder in folders.items() if any(folder.iterdir())}
        assert left == {"code", "linked"} | ({"data"} if place == "data" else set())
        for name in ("code", "linked"):
            assert {file.name for file in folders[name].iterdir()} == {"m.js", "m.py"}
