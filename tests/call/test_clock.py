"""The clock that dates attempts."""

from datetime import datetime, timedelta, timezone

import pytest

from fc_client import RequestTimeTooSkewedError
from fc_client._call.clock import MAX_CORRECTION_SECONDS, Clock

NOW = datetime(2026, 5, 8, 10, tzinfo=timezone.utc)
DAY = timedelta(seconds=MAX_CORRECTION_SECONDS)


def refusal(seconds):
    """Return the error of a service whose clock is *seconds* ahead."""
    return RequestTimeTooSkewedError("no", server_time=NOW + timedelta(seconds=seconds))


def clock_of(*, secure=True):
    return Clock(secure=secure, wall_time=NOW.timestamp)


class TestCorrect:
    @pytest.mark.parametrize("seconds", [3600, -3600, MAX_CORRECTION_SECONDS])
    def test_takes_the_time_of_the_service(self, seconds):
        clock = clock_of()
        assert clock.correct(refusal(seconds)) is True
        moment = NOW + timedelta(seconds=seconds)
        assert clock.gmt_date() == f"{moment:%a, %d %b %Y %H:%M:%S} GMT"

    @pytest.mark.parametrize("seconds", [86_401, -86_401, 10**9, -(10**9)])
    def test_never_takes_one_that_is_more_than_a_day_off(self, seconds, caplog):
        clock = clock_of()
        assert clock.correct(refusal(seconds)) is False
        assert clock.gmt_date() == "Fri, 08 May 2026 10:00:00 GMT"
        assert "more than a day" in caplog.text

    def test_corrections_do_not_add_up(self):
        clock = clock_of()
        assert [clock.correct(refusal(hours * 3600)) for hours in (20, 24, 25)] == [
            True,
            True,
            False,
        ]
        assert clock.gmt_date() == "Sat, 09 May 2026 10:00:00 GMT"

    @pytest.mark.parametrize("seconds", [0, 59, -59])
    def test_that_change_nothing_are_not_made(self, seconds, caplog):
        assert clock_of().correct(refusal(seconds)) is False
        assert caplog.text == ""

    def test_are_undone_once_this_machines_clock_is_set(self):
        clock = clock_of()
        clock.correct(refusal(3600))
        assert clock.correct(refusal(0)) is True
        assert clock.gmt_date() == "Fri, 08 May 2026 10:00:00 GMT"

    def test_need_a_date(self):
        assert clock_of().correct(RequestTimeTooSkewedError("no")) is False

    @pytest.mark.parametrize("secure", [True, False])
    def test_over_http_come_with_a_warning(self, secure, caplog):
        clock_of(secure=secure).correct(refusal(3600))
        assert ("received over http" in caplog.text) is not secure
