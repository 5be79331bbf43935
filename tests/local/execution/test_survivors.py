"""Processes of a function that try to outlive it: another session, parent or environment."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from local.cli_support import FcLocal
from local.execution_support import (
    REQUEST_ID,
    invoke,
    is_running,
    requires_node,
    run_in_pools,
    spec_of,
    wait_until,
    wait_until_async,
    write_function,
)
from support.at_once import at_once

import fc_client
from fc_client.local.execution.instance_pools import InstancePools
from fc_client.local.execution.process_trees import ProcessTree

# "start" starts a process that ignores SIGTERM, and waits until it has written its ID.
SOURCE = """
import ctypes, os, signal, subprocess, sys, time
CODE = '''
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open({path!r} + ".new", "w").write(str(os.getpid()))
os.rename({path!r} + ".new", {path!r})
time.sleep(60)
'''
def popen(environment):
    subprocess.Popen([sys.executable, "-c", CODE], start_new_session=True, env=environment)
def daemon(run):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            run()
        os._exit(0)
def execute(environment):
    os.execve(sys.executable, [sys.executable, "-c", CODE], environment)
def wiped():
    fields = open("/proc/self/stat").read().rpartition(")")[2].split()
    start, end = int(fields[47]), int(fields[48])
    ctypes.memset(start, 0, end - start)
    exec(CODE)
def begin(context=None):
    {start}
    while not os.path.exists({path!r}): time.sleep(0.01)
def handler(event, context):
    if not os.path.exists({path!r}): begin()
    {then}
"""
STARTS = {
    "session": "popen(None)",
    "session without environment": "popen({})",
    "daemon": "daemon(lambda: execute(dict(os.environ)))",
    "daemon without environment": "daemon(lambda: execute({}))",
    "daemon that wiped its environment": "daemon(wiped)",
}
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")


def function(tmp_path: Path, start: str, then: str) -> tuple[Path, Path]:
    path = tmp_path / "pid"
    source = SOURCE.replace("{path!r}", repr(str(path)))
    return write_function(tmp_path, source.replace("{start}", start).replace("{then}", then)), path


each_start = pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)


@linux
class TestSurvivors:
    @each_start
    def test_end_with_an_instance_that_is_not_needed(self, tmp_path: Path, start: str):
        code, path = function(tmp_path, start, "return 1")

        async def scenario(pools: InstancePools) -> bool:
            outcome = await pools.invoke(spec_of(code), REQUEST_ID, b"")
            assert outcome.payload == b"1", outcome
            pid = int(path.read_text())
            assert is_running(pid)
            pools.retire(("service", "function", ""))
            return await wait_until_async(lambda: not is_running(pid))

        assert run_in_pools(tmp_path, scenario)

    @at_once
    @each_start
    def test_end_with_a_timeout(self, start: str):
        with tempfile.TemporaryDirectory() as folder:
            directory = Path(folder)
            code, path = function(directory, start, "time.sleep(60)")

            # The time limit is not for the start of the process.
            spec = spec_of(code, initializer="index.begin", timeout=2)
            (outcome,) = invoke(spec, directory)

            assert b"timed out" in outcome.payload
            assert wait_until(lambda: not is_running(int(path.read_text())))

    @each_start
    def test_end_with_a_server_that_was_killed(self, tmp_path: Path, start: str):
        code, path = function(tmp_path, start, "time.sleep(60)")
        program = f"""
import sys
sys.path[:0] = {[str(Path(fc_client.__file__).parents[1]), str(Path(__file__).parents[1])]!r}
from pathlib import Path
from execution_support import invoke, spec_of
invoke(spec_of(Path({str(code)!r}), timeout=300), Path({str(tmp_path)!r}))
"""
        with subprocess.Popen([sys.executable, "-c", program]) as server:
            try:
                assert wait_until(path.exists)
            finally:
                server.kill()

        assert wait_until(lambda: not is_running(int(path.read_text())))


@linux
class TestCommandLine:
    """The command adopts what other processes leave, so it ends that as well."""

    @pytest.mark.parametrize("runtime", ["python3", pytest.param("nodejs8", marks=requires_node)])
    def test_ends_what_a_crash_leaves(
        self, fc_local: Callable[..., FcLocal], tmp_path: Path, runtime: str
    ):
        code, path = function(tmp_path, "daemon(lambda: execute({}))", "os._exit(1)")
        if runtime == "nodejs8":
            (code / "index.js").write_text(
                "exports.handler = () => { require('child_process').execFileSync("
                f"{sys.executable!r}, ['-c', 'import index; index.handler(1, 1)'],"
                " {stdio: 'ignore'}); }"
            )
        server = fc_local()
        with fc_client.Client(
            server.environment["FC_ENDPOINT"],
            access_key_id=server.environment["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            access_key_secret=server.environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        ) as client:
            client.create_service("s")
            client.create_function(
                "s", "f", runtime=runtime, handler="index.handler", code=code, timeout=30
            )
            result = client.invoke_function("s", "f", check=False)
        assert result.error_type is not None
        assert server.end(signal.SIGTERM)[0] == 0

        assert wait_until(lambda: not is_running(int(path.read_text())))


@linux
class TestReapOrphans:
    def test_removes_what_was_adopted_and_has_ended(self):
        program = """
import os, subprocess, time
from fc_client.local.execution import process_trees
process_trees.adopt_orphans()
with subprocess.Popen(["sleep", "60"]) as child:
    subprocess.run(["sh", "-c", "sleep 0.1 & exit"])
    ended = time.monotonic() + 30
    while process_trees._children(os.getpid()) != [child.pid] and time.monotonic() < ended:
        process_trees.reap_orphans()
    print(process_trees._children(os.getpid()) == [child.pid], child.poll())
    child.kill()
"""
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )

        assert (done.stdout, done.stderr) == ("True None\n", "")


class TestProcessTree:
    def test_kills_a_descendant_that_left_the_tree(self):
        script = "sleep 60 & echo $!; read line"
        with subprocess.Popen(
            ["setsid", "sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            child = int(process.stdout.readline())
            tree = ProcessTree(process.pid)
            tree.look()
            process.stdin.close()
            process.wait()

            tree.kill()

            assert wait_until(lambda: not is_running(child))

    def test_spares_another_process_with_the_same_id(self):
        with subprocess.Popen(["sleep", "60"]) as process:
            tree = ProcessTree(2**30)
            tree._seen[process.pid] = 1

            tree.kill()
            time.sleep(0.1)

            assert process.poll() is None
            process.kill()
