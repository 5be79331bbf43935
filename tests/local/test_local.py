from __future__ import annotations

import asyncio
import inspect
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from local.support import create, function_fields, process_is_there, zip_code, zip_of
from support.waiting import wait_until

import fc_client
from fc_client.local import LocalFunctionCompute


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
            fc.drain()

        assert (tmp_path / "calls").read_bytes() == b"xx"

    def test_concurrent_calls_run_side_by_side(self, make_api, tmp_path):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            # Each waits until all have begun.
            source = f"""
            import os, time

            def h(event, context):
                open(os.path.join({str(tmp_path)!r}, event.decode()), "w").close()
                while len(os.listdir({str(tmp_path)!r})) < 4:
                    time.sleep(0.01)
                return event
            """
            create(api, source, timeout=20)

            with ThreadPoolExecutor(4) as pool:
                replies = list(pool.map(api.invoke, (b"1", b"2", b"3", b"4")))

        assert [reply.content for reply in replies] == [b"1", b"2", b"3", b"4"]

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
            fc.drain()
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

    def test_it_does_not_wait_for_what_runs(self, make_api, tmp_path):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            begun = tmp_path / "begun"
            source = f"""
            import time

            def h(event, context):
                open({str(begun)!r}, "w").close()
                time.sleep(60)
            """
            create(api, source, timeout=100)
            api.invoke(type="Async")
            wait_until(begun.exists)
            start = time.monotonic()

            fc.reset()

            assert time.monotonic() - start < 30
            fc.drain()


class TestClient:
    def test_it_is_a_client_of_this_server(self):
        with LocalFunctionCompute() as fc, fc.client(timeout=30) as client:
            assert isinstance(client, fc_client.Client)
            assert client.create_service("s").service_name == "s"
            assert client.endpoint == fc.endpoint

    @pytest.mark.parametrize(
        ("kind", "method"),
        [
            (fc_client.Client, LocalFunctionCompute.client),
            (fc_client.AsyncClient, LocalFunctionCompute.async_client),
        ],
    )
    def test_it_takes_the_options_of_its_class(self, kind, method):
        """All but those that the server knows, or that build an endpoint."""
        given = {"endpoint", "access_key_id", "access_key_secret", "credentials", "account_id"}
        given |= {"region", "internal"}
        wanted = dict(inspect.signature(kind).parameters)
        taken = dict(inspect.signature(method).parameters)

        assert list(taken.values())[1:] == [wanted[name] for name in wanted if name not in given]

    def test_every_option_reaches_it(self):
        options = {
            "security_token": "token-of-tests",
            "timeout": fc_client.Timeout(total=7),
            "retry": fc_client.RetryPolicy(attempts=1),
            "pool_size": 3,
            "verify": False,
            "proxies": {},
            "user_agent": "tests/1",
            "max_response_size": 5000,
        }
        with LocalFunctionCompute() as fc, fc.client(**options) as client:
            same = fc_client.Client(
                fc.endpoint,
                access_key_id=fc.access_key_id,
                access_key_secret=fc.access_key_secret,
                account_id=fc.account_id,
                **options,
            )
            with same:
                assert shown_state(client) == shown_state(same)
            assert client.list_services().items == ()

    def test_it_is_an_async_client_of_this_server(self):
        async def create(fc: LocalFunctionCompute) -> str:
            async with fc.async_client(timeout=30) as client:
                return (await client.create_service("s")).service_name

        with LocalFunctionCompute() as fc:
            assert asyncio.run(create(fc)) == "s"

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


def shown_state(client: fc_client.Client) -> dict[str, str]:
    """Return what a client was made with, as text; without the objects made for it."""
    state = {**vars(client), **vars(client._transport)}
    return {name: repr(value) for name, value in state.items() if " at 0x" not in repr(value)}


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
                    api.session.get(link, timeout=30).raise_for_status()
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
