"""Many awaited calls at once, without a network."""

import asyncio
import gc
from itertools import count

import pytest

from fc_client._call.async_fan_out import as_completed, in_order


async def text(number):
    await asyncio.sleep(0)
    return str(number)


async def numbers(*values):
    for value in values:
        yield value


async def all_of(results):
    return [result async for result in results]


class Gate:
    """A call that ends when it is let through, and notes what was begun and cancelled."""

    def __init__(self):
        self.begun, self.cancelled = [], []
        self.open = {number: asyncio.Event() for number in range(50)}

    async def __call__(self, number):
        self.begun.append(number)
        try:
            await self.open[number].wait()
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        return number

    def let(self, *numbers):
        for number in numbers:
            self.open[number].set()


async def settle():
    for _ in range(20):
        await asyncio.sleep(0)


class TestOrder:
    def test_results_come_in_the_order_of_the_payloads(self):
        async def call(number):
            await asyncio.sleep(0.02 if number % 3 == 0 else 0)
            return number

        assert asyncio.run(all_of(in_order(call, range(40), 8))) == list(range(40))

    @pytest.mark.parametrize("payloads", [[], numbers()])
    def test_no_payloads_no_results(self, payloads):
        assert asyncio.run(all_of(in_order(text, payloads, 4))) == []

    def test_payloads_may_be_asynchronous(self):
        assert asyncio.run(all_of(in_order(text, numbers(1, 2, 3), 2))) == ["1", "2", "3"]


class TestLimits:
    def test_any_number_of_calls_may_be_allowed(self):
        """There are no more tasks than payloads need."""
        assert asyncio.run(all_of(in_order(text, range(3), 10**400))) == ["0", "1", "2"]

    def test_no_more_calls_than_wanted_and_as_many_results_wait(self):
        async def main():
            gate, taken = Gate(), []
            results = in_order(gate, (taken.append(n) or n for n in range(50)), 3)
            first = asyncio.create_task(anext(results))
            await settle()
            assert gate.begun == [0, 1, 2]
            gate.let(1, 2, 3, 4, 5)
            await settle()
            assert gate.begun == taken == [0, 1, 2, 3, 4, 5]
            gate.let(0)
            assert await first == 0
            await results.aclose()

        asyncio.run(main())

    def test_result_that_is_ready_does_not_wait_for_slow_payloads(self):
        async def payloads():
            yield 0
            await asyncio.Event().wait()

        async def main():
            results = in_order(text, payloads(), 4)
            assert await asyncio.wait_for(anext(results), 30) == "0"
            await results.aclose()

        asyncio.run(main())


class TestFailures:
    def test_error_comes_in_its_place_and_nothing_starts_after_it(self):
        begun = []

        async def call(number):
            begun.append(number)
            if number == 2:
                raise LookupError("mine")
            return number

        async def main():
            results = in_order(call, range(1000), 1)
            assert [await anext(results), await anext(results)] == [0, 1]
            with pytest.raises(LookupError, match="mine"):
                await anext(results)
            assert await all_of(results) == []
            assert begun == [0, 1, 2]

        asyncio.run(main())

    def test_payload_that_comes_after_a_failure_is_left(self):
        async def main():
            gate, more = Gate(), asyncio.Event()

            async def payloads():
                yield 0
                await more.wait()
                yield 1

            async def call(number):
                await gate(number)
                raise LookupError("mine")

            results = in_order(call, payloads(), 2)
            first = asyncio.create_task(anext(results))
            await settle()
            gate.let(0)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            more.set()
            with pytest.raises(LookupError, match="mine"):
                await first
            assert gate.begun == [0]

        asyncio.run(main())

    def test_payloads_that_fail_do_so_in_their_place(self):
        async def payloads():
            yield 0
            yield 1
            raise LookupError("mine")

        async def main():
            results = in_order(text, payloads(), 4)
            assert [await anext(results), await anext(results)] == ["0", "1"]
            with pytest.raises(LookupError, match="mine"):
                await anext(results)

        asyncio.run(main())

    @pytest.mark.parametrize("payloads", ["text", b"bytes", {"a": 1}, 5, None])
    def test_single_payload_is_refused_at_once(self, payloads):
        with pytest.raises(TypeError, match=r"^payloads: expected an iterable of payloads, got "):
            in_order(text, payloads, 2)

    def test_concurrency_is_checked_at_once(self):
        with pytest.raises(ValueError, match=r"^concurrency: "):
            in_order(text, [], 0)


class TestLeavingEarly:
    def test_close_cancels_what_runs(self):
        async def main():
            gate = Gate()
            results = in_order(gate, range(50), 2)
            gate.let(0)
            assert await anext(results) == 0
            await settle()
            await results.aclose()
            assert sorted(gate.begun) == [0, *sorted(gate.cancelled)]
            assert len(asyncio.all_tasks()) == 1

        asyncio.run(main())

    def test_break_leaves_no_task(self):
        async def main():
            async for number in in_order(text, count(), 4):
                if number == "10":
                    break
            gc.collect()
            await settle()
            assert len(asyncio.all_tasks()) == 1

        asyncio.run(main())

    def test_failures_that_nobody_asks_for_are_no_news(self, caplog):
        async def call(number):
            if number:
                raise LookupError("mine")
            return number

        async def main():
            results = in_order(call, range(5), 2)
            await anext(results)
            await settle()
            await results.aclose()

        asyncio.run(main())
        gc.collect()
        assert caplog.records == []


class TestCancelled:
    """A call or the payloads raise CancelledError; the task that takes the results goes on."""

    @staticmethod
    async def cancelled():
        task = asyncio.create_task(asyncio.sleep(10))
        task.cancel()
        await task

    @pytest.mark.parametrize("fan_out", [in_order, as_completed])
    def test_call_ends_the_results(self, fan_out):
        async def call(number):
            if number == 1:
                await self.cancelled()
            return number

        async def take():
            async for _ in fan_out(call, range(5), 2):
                pass

        async def run():
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(take(), 30)

        asyncio.run(run())

    @pytest.mark.parametrize("fan_out", [in_order, as_completed])
    def test_payloads_do_not_end_as_if_they_were_complete(self, fan_out):
        async def payloads():
            yield 0
            await self.cancelled()

        async def take():
            async for _ in fan_out(text, payloads(), 2):
                pass

        async def run():
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(take(), 30)

        asyncio.run(run())
