from __future__ import annotations

import errno
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
import requests
from local.support import Api, create, process_is_there, run_python
from support.at_once import at_once
from support.waiting import wait_until

from fc_client.local import LocalFunctionCompute


class TestStarting:
    def test_it_answers_when_it_has_started(self):
        with LocalFunctionCompute(auth=False) as fc:
            assert requests.get(f"{fc.endpoint}/2016-08-15/services", timeout=30).json() == {
                "services": []
            }
            assert fc.endpoint.startswith("http://127.0.0.1:")

    def test_a_busy_port_is_an_error_at_once(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            threads = set(threading.enumerate())

            with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}") as caught:
                LocalFunctionCompute(port=port).start()

        assert caught.value.errno == errno.EADDRINUSE
        assert set(threading.enumerate()) <= threads

    def test_a_host_that_is_not_ours_is_an_error_at_once(self):
        with pytest.raises(OSError, match="cannot listen on"):
            LocalFunctionCompute(host="192.0.2.1").start()

    def test_a_port_can_be_used_again_at_once(self):
        with LocalFunctionCompute(auth=False) as fc:
            requests.get(fc.endpoint, timeout=30)
            port = int(fc.endpoint.rpartition(":")[2])

        with LocalFunctionCompute(port=port) as fc:
            assert fc.endpoint.endswith(f":{port}")

    def test_it_cannot_start_twice(self):
        with LocalFunctionCompute() as fc, pytest.raises(RuntimeError, match="already running"):
            fc.start()

    @pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "::1", "::"])
    def test_the_endpoint_can_be_reached(self, host):
        if ":" in host and not socket.has_ipv6:
            pytest.skip("no IPv6 here")
        with LocalFunctionCompute(host=host, auth=False) as fc:
            assert requests.get(f"{fc.endpoint}/2016-08-15/services", timeout=30).status_code == 200

    def test_keys_are_random(self):
        seen = set()
        for _ in range(2):
            with LocalFunctionCompute() as fc:
                seen |= {fc.access_key_id, fc.access_key_secret, fc.account_id}

        assert len(seen) == 6

    def test_an_interrupt_of_the_start_leaves_nothing(self, tmp_path):
        done = run_python(
            """
            import os, pathlib, signal, sys, threading, time
            from fc_client.local import LocalFunctionCompute
            for delay in range(1, 60, 3):
                fc = LocalFunctionCompute()
                timer = threading.Timer(delay / 1000, os.kill, (os.getpid(), signal.SIGINT))
                try:
                    timer.start()
                    fc.start()
                    # Here the interrupt comes, at the latest.
                    timer.join()
                    time.sleep(0.01)
                except KeyboardInterrupt:
                    pass
                fc.stop()
            deadline = time.monotonic() + 30
            while threading.active_count() > 1 and time.monotonic() < deadline:
                time.sleep(0.05)
            print([thread.name for thread in threading.enumerate()])
            """,
            TMPDIR=str(tmp_path),
        )

        assert done.stdout == "['MainThread']\n", done.stderr
        wait_until(lambda: not list(tmp_path.iterdir()))


class TestStopping:
    def test_it_may_be_stopped_more_than_once_and_started_again(self):
        fc = LocalFunctionCompute()
        fc.start()
        fc.stop()
        fc.stop()
        fc.start()
        fc.stop()

    @pytest.mark.parametrize(
        "use",
        [
            lambda fc: fc.endpoint,
            lambda fc: fc.access_key_id,
            lambda fc: fc.access_key_secret,
            lambda fc: fc.account_id,
            lambda fc: fc.client(),
            lambda fc: fc.drain(),
            lambda fc: fc.logs("s"),
            lambda fc: fc.reset(),
        ],
    )
    def test_use_after_the_end_says_so(self, use):
        with LocalFunctionCompute() as fc:
            pass

        with pytest.raises(RuntimeError, match="is not running"):
            use(fc)

    def test_nothing_is_left(self, make_api):
        threads = set(threading.enumerate())
        with LocalFunctionCompute() as fc:
            directory = fc._get_running().data.path
            create(make_api(fc), "import os\ndef h(event, context):\n    return str(os.getpid())")
            worker = int(make_api(fc).invoke().text)
            assert process_is_there(worker)

        assert not process_is_there(worker)
        assert not directory.exists()
        assert set(threading.enumerate()) <= threads

    def test_nothing_is_left_when_the_program_raises(self):
        seen = []

        def program() -> None:
            with LocalFunctionCompute() as fc:
                seen.append(fc._get_running().data.path)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            program()

        assert not seen[0].exists()

    def test_a_call_that_runs_does_not_hold_up_the_end(self, make_api, tmp_path):
        begun = tmp_path / "begun"
        source = f"""
        import time

        def h(event, context):
            open({str(begun)!r}, "w").close()
            time.sleep(60)
        """
        with LocalFunctionCompute() as fc:
            create(make_api(fc), source, timeout=100)
            ended = threading.Event()
            api = make_api(fc)
            caller = threading.Thread(target=invoke_until_cut_off, args=(api, ended))
            caller.start()
            wait_until(begun.exists)
            start = time.monotonic()

        assert time.monotonic() - start < 30
        caller.join(30)
        assert ended.is_set()

    @at_once
    @pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise ZeroDivisionError"])
    def test_a_program_that_forgets_to_stop_ends_and_leaves_nothing(self, end):
        with tempfile.TemporaryDirectory() as folder:
            code, temporary = Path(folder) / "code", Path(folder) / "temporary"
            code.mkdir()
            (code / "m.py").write_text(
                "import os\ndef h(event, context):\n    return str(os.getpid())\n"
            )
            temporary.mkdir()

            done = run_python(
                f"""
                import sys
                from fc_client.local import LocalFunctionCompute
                fc = LocalFunctionCompute()
                fc.start()
                client = fc.client()
                client.create_service("s")
                client.create_function("s", "f", runtime="python3", handler="m.h", code=sys.argv[1])
                print(client.invoke_function("s", "f").text)
                {end}
                """,
                str(code),
                TMPDIR=str(temporary),
            )

            worker = int(done.stdout)
            assert ("Traceback" in done.stderr) == ("raise" in end)
            wait_until(lambda: not process_is_there(worker))
            wait_until(lambda: not list(temporary.iterdir()))


def invoke_until_cut_off(api: Api, ended: threading.Event) -> None:
    try:
        api.invoke()
    except requests.ConnectionError:
        pass
    finally:
        ended.set()


class TestExtra:
    @pytest.mark.parametrize("package", ["aiohttp", "cronsim"])
    def test_message_names_a_missing_package_and_the_extra(self, package):
        program = f"import sys; sys.modules[{package!r}] = None; import fc_client.local"
        done = subprocess.run(
            [sys.executable, "-c", program], check=False, capture_output=True, text=True
        )

        message = (
            f"ImportError: fc_client.local needs {package}: pip install 'aliyun-fc-client[local]'"
        )
        assert done.stderr.rstrip().endswith(message)
