import time

import pytest

from fc_client.timeouts import Limits, Timeout


class TestTimeout:
    def test_defaults_outlast_the_longest_run(self):
        assert Timeout() == Timeout(connect=5, read=610, total=None)

    @pytest.mark.parametrize("name", ["connect", "read", "total"])
    @pytest.mark.parametrize(
        ("value", "error", "message"),
        [
            ("1", TypeError, "expected seconds, got str"),
            (True, TypeError, "expected seconds, got bool"),
            (0, ValueError, "must be above 0 and at most 1000000000 seconds, got 0"),
            (-1.5, ValueError, "must be above 0 .*, got -1.5"),
            (float("nan"), ValueError, "must be above 0 .*, got nan"),
            (float("inf"), ValueError, "must be above 0 .*, got inf"),
            (1e300, ValueError, "must be above 0 .*, got 1e"),
        ],
    )
    def test_checks_what_it_is_given(self, name, value, error, message):
        with pytest.raises(error, match=f"^timeout: {name}: {message}"):
            Timeout(**{name: value})

    @pytest.mark.parametrize("name", ["connect", "read"])
    def test_has_limits_for_connect_and_read(self, name):
        with pytest.raises(TypeError, match=f"^timeout: {name}: expected seconds, got NoneType"):
            Timeout(**{name: None})

    @pytest.mark.parametrize(
        ("value", "timeout"),
        [
            (3, Timeout(3, 3)),
            (0.2, Timeout(0.2, 0.2)),
            ((1, 2.5), Timeout(1, 2.5)),
            ([1, 2], Timeout(1, 2)),
            (Timeout(1, 2, 3), Timeout(1, 2, 3)),
        ],
    )
    def test_is_made_of_a_number_or_a_pair(self, value, timeout):
        assert Timeout.of(value) == timeout

    @pytest.mark.parametrize(
        ("value", "error", "message"),
        [
            (None, TypeError, "^timeout: expected seconds, got NoneType"),
            ("12", TypeError, "^timeout: expected seconds, got str"),
            ((1, None), TypeError, "^timeout: expected seconds, got NoneType"),
            ((1,), ValueError, "^timeout: expected a number or a pair .*, got 1 items"),
            ((1, 2, 3), ValueError, "^timeout: expected a number or a pair .*, got 3 items"),
            ((1, 0), ValueError, "^timeout: must be above 0 .*, got 0"),
        ],
    )
    def test_is_not_made_of_anything_else(self, value, error, message):
        with pytest.raises(error, match=message):
            Timeout.of(value)

    def test_limits_begin_now(self):
        assert Timeout(1, 2).limits() == Limits(1, 2, None)
        before = time.monotonic()
        assert before + 3 <= Timeout(1, 2, 3).limits().deadline <= time.monotonic() + 3


class TestLimits:
    def test_leaves_seconds_as_they_are_without_a_deadline(self):
        assert Limits(1, 2).left(7) == 7

    def test_shortens_them_to_the_deadline(self):
        limits = Limits(1, 2, time.monotonic() + 500)
        assert limits.left(300) == 300
        assert 400 < limits.left(700) <= 500

    def test_ends_with_the_deadline(self):
        with pytest.raises(TimeoutError):
            Limits(1, 2, time.monotonic()).left(7)
