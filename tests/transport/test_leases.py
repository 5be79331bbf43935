import asyncio
import gc
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fc_client._transport.asyncio_connection import ClosedError, Connection
from fc_client._transport.asyncio_origin import TaskPool
from fc_client._transport.connections import Origin
from fc_client._transport.leases import Lease, ThreadPool


class Thing:
    """A resource."""

    def __init__(self):
        self.usable = True
        self.closed = 0

    def is_usable(self):
        return self.usable

    def close(self):
        self.usable = False
        self.closed += 1


class Interrupt(BaseException):
    pass


def acquired(pool, seconds=0):
    """Return a lease with a resource of *pool*."""
    lease = Lease(pool)
    pool.acquire(lease, seconds)
    return lease


class TestLease:
    def test_gives_its_resource_back_once(self):
        pool = ThreadPool(Thing, 1)
        lease = acquired(pool)
        thing = lease.resource
        lease.release()
        again = acquired(pool)
        # This one has ended: it must not end the other.
        lease.release()
        lease.discard()

        assert again.resource is thing
        assert thing.closed == 0
        with pytest.raises(TimeoutError):
            acquired(pool)

    def test_closes_its_resource_once(self):
        pool = ThreadPool(Thing, 1)
        lease = acquired(pool)
        thing = lease.resource
        lease.discard()
        lease.discard()

        assert (thing.closed, lease.resource) == (1, None)
        assert acquired(pool).resource is not thing

    def test_of_nothing_may_end(self):
        lease = Lease(ThreadPool(Thing, 1))
        lease.release()
        lease.discard()
        assert lease.resource is None


class TestPool:
    def test_has_as_many_as_its_size(self):
        pool = ThreadPool(Thing, 3)
        leases = [acquired(pool) for _ in range(3)]

        assert len({id(lease.resource) for lease in leases}) == 3
        assert not pool.try_acquire(Lease(pool))

    def test_gives_the_one_that_was_used_last(self):
        """So that the others are idle, and end, if few are needed."""
        pool = ThreadPool(Thing, 3)
        leases = [acquired(pool) for _ in range(3)]
        things = [lease.resource for lease in leases]
        for lease in leases:
            lease.release()

        assert acquired(pool).resource is things[2]

    def test_replaces_what_cannot_be_used_any_more(self):
        pool = ThreadPool(Thing, 2)
        leases = [acquired(pool) for _ in range(2)]
        things = [lease.resource for lease in leases]
        for lease in leases:
            lease.resource.usable = False
            lease.release()

        replaced = [acquired(pool).resource for _ in range(1)]

        assert replaced[0] not in things
        assert [thing.closed for thing in things] == [1, 1]

    def test_frees_the_place_of_one_that_cannot_be_closed(self):
        class Stubborn(Thing):
            def close(self):
                raise OSError("no")

        pool = ThreadPool(Stubborn, 1)
        lease = acquired(pool)
        with pytest.raises(OSError, match="no"):
            lease.discard()
        acquired(pool)

    def test_frees_the_place_of_one_that_cannot_be_made(self):
        outcomes = [OSError("no"), Thing()]

        def make():
            outcome = outcomes.pop(0)
            if isinstance(outcome, OSError):
                raise outcome
            return outcome

        pool = ThreadPool(make, 1)
        with pytest.raises(OSError, match="no"):
            acquired(pool)
        acquired(pool)

    def test_frees_the_place_of_one_that_is_dropped(self):
        pool = ThreadPool(Thing, 1)
        lease = acquired(pool)
        del lease
        gc.collect()
        acquired(pool)

    def test_closes_idle_ones_now_and_others_when_they_come_back(self):
        pool = ThreadPool(Thing, 2)
        leases = [acquired(pool) for _ in range(2)]
        idle, used = (lease.resource for lease in leases)
        leases[0].release()
        pool.close()
        assert (idle.closed, used.closed) == (1, 0)
        leases[1].release()
        assert (idle.closed, used.closed) == (1, 1)


class TestThreadPool:
    def test_waiting_ends_in_time(self):
        pool = ThreadPool(Thing, 1)
        held = acquired(pool)
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            acquired(pool, 0.12)
        assert 0.12 <= time.monotonic() - started < 20
        held.release()

    @pytest.mark.parametrize("end", [Lease.release, Lease.discard])
    def test_thread_that_waits_is_woken(self, end):
        pool = ThreadPool(Thing, 1)
        held = acquired(pool)
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(acquired, pool, 30)
            time.sleep(0.02)
            end(held)
            assert waiting.result(30).resource is not None

    def test_thread_that_waits_finds_one_without_being_woken(self, monkeypatch):
        """As after an interrupt between giving back and waking."""
        pool = ThreadPool(Thing, 1)
        held = acquired(pool)
        monkeypatch.setattr(pool, "wake", lambda: None)
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(acquired, pool, 60)
            time.sleep(0.02)
            held.release()
            started = time.monotonic()
            assert waiting.result(60).resource is not None
        assert time.monotonic() - started < 20

    def test_hints_do_not_pile_up(self):
        pool = ThreadPool(Thing, 2)
        pool._waiting = 1
        for _ in range(100):
            acquired(pool).release()
        assert pool._hints.qsize() <= 2

    def test_gives_none_to_two_threads(self):
        pool = ThreadPool(Thing, 3)
        using, most = set(), []

        def work(_):
            for _ in range(200):
                lease = acquired(pool, 60)
                assert lease.resource not in using
                using.add(lease.resource)
                most.append(len(using))
                using.discard(lease.resource)
                lease.release() if len(most) % 7 else lease.discard()

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(work, range(8)))
        assert max(most) <= 3
        leases = [acquired(pool) for _ in range(3)]
        assert len({id(lease.resource) for lease in leases}) == 3


class TestInterrupts:
    """An interrupt at each line of code that runs, one after the other.

    Signals come between bytecodes, which is finer; tests/long/faults interrupts calls at random.
    """

    @staticmethod
    def interrupted(use, pool, number, event):
        """Run *use*, and raise at the step with this number; return whether it came to it."""
        steps = 0

        def trace(frame, kind, _):
            nonlocal steps
            if "leases" not in frame.f_code.co_filename:
                return None
            frame.f_trace_opcodes = event == "opcode"
            if kind == event:
                steps += 1
                if steps == number:
                    sys.settrace(None)
                    raise Interrupt
            return trace

        before = sys.gettrace()
        # Python 3.12 reports opcodes only to what begins to trace after the first frame asked.
        sys._getframe().f_trace_opcodes = True
        sys.settrace(trace)
        try:
            use(pool)
        except Interrupt:
            return True
        finally:
            sys.settrace(before)
        return False

    @staticmethod
    def release(pool):
        lease = Lease(pool)
        try:
            pool.acquire(lease, 30)
        finally:
            lease.release()

    @staticmethod
    def discard(pool):
        lease = Lease(pool)
        try:
            pool.acquire(lease, 30)
        finally:
            lease.discard()

    @staticmethod
    def unusable(pool):
        lease = Lease(pool)
        try:
            pool.acquire(lease, 30)
            lease.resource.usable = False
        finally:
            lease.release()

    @pytest.mark.parametrize("size", [1, 2])
    @pytest.mark.parametrize("use", ["release", "discard", "unusable"])
    @pytest.mark.parametrize("event", ["line", "opcode"])
    def test_lose_no_resource(self, size, use, event):
        number = 1
        while True:
            pool = ThreadPool(Thing, size)
            # The second use finds an idle one, or must make another.
            self.release(pool)
            came = self.interrupted(getattr(self, use), pool, number, event)
            assert len(self.acquired_within(pool, size)) == size, f"lost at {event} {number}"
            if not came:
                break
            number += 1
        assert number > 10

    @staticmethod
    def acquired_within(pool, size):
        found = []

        def acquire():
            while pool.try_acquire(lease := Lease(pool)):
                found.append(lease)

        # A lock that was not released would make this wait without end.
        thread = threading.Thread(target=acquire, daemon=True)
        thread.start()
        thread.join(30)
        assert not thread.is_alive(), "the lock was not released"
        return found[: size + 1]


class TestTaskPool:
    """How tasks wait; what is common with threads is tested with leases."""

    @staticmethod
    def pool(size=1):
        return TaskPool(lambda: Connection(Origin("http://h", pytest.fail), 10), size)

    def test_gives_connections_in_the_order_of_the_calls(self):
        async def main():
            pool, order = self.pool(), []
            first = Lease(pool)
            await pool.acquire(first, 30)

            async def use(number):
                lease = Lease(pool)
                await pool.acquire(lease, 30)
                order.append(number)
                lease.release()

            tasks = [asyncio.create_task(use(number)) for number in range(5)]
            await asyncio.sleep(0)
            first.discard()
            await asyncio.gather(*tasks)
            return order

        assert asyncio.run(main()) == [0, 1, 2, 3, 4]

    def test_waiting_ends_in_time(self):
        async def main():
            pool = self.pool()
            await pool.acquire(Lease(pool), 30)
            lease = Lease(pool)
            await pool.acquire(lease, 30)
            with pytest.raises(TimeoutError):
                await pool.acquire(Lease(pool), 0.05)

        started = time.monotonic()
        asyncio.run(main())
        assert 0.05 <= time.monotonic() - started < 20

    def test_cancelled_task_passes_on_what_it_was_woken_for(self):
        async def main():
            pool = self.pool()
            first = Lease(pool)
            await pool.acquire(first, 30)
            tasks = [asyncio.create_task(pool.acquire(Lease(pool), 30)) for _ in range(2)]
            await asyncio.sleep(0)
            first.discard()
            tasks[0].cancel()
            await asyncio.wait_for(tasks[1], 30)
            assert tasks[0].cancelled()

        asyncio.run(main())

    def test_closing_ends_waiting(self):
        async def main():
            pool = self.pool()
            lease = Lease(pool)
            await pool.acquire(lease, 30)
            waiting = asyncio.create_task(pool.acquire(Lease(pool), 30))
            await asyncio.sleep(0)
            pool.close()
            with pytest.raises(ClosedError):
                await waiting
            assert not lease.resource.is_usable()

        asyncio.run(main())
