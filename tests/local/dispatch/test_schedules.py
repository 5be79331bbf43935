from __future__ import annotations

from datetime import datetime, timezone

import pytest

from fc_client.local.dispatch.schedules import InvalidScheduleError, ScheduledAction, parse_time


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def action(expression, start="2020-10-10T00:00:00Z", end="2020-10-20T00:00:00Z"):
    return ScheduledAction.parse(
        {"target": 3, "startTime": start, "endTime": end, "scheduleExpression": expression}
    )


class TestLastBetween:
    @pytest.mark.parametrize(
        ("expression", "after", "until", "expected"),
        [
            ("at(2020-10-12T08:00:00Z)", "2020-10-12T07:59:59", "2020-10-12T08:00:00", True),
            ("at(2020-10-12T08:00:00Z)", "2020-10-12T08:00:00", "2020-10-12T08:00:01", False),
            ("at(2020-10-12T08:00:00Z)", "2020-10-12T07:00:00", "2020-10-12T07:59:59", False),
            ("at(2020-10-09T08:00:00Z)", "2020-10-09T07:00:00", "2020-10-09T08:59:59", False),
            ("at(2020-10-21T08:00:00Z)", "2020-10-21T07:00:00", "2020-10-21T08:59:59", False),
            ("cron(0 0 8 * * *)", "2020-10-12T07:59:59", "2020-10-12T08:00:00", True),
            ("cron(0 0 8 ? * *)", "2020-10-12T08:00:00", "2020-10-12T20:00:00", False),
            ("cron(0 0 8 * * *)", "2020-10-08T00:00:00", "2020-10-09T20:00:00", False),
            ("cron(0 0 8 * * *)", "2020-10-21T00:00:00", "2020-10-22T20:00:00", False),
        ],
    )
    def test_counts_only_what_is_within(self, expression, after, until, expected):
        moment = action(expression).last_between(at(after), at(until))

        assert (moment is not None) == expected

    def test_is_the_last_one(self):
        moment = action("cron(0 0 8 * * *)").last_between(
            at("2020-10-11T00:00:00"), at("2020-10-14T07:00:00")
        )

        assert moment == at("2020-10-13T08:00:00")


class TestParse:
    @pytest.mark.parametrize(
        ("expression", "field"),
        [
            ("rate(5)", "scheduleExpression"),
            ("at(2020-10-12)", "scheduleExpression"),
            ("cron(* * * * *)", "scheduleExpression"),
            ("cron(61 * * * * *)", "scheduleExpression"),
        ],
    )
    def test_names_the_field(self, expression, field):
        with pytest.raises(InvalidScheduleError) as caught:
            action(expression)

        assert caught.value.field == field

    def test_the_end_is_after_the_start(self):
        with pytest.raises(InvalidScheduleError, match="endTime"):
            action("cron(0 0 8 * * *)", end="2020-10-10T00:00:00Z")

    @pytest.mark.parametrize("value", [None, 5, "2020-10-10", "2020-10-10T10:10:10"])
    def test_times_have_one_form(self, value):
        with pytest.raises(InvalidScheduleError, match="startTime"):
            parse_time("startTime", value)
