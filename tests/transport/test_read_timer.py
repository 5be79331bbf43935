import time
from collections import deque

import pytest

from fc_client._transport.read_timer import PROGRESS_BYTES, ReadTimer
from fc_client.timeouts import Limits


class TestReadTimer:
    def test_counts_down(self):
        timer = ReadTimer(Limits(1, 10))
        first = timer.seconds()
        time.sleep(0.02)
        assert 9 < timer.seconds() <= first - 0.02

    def test_ends(self):
        timer = ReadTimer(Limits(1, 0.01))
        time.sleep(0.02)
        with pytest.raises(TimeoutError):
            timer.seconds()

    def test_ends_with_the_deadline(self):
        assert ReadTimer(Limits(1, 10, time.monotonic() + 2)).seconds() <= 2
        with pytest.raises(TimeoutError):
            ReadTimer(Limits(1, 10, time.monotonic())).seconds()

    def test_bytes_end_the_silence(self):
        timer = ReadTimer(Limits(1, 0.2))
        time.sleep(0.15)
        timer.progress()
        assert timer.seconds() > 0.15

    def test_single_bytes_take_five_times_as_long_at_most(self):
        timer = ReadTimer(Limits(1, 0.1))
        started = time.monotonic()

        def wait_and_receive():
            timer.seconds()
            timer.progress()

        with pytest.raises(TimeoutError):
            deque(iter(wait_and_receive, "never"), maxlen=0)
        assert 0.5 <= time.monotonic() - started < 5

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
        timer = ReadTimer(Limits(1, 0.02), sees_all=False)
        for size in sizes[:-1]:
            timer.progress(size)
        time.sleep(0.02)
        before = timer.seconds()
        timer.progress(sizes[-1], head=head)
        assert (timer.seconds() > before) is restarts

    def test_silence_may_be_left_to_others(self):
        timer = ReadTimer(Limits(1, 0.02), sees_all=False)
        time.sleep(0.04)
        assert timer.seconds() > 0
