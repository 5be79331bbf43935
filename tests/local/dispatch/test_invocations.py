from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from local.support import FakePools, Server, echo, failing, outcome

from fc_client.local.dispatch.invocations import Identity, Invocations, RetrySettings
from fc_client.local.engine import Settings
from fc_client.local.execution.function_spec import ResourceExhausted
from fc_client.local.storage.code_storage import CodeStorage
from fc_client.local.storage.schema import FUNCTION, SERVICE
from fc_client.local.storage.store import Store, read_logs

IDENTITY = Identity("1", "local", "id", "secret", "token")
FUNCTION_DOCUMENT = {
    "runtime": "python3",
    "handler": "m.h",
    "memorySize": 128,
    "timeout": 3,
    "codeChecksum": "5",
}
QUICK = RetrySettings(base_delay=0.02, throttle_delay=0.02, concurrency=4)


class Bench:
    """Invocations over a store of their own, with function s/f in it."""

    def __init__(self, directory: Path, pools: FakePools, retry: RetrySettings) -> None:
        self.path = directory / "fc.sqlite"
        self.store = Store(self.path)
        self.pools = pools
        self.store.put(SERVICE, ("s",), {"logConfig": {"project": "p", "logstore": "l"}})
        self.store.put(FUNCTION, ("s", "f"), FUNCTION_DOCUMENT)
        self.invocations = Invocations(
            self.store,
            CodeStorage(directory / "code"),
            lambda: pools,
            IDENTITY,
            clock=time.time,
            retry=retry,
        )

    def enqueue(self, *events: bytes, function: str = "f", delay: float = 0.0) -> None:
        for event in events:
            self.invocations.enqueue(("s", function), f"r-{event.decode()}", event, delay)


@pytest.fixture
def run(tmp_path, pools):
    """Run a coroutine function with a Bench, in a loop of its own."""

    def run_with_bench(
        test: Callable[[Bench], Awaitable[None]], retry: RetrySettings = QUICK
    ) -> Bench:
        bench = Bench(tmp_path, pools, retry)

        async def main() -> None:
            bench.invocations.start()
            try:
                await asyncio.wait_for(test(bench), 10)
            finally:
                await bench.invocations.close()

        asyncio.run(main())
        bench.store.close()
        return bench

    return run_with_bench


class TestRetrySettings:
    def test_delays_grow_up_to_a_limit(self):
        retry = RetrySettings(base_delay=1.0, max_delay=60.0)

        assert [retry.after_failure(n) for n in (1, 2, 3)] == [1.0, 2.0, 4.0]
        assert [retry.after_throttle(n) for n in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 4.0]
        assert retry.after_throttle(5000) == 60.0


class TestInvoke:
    def test_the_spec_has_all_settings(self, run, pools, tmp_path):
        async def test(bench):
            await bench.invocations.invoke(("s", "f"), "r-1", b"event")

        run(test)

        (spec, request_id, event) = pools.calls[0]
        assert (request_id, event) == ("r-1", b"event")
        assert (spec.service_name, spec.function_name) == ("s", "f")
        assert (spec.runtime, spec.handler) == ("python3", "m.h")
        assert (spec.memory_size, spec.timeout) == (128, 3)
        assert (spec.initializer, spec.initialization_timeout) == (None, 30)
        assert spec.environment_variables == {}
        assert (spec.log_project, spec.log_store) == ("p", "l")
        assert spec.code_dir == tmp_path / "code" / "trees" / "5"
        assert (spec.account_id, spec.region) == ("1", "local")
        assert (spec.access_key_id, spec.access_key_secret) == ("id", "secret")

    def test_optional_fields_of_the_function(self, run, pools):
        fields = {
            "initializer": "m.i",
            "initializationTimeout": 9,
            "environmentVariables": {"A": "b"},
        }

        async def test(bench):
            bench.store.put(FUNCTION, ("s", "f"), {**FUNCTION_DOCUMENT, **fields})
            await bench.invocations.invoke(("s", "f"), "r", b"")

        run(test)

        spec = pools.calls[0][0]
        assert (spec.initializer, spec.initialization_timeout) == ("m.i", 9)
        assert spec.environment_variables == {"A": "b"}

    @pytest.mark.parametrize("changed", [SERVICE, FUNCTION])
    def test_the_version_changes_with_function_and_service(self, run, pools, changed):
        async def test(bench):
            await bench.invocations.invoke(("s", "f"), "r", b"")
            await bench.invocations.invoke(("s", "f"), "r", b"")
            key = ("s", "f")[: len(changed.keys)]
            bench.store.put(changed, key, bench.store.get(changed, key).document)
            await bench.invocations.invoke(("s", "f"), "r", b"")

        run(test)

        first, second, third = (spec.version for spec, _, _ in pools.calls)
        assert first == second != third

    def test_the_log_is_kept(self, run, pools):
        async def logging(_spec, _event):
            return outcome(log=b"caf\xc3\xa9 \xff\n")

        pools.behaviour = logging

        async def test(bench):
            await bench.invocations.invoke(("s", "f"), "r-1", b"")

        bench = run(test)

        (entry,) = read_logs(bench.path, "s")
        assert (entry.function, entry.request_id) == ("f", "r-1")
        assert entry.text == "café \ufffd\n"
        assert abs(entry.time - time.time()) < 10


class TestQueue:
    def test_each_accepted_one_runs_once(self, run, pools):
        async def test(bench):
            bench.enqueue(b"1", b"2", b"3")
            await bench.invocations.drain()

        bench = run(test)

        assert sorted(pools.events) == [b"1", b"2", b"3"]
        assert [entry.request_id for entry in read_logs(bench.path, "s")] == ["r-1", "r-2", "r-3"]

    def test_they_begin_in_the_order_of_acceptance(self, run, pools):
        async def test(bench):
            bench.enqueue(*(b"%d" % number for number in range(20)))
            await bench.invocations.drain()

        run(test, RetrySettings(concurrency=1))

        assert pools.events == [b"%d" % number for number in range(20)]

    def test_not_more_run_at_a_time_than_may(self, run, pools):
        async def slow(_spec, _event):
            await asyncio.sleep(0.01)
            return outcome()

        pools.behaviour = slow

        async def test(bench):
            bench.enqueue(*(b"%d" % number for number in range(12)))
            await bench.invocations.drain()

        run(test)

        assert pools.most_running == 4
        assert len(pools.calls) == 12

    def test_a_slow_function_does_not_delay_others(self, run, pools):
        ran_g = asyncio.Event()

        async def slow_f(spec, _event):
            if spec.function_name == "f":
                await asyncio.sleep(60)
            ran_g.set()
            return outcome()

        pools.behaviour = slow_f

        async def test(bench):
            bench.store.put(FUNCTION, ("s", "g"), FUNCTION_DOCUMENT)
            bench.enqueue(*(b"%d" % number for number in range(9)))
            bench.enqueue(b"g", function="g")
            await ran_g.wait()

        run(test)

        assert b"g" in pools.events

    def test_a_failed_one_is_tried_three_times_with_growing_delays(self, run, pools):
        times = []

        async def failing_at(spec, event):
            times.append(time.monotonic())
            return await failing(spec, event)

        pools.behaviour = failing_at

        async def test(bench):
            bench.enqueue(b"1")
            await bench.invocations.drain()

        run(test, RetrySettings(base_delay=0.05))

        assert len(times) == 3
        assert times[1] - times[0] >= 0.045
        assert times[2] - times[1] >= 0.09

    def test_one_that_succeeds_is_not_tried_again(self, run, pools):
        results = [failing, echo]

        async def then(spec, event):
            return await results.pop(0)(spec, event)

        pools.behaviour = then

        async def test(bench):
            bench.enqueue(b"1")
            await bench.invocations.drain()

        run(test)

        assert len(pools.calls) == 2

    def test_the_number_of_attempts_is_settable(self, run, pools):
        pools.behaviour = failing

        async def test(bench):
            bench.enqueue(b"1")
            await bench.invocations.drain()

        run(test, RetrySettings(attempts=1))

        assert len(pools.calls) == 1

    def test_no_free_instance_uses_up_no_attempt(self, run, pools):
        results = [exhausted, exhausted, failing, exhausted, failing, failing]

        async def then(spec, event):
            return await results.pop(0)(spec, event)

        async def test(bench):
            pools.behaviour = then
            bench.enqueue(b"1")
            await bench.invocations.drain()

        run(test)

        assert results == []

    def test_an_error_of_ours_is_logged_and_an_attempt(self, run, pools, caplog):
        async def broken(_spec, _event):
            raise ZeroDivisionError

        pools.behaviour = broken

        async def test(bench):
            bench.enqueue(b"1")
            await bench.invocations.drain()

        run(test)

        assert len(pools.calls) == 3
        assert "r-1" in caplog.text

    def test_a_delayed_one_waits(self, run, pools):
        async def test(bench):
            start = time.monotonic()
            bench.enqueue(b"late", delay=0.1)
            bench.enqueue(b"soon")
            await bench.invocations.drain()
            assert time.monotonic() - start >= 0.095

        run(test)

        assert pools.events == [b"soon", b"late"]

    def test_the_function_runs_as_it_is_when_its_turn_comes(self, run, pools):
        async def test(bench):
            bench.enqueue(b"1", delay=0.05)
            bench.store.put(FUNCTION, ("s", "f"), {**FUNCTION_DOCUMENT, "handler": "m.new"})
            await bench.invocations.drain()

        run(test)

        assert pools.calls[0][0].handler == "m.new"

    def test_a_deleted_function_takes_its_queue_along(self, run, pools):
        async def test(bench):
            bench.enqueue(b"1", delay=5)
            drained = asyncio.create_task(bench.invocations.drain())
            await asyncio.sleep(0)
            bench.store.cancel(("s", "f"))
            bench.invocations.retire(("s", "f"))
            await drained

        run(test)

        assert pools.calls == []
        assert pools.retired == [("s", "f")]

    def test_one_that_is_just_starting_ends_with_its_function(self, run, pools, caplog):
        async def test(bench):
            bench.enqueue(b"1")
            bench.store.delete(FUNCTION, ("s", "f"))
            bench.store.cancel(("s", "f"))
            await asyncio.sleep(0.02)

        run(test)

        assert pools.calls == []
        assert caplog.text == ""

    def test_one_that_runs_while_its_function_is_deleted_is_not_tried_again(self, run, pools):
        async def slow_failure(spec, event):
            await asyncio.sleep(0.05)
            return await failing(spec, event)

        pools.behaviour = slow_failure

        async def test(bench):
            bench.enqueue(b"1")
            await asyncio.sleep(0.02)
            bench.store.cancel(("s", "f"))
            await asyncio.sleep(0.15)

        run(test)

        assert len(pools.calls) == 1

    def test_what_is_left_at_the_end_runs_after_a_restart(self, run, pools):
        async def endless(_spec, _event):
            await asyncio.sleep(60)
            return outcome()

        async def leave(bench):
            pools.behaviour = endless
            bench.enqueue(*(b"%d" % number for number in range(6)))
            await asyncio.sleep(0.02)

        async def resume(bench):
            await bench.invocations.drain()

        run(leave)
        assert pools.closed == 1
        pools.behaviour = echo
        pools.calls.clear()
        run(resume)

        assert sorted(pools.events) == [b"%d" % number for number in range(6)]

    def test_attempts_survive_a_restart(self, run, pools):
        pools.behaviour = failing

        async def leave(bench):
            bench.enqueue(b"1")
            await asyncio.sleep(0.02)

        async def resume(bench):
            await bench.invocations.drain()

        run(leave, RetrySettings(base_delay=0.2))
        assert len(pools.calls) == 1
        run(resume, RetrySettings(base_delay=0.01))

        assert len(pools.calls) == 3

    def test_drain_returns_at_once_where_nothing_is_queued(self, run):
        async def test(bench):
            await bench.invocations.drain()

        run(test)


async def exhausted(_spec, _event):
    raise ResourceExhausted("all instances are busy")


class TestSyncReply:
    def test_headers_describe_the_run(self, api):
        api.create_service()
        checksum = api.create_function().json()["codeChecksum"]

        reply = api.invoke(b"\x00\xffevent")

        assert (reply.status_code, reply.content) == (200, b"\x00\xffevent")
        assert reply.headers["Content-Type"] == "application/octet-stream"
        assert reply.headers["X-Fc-Invocation-Duration"] == "13"
        assert reply.headers["X-Fc-Max-Memory-Usage"] == "30.99"
        assert reply.headers["X-Fc-Code-Checksum"] == checksum
        assert reply.headers["X-Fc-Instance-Id"] == "i-1"
        assert reply.headers["X-Fc-Invocation-Service-Version"] == "LATEST"
        assert "X-Fc-Error-Type" not in reply.headers
        assert "X-Fc-Log-Result" not in reply.headers

    def test_the_function_gets_the_replys_request_id(self, api, pools):
        api.create_all()

        reply = api.invoke()

        assert pools.calls[0][1] == reply.headers["X-Fc-Request-Id"]

    def test_a_function_error_has_status_200_and_its_type(self, api, pools):
        pools.behaviour = failing
        api.create_all()

        reply = api.invoke()

        assert reply.status_code == 200
        assert reply.headers["X-Fc-Error-Type"] == "UnhandledInvocationError"
        assert reply.json() == {"errorMessage": "oops"}

    def test_tail_gives_the_last_4_kb_of_the_log(self, api, pools):
        log = b"".join(b"line %d\n" % number for number in range(1000))

        async def chatty(_spec, _event):
            return outcome(log=log)

        pools.behaviour = chatty
        api.create_all()

        reply = api.invoke(log="Tail")

        assert base64.b64decode(reply.headers["X-Fc-Log-Result"]) == log[-4096:]

    def test_no_free_instance_is_429(self, api, pools):
        pools.behaviour = exhausted
        api.create_all()

        reply = api.invoke()

        assert reply.status_code == 429
        assert reply.json() == {
            "ErrorCode": "ResourceExhausted",
            "ErrorMessage": "all instances are busy",
        }

    @pytest.mark.parametrize(
        ("headers", "name"),
        [
            ({"type": "sync"}, "X-Fc-Invocation-Type"),
            ({"type": ""}, "X-Fc-Invocation-Type"),
            ({"log": "All"}, "X-Fc-Log-Type"),
            ({"type": "Async", "delay": "3601"}, "X-Fc-Async-Delay"),
            ({"type": "Async", "delay": "-1"}, "X-Fc-Async-Delay"),
            ({"type": "Async", "delay": "1.5"}, "X-Fc-Async-Delay"),
        ],
    )
    def test_a_bad_header_is_named(self, api, pools, headers, name):
        api.create_all()

        reply = api.invoke(**headers)

        assert (reply.status_code, reply.json()["ErrorCode"]) == (400, "InvalidArgument")
        assert name in reply.json()["ErrorMessage"]
        assert pools.calls == []


class TestAsyncReply:
    def test_it_is_202_and_empty_and_the_function_runs(self, api, pools, server):
        api.create_all()

        reply = api.invoke(b"event", type="Async")
        server.thread.drain(5)

        assert (reply.status_code, reply.content) == (202, b"")
        assert pools.calls[0][1:] == (reply.headers["X-Fc-Request-Id"], b"event")

    def test_it_does_not_wait_for_the_function(self, api, pools):
        async def endless(_spec, _event):
            await asyncio.sleep(60)
            return outcome()

        pools.behaviour = endless
        api.create_all()

        assert api.invoke(type="Async").status_code == 202

    def test_the_payload_may_have_128_kb(self, api):
        api.create_all()

        assert api.invoke(bytes(128 * 1024), type="Async").status_code == 202
        refused = api.invoke(bytes(128 * 1024 + 1), type="Async")

        assert (refused.status_code, refused.json()["ErrorCode"]) == (400, "EntityTooLarge")

    def test_a_delayed_one_is_not_due_yet(self, api, pools, server):
        api.create_all()
        api.invoke(type="Async", delay="3600")

        with pytest.raises(TimeoutError, match="1 asynchronous invocations"):
            server.thread.drain(0.05)
        assert pools.calls == []

    def test_deleting_the_function_cancels_it(self, api, pools, server):
        api.create_service()
        api.create_function()
        api.invoke(type="Async", delay="3600")

        assert api.call("DELETE", "/services/s/functions/f").status_code == 204

        server.thread.drain(5)
        assert pools.calls == []

    def test_what_was_accepted_before_a_restart_runs_after_it(self, tmp_path):
        pools = FakePools()
        settings = Settings(make_pools=lambda _: pools)
        with Server(settings, tmp_path) as server:
            server.api.create_all()
            server.api.invoke(b"later", type="Async", delay="1")
        assert pools.calls == []

        with Server(settings, tmp_path) as server:
            server.thread.drain(5)

        assert pools.events == [b"later"]
