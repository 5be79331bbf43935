from __future__ import annotations

import errno
import os
import socket
import stat
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
import requests
from local.support import Api, function_fields, zip_code, zip_of

import fc_client
from fc_client.local import DataDirectoryError, LocalFunctionCompute, StoreError


@pytest.fixture
def make_api():
    """Return a signed way to talk to a LocalFunctionCompute."""
    made = []

    def make(fc: LocalFunctionCompute) -> Api:
        api = Api(fc.endpoint, fc.access_key_id, fc.access_key_secret)
        made.append(api)
        return api

    yield make
    for api in made:
        api.session.close()


def create(api: Api, source: str, **fields: object) -> None:
    """Create service s and the python3 function f, whose handler is m.h."""
    api.create_service().raise_for_status()
    code = zip_code(zip_of({"m.py": textwrap.dedent(source)}))
    api.create_function(code=code, **fields).raise_for_status()


def wait_until(condition, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def run_python(source: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source), *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


class TestStarting:
    def test_it_answers_when_it_has_started(self):
        with LocalFunctionCompute(auth=False) as fc:
            assert requests.get(f"{fc.endpoint}/2016-08-15/services", timeout=5).json() == {
                "services": []
            }
            assert fc.endpoint.startswith("http://127.0.0.1:")

    def test_a_busy_port_is_an_error_at_once(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            threads = threading.active_count()

            with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}") as caught:
                LocalFunctionCompute(port=port).start()

        assert caught.value.errno == errno.EADDRINUSE
        assert threading.active_count() == threads

    def test_a_host_that_is_not_ours_is_an_error_at_once(self):
        with pytest.raises(OSError, match="cannot listen on"):
            LocalFunctionCompute(host="192.0.2.1").start()

    def test_a_port_can_be_used_again_at_once(self):
        with LocalFunctionCompute(auth=False) as fc:
            requests.get(fc.endpoint, timeout=5)
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
            assert requests.get(f"{fc.endpoint}/2016-08-15/services", timeout=5).status_code == 200

    def test_keys_are_random(self):
        seen = set()
        for _ in range(2):
            with LocalFunctionCompute() as fc:
                seen |= {fc.access_key_id, fc.access_key_secret, fc.account_id}

        assert len(seen) == 6


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
        threads = threading.active_count()
        with LocalFunctionCompute() as fc:
            directory = fc._get_running().data.path
            create(make_api(fc), "import os\ndef h(event, context):\n    return str(os.getpid())")
            worker = int(make_api(fc).invoke().text)
            assert process_is_there(worker)

        assert not process_is_there(worker)
        assert not directory.exists()
        assert threading.active_count() == threads

    def test_nothing_is_left_when_the_program_raises(self):
        seen = []

        def program() -> None:
            with LocalFunctionCompute() as fc:
                seen.append(fc._get_running().data.path)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            program()

        assert not seen[0].exists()

    def test_a_call_that_runs_does_not_hold_up_the_end(self, make_api):
        with LocalFunctionCompute() as fc:
            create(make_api(fc), "import time\ndef h(e, c):\n    time.sleep(60)", timeout=100)
            ended = threading.Event()
            api = make_api(fc)
            caller = threading.Thread(target=invoke_until_cut_off, args=(api, ended))
            caller.start()
            time.sleep(0.5)
            start = time.monotonic()

        assert time.monotonic() - start < 3
        caller.join(5)
        assert ended.is_set()

    @pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise ZeroDivisionError"])
    def test_a_program_that_forgets_to_stop_ends_and_leaves_nothing(self, tmp_path, end):
        (tmp_path / "code").mkdir()
        (tmp_path / "code" / "m.py").write_text(
            "import os\ndef h(event, context):\n    return str(os.getpid())\n"
        )
        (tmp_path / "temporary").mkdir()

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
            str(tmp_path / "code"),
            TMPDIR=str(tmp_path / "temporary"),
        )

        worker = int(done.stdout)
        assert ("Traceback" in done.stderr) == ("raise" in end)
        wait_until(lambda: not process_is_there(worker), 2)
        wait_until(lambda: not list((tmp_path / "temporary").iterdir()), 2)


def process_is_there(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def invoke_until_cut_off(api: Api, ended: threading.Event) -> None:
    try:
        api.invoke()
    except requests.ConnectionError:
        pass
    finally:
        ended.set()


class TestDataDirectory:
    def test_everything_is_there_after_a_restart(self, tmp_path, make_api):
        with LocalFunctionCompute(tmp_path) as fc:
            create(make_api(fc), "def h(event, context):\n    print('ran')\n    return event")
            make_api(fc).invoke(b"1")
            keys = (fc.access_key_id, fc.access_key_secret, fc.account_id)

        with LocalFunctionCompute(tmp_path) as fc:
            assert (fc.access_key_id, fc.access_key_secret, fc.account_id) == keys
            assert make_api(fc).invoke(b"2").content == b"2"
            assert fc.logs("s", "f").count("ran") == 2

    def test_keys_are_for_their_owner_only(self, tmp_path):
        directory = tmp_path / "new" / "data"
        with LocalFunctionCompute(str(directory)):
            assert stat.S_IMODE((directory / "keys.json").stat().st_mode) == 0o600
            assert stat.S_IMODE(directory.stat().st_mode) == 0o700

    def test_damaged_keys_are_an_error(self, tmp_path):
        (tmp_path / "keys.json").write_text("{}")

        with pytest.raises(DataDirectoryError, match=r"keys\.json is damaged"):
            LocalFunctionCompute(tmp_path).start()

    def test_a_directory_in_use_is_an_error(self, tmp_path):
        with (
            LocalFunctionCompute(tmp_path),
            pytest.raises(DataDirectoryError, match="another local Function Compute"),
        ):
            LocalFunctionCompute(tmp_path).start()

        with LocalFunctionCompute(tmp_path):
            pass

    def test_it_is_free_again_though_a_fork_of_the_program_lives_on(self, tmp_path):
        done = run_python(
            """
            import os, sys, time
            from fc_client.local import LocalFunctionCompute
            with LocalFunctionCompute(sys.argv[1]):
                child = os.fork()
                if not child:
                    time.sleep(20)
            with LocalFunctionCompute(sys.argv[1]):
                print("free")
            os.kill(child, 9)
            os.waitpid(child, 0)
            """,
            str(tmp_path),
        )

        assert done.stdout == "free\n", done.stderr

    def test_a_later_database_is_an_error(self, tmp_path):
        (tmp_path / "fc.sqlite").write_bytes(b"not a database at all" * 100)

        with pytest.raises(StoreError, match=r"fc\.sqlite"):
            LocalFunctionCompute(tmp_path).start()

        (tmp_path / "fc.sqlite").unlink()
        with LocalFunctionCompute(tmp_path):
            pass

    def test_unreferenced_code_is_removed_at_the_next_start(self, tmp_path, make_api):
        with LocalFunctionCompute(tmp_path) as fc:
            api = make_api(fc)
            create(api, "def h(event, context): pass")
            api.call("DELETE", "/services/s/functions/f")

        with LocalFunctionCompute(tmp_path):
            assert list((tmp_path / "code" / "trees").iterdir()) == []


class TestFunctions:
    def test_a_function_runs(self, make_api):
        with LocalFunctionCompute() as fc:
            create(
                make_api(fc),
                """
                import os

                def h(event, context):
                    print("called by", context.account_id)
                    return event[::-1] + os.environ["GREETING"].encode()
                """,
                environmentVariables={"GREETING": "hello"},
            )

            reply = make_api(fc).invoke(b"\x00abc")

            assert reply.content == b"cba\x00hello"
            assert f"called by {fc.account_id}" in fc.logs("s", "f")
            assert reply.headers["X-Fc-Request-Id"] in fc.logs("s")
            assert fc.logs("s", "other") == fc.logs("s", request_id="other") == ""

    def test_an_update_is_run_by_the_next_call(self, make_api):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            create(api, "def h(event, context):\n    return 'old'")
            assert api.invoke().text == "old"

            code = zip_code(zip_of({"m.py": "def h(event, context):\n    return 'new'"}))
            api.call("PUT", "/services/s/functions/f", {"code": code}).raise_for_status()

            assert api.invoke().text == "new"

    def test_a_failed_async_invocation_is_tried_again(self, make_api, tmp_path):
        with LocalFunctionCompute(async_attempts=2, async_retry_delay=0.01) as fc:
            api = make_api(fc)
            create(
                api,
                f"""
                def h(event, context):
                    with open({str(tmp_path / "calls")!r}, "ab") as file:
                        file.write(event)
                    raise ValueError("no")
                """,
            )

            api.invoke(b"x", type="Async")
            fc.drain(timeout=10)

        assert (tmp_path / "calls").read_bytes() == b"xx"

    def test_concurrent_calls_run_side_by_side(self, make_api):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            create(api, "import time\ndef h(event, context):\n    time.sleep(0.5)")
            api.invoke()
            start = time.monotonic()

            callers = [threading.Thread(target=make_api(fc).invoke) for _ in range(4)]
            for caller in callers:
                caller.start()
            for caller in callers:
                caller.join()

        assert time.monotonic() - start < 1.9

    def test_drain_says_how_many_are_left(self, make_api):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            create(api, "import time\ndef h(event, context):\n    time.sleep(60)", timeout=100)
            for _ in range(3):
                api.invoke(type="Async")

            with pytest.raises(TimeoutError, match="3 asynchronous invocations have not ended"):
                fc.drain(timeout=0.1)


class TestReset:
    def test_it_is_empty_again(self, make_api, tmp_path):
        with LocalFunctionCompute(tmp_path) as fc:
            api = make_api(fc)
            create(api, "import os\ndef h(event, context):\n    return str(os.getpid())")
            api.create_trigger()
            worker = int(api.invoke().text)
            api.invoke(type="Async", delay="3600")

            fc.reset()

            assert api.call("GET", "/services").json() == {"services": []}
            fc.drain(timeout=0.1)
            assert fc.logs("s") == ""
            assert not process_is_there(worker)
            assert list((tmp_path / "code" / "trees").iterdir()) == []

    def test_it_goes_on_as_before(self, make_api):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            for text in ("one", "two"):
                create(api, f"def h(event, context):\n    return {text!r}")
                assert api.invoke().text == text
                fc.reset()

    def test_it_does_not_wait_for_what_runs(self, make_api):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            create(api, "import time\ndef h(event, context):\n    time.sleep(60)", timeout=100)
            api.invoke(type="Async")
            wait_until(lambda: "f" in str(api.call("GET", "/services/s/functions").json()))
            start = time.monotonic()

            fc.reset()

            assert time.monotonic() - start < 3
            fc.drain(timeout=0.1)


class TestClient:
    def test_it_is_a_client_of_this_server(self):
        with LocalFunctionCompute() as fc, fc.client(timeout=5) as client:
            assert isinstance(client, fc_client.Client)
            assert client.create_service("s").service_name == "s"
            assert client.endpoint == fc.endpoint

    def test_a_whole_life(self, tmp_path: Path):
        (tmp_path / "m.py").write_text("def h(event, context):\n    return event\n")
        with LocalFunctionCompute() as fc, fc.client() as client:
            client.create_service("s")
            created = client.create_function(
                "s", "f", runtime="python3", handler="m.h", code=tmp_path
            )
            assert client.invoke_function("s", "f", b"event").payload == b"event"
            target = tmp_path / "downloaded.zip"
            client.download_function_code("s", "f", target)
            assert target.stat().st_size == created.code_size
            client.delete_function("s", "f", if_match=created.etag)
            client.delete_service("s")


class TestConcurrency:
    def test_many_uploads_at_once_keep_their_code(self, make_api, tmp_path):
        with LocalFunctionCompute(tmp_path) as fc:
            make_api(fc).create_service()

            def live(number: int) -> None:
                api = make_api(fc)
                for turn in range(3):
                    code = zip_code(zip_of({"m.py": f"x = {turn % 2}"}))
                    api.create_function(f"f{number}", code=code).raise_for_status()
                    link = api.call("GET", f"/services/s/functions/f{number}/code").json()["url"]
                    api.session.get(link, timeout=5).raise_for_status()
                    api.call("DELETE", f"/services/s/functions/f{number}").raise_for_status()
                results.append(number)

            results: list[int] = []
            threads = [threading.Thread(target=live, args=(number,)) for number in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

            assert sorted(results) == list(range(6))
            assert list((tmp_path / "code" / "zips").iterdir()) == []

    def test_of_two_that_create_the_same_one_wins(self, make_api):
        with LocalFunctionCompute() as fc:
            make_api(fc).create_service()
            statuses: list[int] = []
            fields = function_fields("f")

            def create_f() -> None:
                api = make_api(fc)
                statuses.append(api.call("POST", "/services/s/functions", fields).status_code)

            threads = [threading.Thread(target=create_f) for _ in range(5)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        assert sorted(statuses) == [200, 409, 409, 409, 409]


class TestExtra:
    @pytest.mark.parametrize("package", ["aiohttp", "cronsim"])
    def test_message_names_a_missing_package_and_the_extra(self, package):
        program = f"import sys; sys.modules[{package!r}] = None; import fc_client.local"
        done = subprocess.run(
            [sys.executable, "-c", program], check=False, capture_output=True, text=True
        )

        message = f"ImportError: fc_client.local needs {package}: pip install 'fc-client[local]'"
        assert done.stderr.rstrip().endswith(message)
