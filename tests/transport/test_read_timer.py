import time
from collections import deque

import pytest

from fc_client._transport.read_timer import PROGRESS_BYTES, ReadTimer
from fc_client.timeouts import Limits


def left_after(timer, step):
    """Take a step; return the seconds that are left after it, and how long both took at most."""
    before = time.monotonic()
    step()
    left = timer.seconds()
    return left, time.monotonic() - before


class TestReadTimer:
    def test_counts_down(self):
        timer = ReadTimer(Limits(1, 1000))
        first = timer.seconds()
        time.sleep(0.02)
        assert 900 < timer.seconds() <= first - 0.02

    def test_ends(self):
        timer = ReadTimer(Limits(1, 0.01))
        time.sleep(0.02)
        with pytest.raises(TimeoutError):
            timer.seconds()

    def test_ends_with_the_deadline(self):
        assert ReadTimer(Limits(1, 1000, time.monotonic() + 200)).seconds() <= 200
        with pytest.raises(TimeoutError):
            ReadTimer(Limits(1, 1000, time.monotonic())).seconds()

    def test_bytes_end_the_silence(self):
        timer = ReadTimer(Limits(1, 1000))
        time.sleep(0.02)
        left, took = left_after(timer, timer.progress)
        assert left >= 1000 - took

    def test_single_bytes_take_five_times_as_long_at_most(self):
        timer = ReadTimer(Limits(1, 0.1))
        started = received = time.monotonic()

        def wait_and_receive():
            nonlocal received
            timer.seconds()
            received = time.monotonic()
            timer.progress()

        with pytest.raises(TimeoutError):
            deque(iter(wait_and_receive, "never"), maxlen=0)
        ended = time.monotonic()
        # It is the silence that ends while the machine stands still.
        assert ended - started >= 0.5 or ended - received >= 0.1
        assert ended - started < 20

    @pytest.mark.parametrize(
        ("sizes", "head", "restarts"),
        [
            ([PROGRESS_BYTES], False, True),
            ([PROGRESS_BYTES - 1], False, False),
            ([1] * 100, False, False),
            ([PROGRESS_BYTES - 1, 1], False, True),
            ([PROGRESS_BYTES, PROGRESS_BYTES - 1], False, False),
            ([0], True, True),
        ],
    )
    def test_restarts_after_16_kb_and_after_the_head(self, sizes, head, restarts):
        timer = ReadTimer(Limits(1, 200), sees_all=False)
        for size in sizes[:-1]:
            timer.progress(size)
        time.sleep(0.02)
        left, took = left_after(timer, lambda: timer.progress(sizes[-1], head=head))
        if restarts:
            assert left >= 1000 - took
        else:
            assert left <= 1000 - 0.02

    def test_silence_may_be_left_to_others(self):
        assert ReadTimer(Limits(1, 100)).seconds() <= 100
        assert ReadTimer(Limits(1, 100), sees_all=False).seconds() > 400

    def test_pause_takes_none_of_the_time(self):
        timer = ReadTimer(Limits(1, 1000))
        before = timer.seconds()
        timer.pause()
        held = timer.seconds()
        time.sleep(0.02)
        timer.pause()
        assert timer.seconds() == held <= before
        left, took = left_after(timer, timer.go_on)
        assert held - took <= left <= held
        timer.go_on()
        assert timer.seconds() <= left

    def test_bytes_in_a_pause_end_the_silence_after_it(self):
        timer = ReadTimer(Limits(1, 1000))
        time.sleep(0.02)
        timer.pause()
        timer.progress()
        assert timer.seconds() == pytest.approx(1000, abs=1e-6)

    def test_deadline_does_not_wait_for_the_end_of_a_pause(self):
        timer = ReadTimer(Limits(1, 1000, time.monotonic() + 0.01))
        timer.pause()
        time.sleep(0.02)
        with pytest.raises(TimeoutError):
            timer.seconds()
