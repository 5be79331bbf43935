"""Many calls at once, without a network."""

import subprocess
import sys
import threading
import time
from itertools import count, islice

import pytest
from support.waiting import wait_until

from fc_client._call.fan_out import in_order


def workers():
    return [thread for thread in threading.enumerate() if thread.name == "fc_client-map"]


@pytest.fixture(autouse=True)
def no_threads_stay():
    yield
    wait_until(lambda: not workers())


class Gate:
    """A call that ends when it is let through, and notes what was begun."""

    def __init__(self):
        self.begun = []
        self.open = {number: threading.Event() for number in range(50)}

    def __call__(self, number):
        self.begun.append(number)
        assert self.open[number].wait(30)
        return number

    def let(self, *numbers):
        for number in numbers:
            self.open[number].set()


class TestOrder:
    def test_results_come_in_the_order_of_the_payloads(self):
        def call(number):
            time.sleep(0.02 if number % 3 == 0 else 0)
            return number

        assert list(in_order(call, range(40), 8)) == list(range(40))

    def test_no_payloads_no_results(self):
        assert list(in_order(str, [], 4)) == []

    def test_endless_payloads(self):
        assert list(islice(in_order(str, count(), 3), 5)) == ["0", "1", "2", "3", "4"]


class TestLimits:
    def test_no_more_calls_than_wanted_and_as_many_results_wait(self):
        gate, taken = Gate(), []
        results = in_order(gate, (taken.append(n) or n for n in range(50)), 3)
        thread = threading.Thread(target=lambda: next(results))
        thread.start()
        wait_until(lambda: len(gate.begun) == 3)
        gate.let(1, 2, 3, 4, 5)
        wait_until(lambda: len(gate.begun) == 6)
        assert taken == [0, 1, 2, 3, 4, 5]
        gate.let(*range(50))
        thread.join()
        results.close()

    def test_nothing_is_taken_before_a_result_is_asked_for(self):
        taken = []
        in_order(str, (taken.append(n) for n in range(5)), 2)
        assert taken == []

    def test_result_that_is_ready_does_not_wait_for_slow_payloads(self):
        def payloads():
            yield 0
            # The thread may be late: half a minute in all.
            for number in range(1, 80):
                time.sleep(0.01 * number)
                yield number
            pytest.fail("the first result was ready")

        results = in_order(str, payloads(), 80)
        assert next(results) == "0"
        results.close()


class TestFailures:
    def test_error_comes_in_its_place_and_nothing_starts_after_it(self):
        begun = []

        def call(number):
            begun.append(number)
            if number == 2:
                raise LookupError("mine")
            return number

        results = in_order(call, range(1000), 1)
        assert [next(results), next(results)] == [0, 1]
        with pytest.raises(LookupError, match="mine"):
            next(results)
        assert list(results) == []
        assert begun == [0, 1, 2]

    def test_earlier_calls_still_give_their_results(self):
        begun, queued, dropped = [], threading.Event(), threading.Event()

        class Payload:
            def __init__(self, number):
                self.number = number
                if number == 3:
                    # The one before waits for a thread.
                    queued.set()

            def __del__(self):
                if self.number == 2:
                    # The thread whose call failed did not start this one.
                    dropped.set()

        def call(payload):
            begun.append(payload.number)
            if payload.number == 1:
                assert queued.wait(30)
                raise LookupError("mine")
            assert dropped.wait(30)
            return payload.number

        results = in_order(call, map(Payload, range(50)), 2)
        assert next(results) == 0
        with pytest.raises(LookupError, match="mine"):
            next(results)
        assert sorted(begun) == [0, 1]

    def test_payloads_that_fail_do_so_in_their_place(self):
        def payloads():
            yield 0
            yield 1
            raise LookupError("mine")

        results = in_order(str, payloads(), 4)
        assert [next(results), next(results)] == ["0", "1"]
        with pytest.raises(LookupError, match="mine"):
            next(results)

    @pytest.mark.parametrize(
        "payloads", ["text", b"bytes", {"a": 1}, 5, None, memoryview(b""), bytearray()]
    )
    def test_single_payload_is_refused_at_once(self, payloads):
        with pytest.raises(TypeError, match=r"^payloads: expected an iterable of payloads, got "):
            in_order(str, payloads, 2)

    @pytest.mark.parametrize(
        ("concurrency", "error"),
        [(0, ValueError), (None, ValueError), ("3", TypeError), (True, TypeError)],
    )
    def test_concurrency_is_checked_at_once(self, concurrency, error):
        with pytest.raises(error, match=r"^concurrency: "):
            in_order(str, [], concurrency)


class TestLeavingEarly:
    def test_close_ends_what_has_not_begun(self):
        gate = Gate()
        results = in_order(gate, range(50), 2)
        gate.let(0)
        assert next(results) == 0
        results.close()
        gate.let(*range(50))
        wait_until(lambda: not workers())
        assert len(gate.begun) <= 3

    def test_break_ends_the_threads(self):
        for number in in_order(int, count(), 4):
            if number == 10:
                break
        wait_until(lambda: not workers())

    def test_interpreter_does_not_wait_for_calls(self):
        script = (
            "import time\n"
            "from fc_client._call.fan_out import in_order\n"
            "results = in_order(time.sleep, [0, 60, 60], 3)\n"
            "next(results)\n"
        )
        started = time.monotonic()
        subprocess.run([sys.executable, "-c", script], check=True, timeout=30)
        assert time.monotonic() - started < 20


class TestTooFewThreads:
    """In a process of its own, with a limit of the system."""

    PROGRAM = """
import resource, sys, threading
from fc_client._call.fan_out import as_completed, in_order
# The stack of a thread is larger than all the memory that there may be.
threading.stack_size({stack})
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
names = set()
def call(number):
    names.add(threading.current_thread().name)
    if number == 7:
        raise KeyError(number)
    return number
print(list(in_order(call, range(5), 8)), sorted(as_completed(call, range(5), 8)), len(names))
try:
    list(in_order(call, range(6, 99), 2))
except KeyError as error:
    print(repr(error))
"""

    @pytest.mark.parametrize(("stack", "threads"), [(1 << 31, 1), (400 << 20, None)])
    def test_calls_are_made_with_those_that_start(self, stack, threads):
        done = subprocess.run(
            [sys.executable, "-c", self.PROGRAM.format(stack=stack)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert done.stderr == ""
        results, error = done.stdout.splitlines()
        assert results.startswith("[0, 1, 2, 3, 4] [0, 1, 2, 3, 4] ")
        assert threads is None or results.endswith(f" {threads}")
        assert error == "KeyError(7)"
