"""Programs whose threads and sockets gevent has replaced."""

import json
import signal
import subprocess
import sys

import pytest
from local.support import run_python
from support.waiting import wait_until

PROGRAM = """
import gevent
from gevent import monkey
monkey.patch_all()

import asyncio, json, sys, time
import fc_client
from fc_client.local import LocalFunctionCompute

report = {}
with LocalFunctionCompute(sys.argv[1], async_retry_delay=0.05) as fc, fc.client() as client:
    client.create_service("s")
    settings = {"runtime": "python3", "handler": "m.h", "code": sys.argv[2], "timeout": 60}
    client.create_function("s", "f", environment_variables={"GO": sys.argv[3]}, **settings)
    invoke = lambda event: client.invoke_function("s", "f", event).text
    events = [str(number) for number in range(6)]
    greenlets = [gevent.spawn(invoke, event) for event in events]
    gevent.joinall(greenlets)
    report["invoked"] = [greenlet.value for greenlet in greenlets] == events

    client.invoke_function("s", "f", "later", invocation_type="Async")
    try:
        fc.drain(0.01)
    except TimeoutError as error:
        report["timeout"] = str(error)
    open(sys.argv[3], "w").close()
    fc.drain()
    report["logged"] = fc.logs("s", "f").count("ran")

    async def invoke_in_asyncio():
        options = {"access_key_id": fc.access_key_id, "access_key_secret": fc.access_key_secret}
        async with fc_client.AsyncClient(fc.endpoint, **options) as client:
            return (await client.invoke_function("s", "f", "x")).text

    report["asyncio"] = asyncio.run(invoke_in_asyncio())
    try:
        fc.link("s", "nope", sys.argv[2])
    except ValueError as error:
        report["link"] = str(error)
    try:
        fc.unlink("s", "f")
    except ValueError as error:
        report["unlink"] = str(error)
    try:
        LocalFunctionCompute(sys.argv[1]).start()
    except fc_client.local.DataDirectoryError:
        report["second"] = "refused"
    fc.reset()
    report["services"] = len(list(client.iter_services()))

def run_in_greenlet():
    with LocalFunctionCompute(sys.argv[1]) as fc, fc.client() as client:
        return list(client.iter_services()) == []

report["in a greenlet"] = gevent.spawn(run_in_greenlet).get(timeout=60)
print(json.dumps(report))
"""

CODE = """
import os, time

def h(event, context):
    print("ran")
    while event == b"later" and not os.path.exists(os.environ["GO"]):
        time.sleep(0.01)
    return event
"""


@pytest.fixture
def code(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "m.py").write_text(CODE)
    return tmp_path / "code"


class TestPatchedProgram:
    def test_can_do_everything(self, tmp_path, code):
        done = run_python(PROGRAM, str(tmp_path / "data"), str(code), str(tmp_path / "go"))

        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {
            "invoked": True,
            "timeout": "1 asynchronous invocations have not ended after 0.01 seconds",
            "logged": 7,
            "asyncio": "x",
            "link": "function: s/nope does not exist: create it first",
            "unlink": "function: s/f is not linked",
            "second": "refused",
            "services": 0,
            "in a greenlet": True,
        }

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_leaves_nothing_however_it_ends(self, tmp_path, number):
        program = """
from gevent import monkey
monkey.patch_all()
import time
from fc_client.local import LocalFunctionCompute
with LocalFunctionCompute() as fc:
    print("up", flush=True)
    time.sleep(60)
"""
        with subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path)},
        ) as process:
            process.stdout.readline()
            assert list(tmp_path.glob("fc-*")) != []
            process.send_signal(number)

        wait_until(lambda: list(tmp_path.glob("fc-*")) == [])

    def test_an_error_at_the_start_is_the_callers(self):
        done = run_python(
            """
            from gevent import monkey
            monkey.patch_all()
            import socket
            from fc_client.local import LocalFunctionCompute
            with socket.create_server(("127.0.0.1", 0)) as taken:
                try:
                    LocalFunctionCompute(port=taken.getsockname()[1]).start()
                except OSError as error:
                    print(error)
            """
        )

        assert "cannot listen on 127.0.0.1:" in done.stdout, done.stderr

    def test_logs_what_the_program_wants_to_standard_error(self):
        done = run_python(
            """
            from gevent import monkey
            monkey.patch_all()
            import logging
            from fc_client.local import LocalFunctionCompute
            for level in (logging.WARNING, logging.INFO):
                logging.getLogger("fc_client.local").setLevel(level)
                with LocalFunctionCompute() as fc, fc.client() as client:
                    client.create_service(f"at-{level}")
            """
        )

        assert "INFO CreateService at-20 200" in done.stderr
        assert "at-30" not in done.stderr
