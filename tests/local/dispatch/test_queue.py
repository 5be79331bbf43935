from __future__ import annotations

import asyncio
import time

from local.execution_support import wait_until_async
from local.invocation_support import FUNCTION_DOCUMENT
from local.support import echo, failing, outcome

from fc_client.local.dispatch.invocations import RetrySettings
from fc_client.local.execution.function_spec import ResourceExhausted
from fc_client.local.storage.reading import read_logs
from fc_client.local.storage.schema import FUNCTION, FunctionKey, FunctionVersion


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
            await bench.invocations.drain()
            assert time.monotonic() - start >= 0.095

        run(test)

        assert pools.events == [b"late"]

    def test_a_delayed_one_does_not_delay_others(self, run, pools):
        async def test(bench):
            bench.enqueue(b"late", delay=60)
            bench.enqueue(b"soon")
            assert await wait_until_async(lambda: bench.invocations.queued() == 1)

        run(test)

        assert pools.events == [b"soon"]

    def test_a_delayed_one_runs_though_another_comes_when_it_is_due(self, run, pools):
        async def test(bench):
            bench.store.put(FUNCTION, ("s", "g"), FUNCTION_DOCUMENT)
            bench.enqueue(b"late", delay=0.02)
            # The event loop is busy until then.
            time.sleep(0.03)  # noqa: ASYNC251
            bench.enqueue(b"soon", function="g")
            await bench.invocations.drain()

        run(test)

        assert sorted(pools.events) == [b"late", b"soon"]

    def test_the_function_runs_as_it_is_when_its_turn_comes(self, run, pools):
        async def test(bench):
            bench.enqueue(b"1", delay=0.05)
            bench.store.put(FUNCTION, ("s", "f"), {**FUNCTION_DOCUMENT, "handler": "m.new"})
            await bench.invocations.drain()

        run(test)

        assert pools.calls[0][0].handler == "m.new"

    def test_a_deleted_function_takes_its_queue_along(self, run, pools):
        async def test(bench):
            bench.enqueue(b"1", delay=60)
            drained = asyncio.create_task(bench.invocations.drain())
            await asyncio.sleep(0)
            bench.store.cancel(FunctionKey("s", "f"))
            bench.invocations.retire(FunctionVersion("s", "f"))
            await drained

        run(test)

        assert pools.calls == []
        assert pools.retired == [("s", "f", "")]

    def test_one_that_is_just_starting_ends_with_its_function(self, run, pools, caplog):
        async def test(bench):
            bench.enqueue(b"1")
            bench.store.delete(FUNCTION, ("s", "f"))
            bench.store.cancel(FunctionKey("s", "f"))
            await asyncio.sleep(0.02)

        run(test)

        assert pools.calls == []
        assert caplog.text == ""

    def test_one_that_runs_while_its_function_is_deleted_is_not_tried_again(self, run, pools):
        started, cancelled = asyncio.Event(), asyncio.Event()

        async def slow_failure(spec, event):
            started.set()
            await cancelled.wait()
            return await failing(spec, event)

        pools.behaviour = slow_failure

        async def test(bench):
            bench.enqueue(b"1")
            await started.wait()
            bench.store.cancel(FunctionKey("s", "f"))
            cancelled.set()
            await asyncio.sleep(0.1)

        run(test)

        assert len(pools.calls) == 1

    def test_what_is_left_at_the_end_runs_after_a_restart(self, run, pools):
        async def endless(_spec, _event):
            await asyncio.sleep(60)
            return outcome()

        async def leave(bench):
            pools.behaviour = endless
            bench.enqueue(*(b"%d" % number for number in range(6)))
            assert await wait_until_async(lambda: pools.running == 4)

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
            assert await wait_until_async(lambda: pools.calls)

        async def resume(bench):
            await bench.invocations.drain()

        run(leave, RetrySettings(base_delay=60))
        assert len(pools.calls) == 1
        run(resume, RetrySettings(base_delay=0.01), lambda: time.time() + 60)

        assert len(pools.calls) == 3

    def test_drain_returns_at_once_where_nothing_is_queued(self, run):
        async def test(bench):
            await bench.invocations.drain()

        run(test)


async def exhausted(_spec, _event):
    raise ResourceExhausted("all instances are busy")
