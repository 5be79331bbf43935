from datetime import datetime, timezone

import pytest

from fc_client.local.dispatch.trigger_configs import (
    InvalidTriggerError,
    OSSConfig,
    TimerConfig,
    bucket_of,
    check_trigger,
)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


class TestTimerConfig:
    @pytest.mark.parametrize(
        ("expression", "after", "expected"),
        [
            ("0 5 * * * *", "2018-02-09T05:49:00", "2018-02-09T06:05:00"),
            ("*/10 * * * * *", "2018-02-09T05:49:01", "2018-02-09T05:49:10"),
            ("0 30 18 * * MON-FRI", "2018-02-09T18:30:00", "2018-02-12T18:30:00"),
            ("0 0 4 ? * ?", "2018-02-09T05:49:00", "2018-02-10T04:00:00"),
            ("0 0 0 29 2 *", "2018-02-09T05:49:00", "2020-02-29T00:00:00"),
            ("@every 5m", "2018-02-09T05:49:00", "2018-02-09T05:54:00"),
            ("@every 1h30m10s", "2018-02-09T05:49:00", "2018-02-09T07:19:10"),
        ],
    )
    def test_fires_next(self, expression, after, expected):
        timer = TimerConfig.parse({"cronExpression": expression})

        assert timer.next_after(at(after)) == at(expected)

    @pytest.mark.parametrize(
        "expression",
        [
            "", "* * * * *", "* * * * * * *", "60 * * * * *", "0 0 0 31 2 *", "x 0 0 1 1 *",
            "@every", "@every ", "@every 0s", "@every 5", "@every 5d", "@every -5m", "@hourly",
            "@every 1m1h", "@every 9999999h", None, 5, ["0 5 * * * *"],
            f"{'9' * 5000} * * * * *", f"0 0 0 1 1 {'9' * 5000}", f"@every {'9' * 5000}h",
        ],
    )  # fmt: skip
    def test_rejects_an_expression_and_names_it(self, expression):
        with pytest.raises(InvalidTriggerError, match=r"triggerConfig\.cronExpression"):
            TimerConfig.parse({"cronExpression": expression})

    @pytest.mark.parametrize(("given", "expected"), [(None, True), (True, True), (False, False)])
    def test_is_enabled_by_default(self, given, expected):
        config = {"cronExpression": "@every 1m", "enable": given}

        assert TimerConfig.parse(config).enable is expected

    @pytest.mark.parametrize(("field", "value"), [("enable", "yes"), ("payload", {"a": 1})])
    def test_names_a_field_of_a_wrong_type(self, field, value):
        with pytest.raises(InvalidTriggerError, match=rf"triggerConfig\.{field}: must be"):
            TimerConfig.parse({"cronExpression": "@every 1m", field: value})


class TestOSSConfig:
    @pytest.mark.parametrize(
        ("events", "event", "expected"),
        [
            (["oss:ObjectCreated:*"], "ObjectCreated:PutObject", True),
            (["oss:ObjectCreated:PutObject"], "ObjectCreated:PutObject", True),
            (["oss:ObjectCreated:PostObject"], "ObjectCreated:PutObject", False),
            (["oss:ObjectRemoved:*"], "ObjectCreated:PutObject", False),
            (
                ["oss:ObjectCreated:*", "oss:ObjectRemoved:*"],
                "ObjectRemoved:DeleteObject",
                True,
            ),
        ],
    )
    def test_matches_events(self, events, event, expected):
        assert OSSConfig.parse({"events": events}).matches(event, "a.jpg") is expected

    @pytest.mark.parametrize(
        ("key", "expected"),
        [("image/a.jpg", True), ("image/a.png", False), ("a.jpg", False), ("image/", False)],
    )
    def test_filters_keys(self, key, expected):
        filters = {"key": {"prefix": "image/", "suffix": ".jpg"}}
        config = OSSConfig.parse({"events": ["oss:ObjectCreated:*"], "filter": filters})

        assert config.matches("ObjectCreated:PutObject", key) is expected

    def test_matches_nothing_while_it_is_off(self):
        config = OSSConfig.parse({"events": ["oss:ObjectCreated:*"], "enable": False})

        assert not config.matches("ObjectCreated:PutObject", "a")

    @pytest.mark.parametrize(
        ("config", "field"),
        [
            ({}, "triggerConfig.events"),
            ({"events": []}, "triggerConfig.events"),
            ({"events": "oss:ObjectCreated:*"}, "triggerConfig.events"),
            ({"events": ["ObjectCreated"]}, "triggerConfig.events"),
            ({"events": ["oss:ObjectCreated:*"], "filter": []}, "triggerConfig.filter"),
            (
                {"events": ["oss:ObjectCreated:*"], "filter": {"key": "image/"}},
                "triggerConfig.filter.key",
            ),
            (
                {"events": ["oss:ObjectCreated:*"], "filter": {"key": {"prefix": 1}}},
                "triggerConfig.filter.key.prefix",
            ),
        ],
    )
    def test_rejects_and_names_the_field(self, config, field):
        with pytest.raises(InvalidTriggerError) as caught:
            OSSConfig.parse(config)

        assert caught.value.field == field


class TestBucketOf:
    def test_is_the_end_of_the_arn(self):
        assert bucket_of({"sourceArn": "acs:oss:cn-shanghai:12345:mybucket"}) == "mybucket"

    @pytest.mark.parametrize(
        "arn", ["mybucket", "acs:oss:cn-shanghai:12345:", "acs:oss:a:1:../x", "acs:oss:a:1:a/b"]
    )
    def test_rejects_what_names_no_bucket(self, arn):
        with pytest.raises(InvalidTriggerError, match="sourceArn: must be"):
            bucket_of({"sourceArn": arn})


class TestCheckTrigger:
    def test_takes_any_configuration_of_a_logs_trigger(self):
        check_trigger({"triggerType": "logs", "triggerConfig": {"x": 1}, "sourceArn": "acs:log"})
