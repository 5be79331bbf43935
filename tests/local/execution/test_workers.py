from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from local.execution.pool_scenarios import DETACH, EXITED, SLEEP, pid_in_log
from local.execution_support import (
    REQUEST_ID,
    error_of,
    invoke,
    is_running,
    printed,
    run_in_pools,
    spec_of,
    wait_until_async,
    write_function,
)
from support.at_once import at_once

from fc_client.local.execution.http_exchange import HttpExchange, HttpRequest
from fc_client.local.execution.instance_pools import InstancePools, Outcome
from fc_client.local.execution.process_trees import descendants, peak_mb, tree_mb

DAEMON = """
import os, time
def start(context):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            print(os.getpid(), flush=True)
            os.close(writing)
            time.sleep(60)
        os._exit(0)
    os.close(writing)
    os.read(reading, 1)
def handler(event, context):
    time.sleep(60)
"""


class TestTimeout:
    def test_message(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, "def handler(e, c):\n while True: pass"), timeout=1)

        (outcome,) = invoke(spec, tmp_path)

        assert outcome.error_type == "UnhandledInvocationError"
        assert error_of(outcome) == {"errorMessage": "Task timed out after 1 seconds"}
        assert 1000 <= outcome.duration_ms < 10_000
        assert "[ERROR] Task timed out after 1 seconds\n" in printed(outcome)

    @at_once
    @pytest.mark.parametrize(
        "source",
        [DETACH.replace("{env}", "None"), DETACH.replace("{env}", "{}"), DAEMON],
        ids=["with the marker", "without the marker", "daemon"],
    )
    def test_kills_what_left_the_session(self, source: str):
        async def scenario(pools: InstancePools) -> tuple[float, bool]:
            started = time.monotonic()
            outcome = await pools.invoke(spec, REQUEST_ID, b"30")
            taken = time.monotonic() - started
            assert error_of(outcome)["errorMessage"] == "Task timed out after 1 seconds"
            pid = pid_in_log(outcome)
            return taken, await wait_until_async(lambda: not is_running(pid))

        with tempfile.TemporaryDirectory() as folder:
            code = write_function(Path(folder), source)
            spec = spec_of(code, initializer="index.start", timeout=1)
            taken, gone = run_in_pools(Path(folder), scenario)

        assert gone
        assert taken < 20

    @at_once
    @pytest.mark.parametrize(
        ("source", "settings"),
        [
            ("import time\ntime.sleep(60)", {"timeout": 1}),
            (
                "import time\ndef start(context): time.sleep(60)\ndef handler(e, c): pass",
                {"initializer": "index.start", "initialization_timeout": 1},
            ),
        ],
        ids=["of loading", "of the initializer"],
    )
    def test_ends_what_comes_before_the_call(self, source: str, settings: dict[str, Any]):
        with tempfile.TemporaryDirectory() as folder:
            code = write_function(Path(folder), source)
            (outcome,) = invoke(spec_of(code, **settings), Path(folder))

        assert error_of(outcome) == {"errorMessage": "Task timed out after 1 seconds"}

    def test_instance_is_new_after_it(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP), timeout=1)

        late, good = invoke(spec, tmp_path, b"9", b"0")

        assert good.payload == b"0"
        assert good.instance_id != late.instance_id


# Exits a moment after its response, which is larger than what the server reads ahead.
RESPOND_AND_EXIT = """
import os, threading, time
def handler(environ, start_response):
    start_response("200 OK", [])
    yield b"x" * 600_000
    time.sleep(0.2)
    yield b"y" * 50_000
    threading.Timer(0.2, os._exit, [0]).start()
"""


class TestExit:
    @pytest.mark.skipif(sys.platform != "linux", reason="other systems have smaller sockets")
    def test_after_the_response_does_not_break_it_off(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, RESPOND_AND_EXIT))
        request = HttpRequest("GET", "/", "/", "/", "/", "", {}, {}, "/", "127.0.0.1")

        async def scenario(pools: InstancePools) -> tuple[Outcome, bytes]:
            exchange = HttpExchange(request)
            exchange.end_request()
            # Nothing reads the response until the instance has ended.
            outcome = await pools.invoke(spec, REQUEST_ID, exchange)
            exchange.close()
            return outcome, b"".join([part async for part in exchange.parts()])

        outcome, body = run_in_pools(tmp_path, scenario)

        assert outcome.error_type is None
        assert body == b"x" * 600_000 + b"y" * 50_000


class TestMemory:
    @pytest.mark.parametrize(
        "source",
        [
            "def handler(e, c):\n kept = []\n while True: kept.append(bytearray(1 << 20))",
            "def handler(e, c): len(bytearray(b'x') * (200 << 20))",
            (
                "import subprocess, sys\ndef handler(e, c): subprocess.run([sys.executable, '-c',"
                " 'import time; x = bytearray(b\"x\") * (200 << 20); time.sleep(90)'])"
            ),
        ],
        ids=["growing", "freed before the result", "of a child"],
    )
    def test_over_the_limit_ends_the_instance(self, tmp_path: Path, source: str):
        spec = spec_of(write_function(tmp_path, source))

        (outcome,) = invoke(spec, tmp_path)

        message = error_of(outcome)["errorMessage"]
        found = EXITED.match(message)
        assert found
        assert message.endswith("MB): memory limit of 128 MB exceeded")
        assert outcome.error_type == "UnhandledInvocationError"
        assert float(found[1]) == pytest.approx(outcome.max_memory_mb, abs=0.01)
        assert outcome.max_memory_mb > 128
        assert "memory limit of 128 MB exceeded" in printed(outcome)

    def test_shared_pages_count_once(self, tmp_path: Path):
        source = """
import os, time
kept = bytearray(b"x") * (60 << 20)
def handler(event, context):
    children = [os.fork() for _ in range(2)]
    time.sleep(0.3)
    if 0 in children:
        os._exit(0)
    return len(children)
"""
        (outcome,) = invoke(spec_of(write_function(tmp_path, source)), tmp_path)

        assert outcome.payload == b"2"

    def test_is_measured(self, tmp_path: Path):
        source = "def handler(e, c): len(bytearray(b'x') * (60 << 20))"

        (outcome,) = invoke(spec_of(write_function(tmp_path, source)), tmp_path)

        assert outcome.error_type is None
        assert 60 < outcome.max_memory_mb < 100
        assert f"Max Memory Used: {outcome.max_memory_mb:.2f} MB" in outcome.log.decode()

    def test_of_an_ended_process_is_zero(self):
        assert (peak_mb(2**30), tree_mb(2**30, 1), descendants(2**30)) == (0, 0, [])
