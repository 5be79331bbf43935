from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

from local.execution_support import write_function
from support.http_server import serving

from fc_client._threads import run_blocking

# Calls a function in a thread that outlives the main thread.
PROGRAM = """
import sys, threading, time
from pathlib import Path
sys.path[:0] = {paths!r}
from execution_support import invoke, spec_of
def late():
    threading.main_thread().join()
    time.sleep(0.3)
    (outcome,) = invoke(spec_of(Path({code!r})), Path({directory!r}))
    print(outcome.payload.decode(), flush=True)
threading.Thread(target=late).start()
"""


ASYNC_PROGRAM = """
import asyncio, io, sys, threading, time
import fc_client
async def calls():
    async with fc_client.AsyncClient(
        sys.argv[1], access_key_id="i", access_key_secret="s"
    ) as client:
        print((await client.get_service("s")).service_name)
        await client.invoke_function("s", "f", iter([b"x"]))
        await client.update_function("s", "f", code=sys.argv[2])
        try:
            await client.download_function_code("s", "f", io.BytesIO())
        except fc_client.TransportError as error:
            print(error)
def late():
    threading.main_thread().join()
    time.sleep(0.3)
    asyncio.run(calls())
threading.Thread(target=late).start()
"""


class TestAsyncClient:
    def test_works_after_the_main_thread_has_ended(self, tmp_path: Path):
        (tmp_path / "index.py").write_text("")
        code = b'{"serviceName": "s", "functionName": "f", "url": "%s/code"}'
        with serving(
            lambda exchange: exchange.send(200, code % exchange.server.url.encode())
        ) as server:
            done = subprocess.run(
                # A name, which has to be resolved.
                [
                    sys.executable,
                    "-c",
                    ASYNC_PROGRAM,
                    server.url.replace("127.0.0.1", "localhost"),
                    str(tmp_path),
                ],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        assert done.stderr == ""
        service, failure = done.stdout.splitlines()
        assert service == "s"
        assert "download earlier, or use Client" in failure


class TestRunBlocking:
    def test_uses_another_thread(self):
        assert asyncio.run(run_blocking(threading.get_ident)) != threading.get_ident()

    def test_functions_run_after_the_main_thread_has_ended(self, tmp_path: Path):
        code = write_function(tmp_path, "def handler(event, context): return 'late'")
        tests = Path(__file__).parent
        paths = [str(tests.parent), str(tests), str(tests / "local")]
        program = PROGRAM.format(paths=paths, code=str(code), directory=str(tmp_path))

        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert (done.stdout, done.stderr) == ("late\n", "")


SERVER_PROGRAM = """
import sys, threading, time
from fc_client.local import LocalFunctionCompute
fc = LocalFunctionCompute(oss_root=sys.argv[2])
fc.start()
def late():
    threading.main_thread().join()
    time.sleep(0.3)
    with fc.client() as client:
        client.create_service("s")
        settings = {"runtime": "python3", "handler": "index.handler", "code": sys.argv[1]}
        client.create_function("s", "f", **settings)
        client.update_function("s", "f", code=sys.argv[1])
        print(client.invoke_function("s", "f").text, flush=True)
    fc.stop()
threading.Thread(target=late).start()
"""


class TestLocalFunctionCompute:
    def test_stores_code_after_the_main_thread_has_ended(self, tmp_path: Path):
        code = write_function(tmp_path, "def handler(event, context): return 'late'")
        (tmp_path / "buckets").mkdir()

        done = subprocess.run(
            [sys.executable, "-c", SERVER_PROGRAM, str(code), str(tmp_path / "buckets")],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert (done.stdout, done.stderr) == ("late\n", "")
