from datetime import datetime, timezone

import pytest

from fc_client.fcli.times import parse_time, relative

NOW = datetime(2018, 1, 31, 8, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2018-01-31T07:00:00Z", "2018-01-31T07:00:00+00:00"),
        ("2018-01-31 07:00", "2018-01-31T07:00:00+00:00"),
        ("2018-01-31T07:00:00+08:00", "2018-01-31T07:00:00+08:00"),
        ("2018-01-31", "2018-01-31T00:00:00+00:00"),
        ("now", "2018-01-31T08:00:00+00:00"),
        ("10m ago", "2018-01-31T07:50:00+00:00"),
        ("2 hours ago", "2018-01-31T06:00:00+00:00"),
        ("1d", "2018-01-30T08:00:00+00:00"),
    ],
)
def test_parse_time(text, time):
    assert parse_time(text, NOW).isoformat() == time


@pytest.mark.parametrize("text", ["", "yesterday", "10", "10 parsecs ago", "999999999w ago"])
def test_what_is_not_a_time(text):
    with pytest.raises(ValueError, match="is not a time"):
        parse_time(text, NOW)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2018-01-31T08:00:00Z", "now"),
        ("2018-01-31T07:59:59.000+0000", "1 second ago"),
        ("2018-01-31T07:58:00Z", "2 minutes ago"),
        ("2018-01-30T08:00:00Z", "1 day ago"),
        ("2017-11-30T08:00:00Z", "2 months ago"),
        ("2015-01-31T08:00:00Z", "3 years ago"),
        ("not a time", "not a time"),
    ],
)
def test_relative(text, shown):
    assert relative(text, NOW) == shown
