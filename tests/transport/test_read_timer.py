import time

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

    @pytest.mark.parametrize(
        ("sizes", "restarts"),
        [
            ([PROGRESS_BYTES], True),
            ([PROGRESS_BYTES - 1], False),
            ([1] * 100, False),
            ([PROGRESS_BYTES - 1, 1], True),
            ([PROGRESS_BYTES, PROGRESS_BYTES - 1], False),
        ],
    )
    def test_restarts_after_16_kb(self, sizes, restarts):
        timer = ReadTimer(Limits(1, 10))
        for size in sizes[:-1]:
            timer.progress(size)
        time.sleep(0.02)
        before = timer.seconds()
        timer.progress(sizes[-1])
        assert (timer.seconds() > before) is restarts

    def test_restarts_after_the_head(self):
        timer = ReadTimer(Limits(1, 10))
        time.sleep(0.02)
        before = timer.seconds()
        timer.progress(0, head=True)
        assert timer.seconds() > before
