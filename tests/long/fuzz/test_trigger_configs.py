"""Any trigger configuration: taken or refused, and what is taken can be lived with."""

import json
import time
from datetime import datetime, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fc_client import triggers
from fc_client.local.dispatch.trigger_configs import InvalidTriggerError, OSSConfig, TimerConfig
from fuzz.attack import FUNCTION, JSON_VALUES, WORDS, more_cases, wild_json

TRIGGERS = f"{FUNCTION}/triggers"

# The longest that a search for the next time may take, in seconds.
_QUICK = 1.0

NUMBERS = st.integers(0, 70).map(str) | st.sampled_from(["MON", "sun", "JAN", "2099", "-1", "L"])
PARTS = st.one_of(
    NUMBERS,
    st.just("*"),
    st.just("?"),
    st.tuples(NUMBERS, NUMBERS).map("-".join),
    st.tuples(st.sampled_from(["*", "0", "5-9"]), NUMBERS).map("/".join),
    st.tuples(NUMBERS, st.sampled_from(["#", "L", "W", "C"]), NUMBERS).map("".join),
    st.sampled_from(["LW", "FRI#5", "MON#2", "29", "30", "31", "5L", "L-3", "*/0", "1,2,3", ","]),
)
FIELDS = PARTS | st.lists(PARTS, min_size=1, max_size=3).map(",".join)
CRON = st.one_of(
    st.lists(FIELDS, min_size=6, max_size=6).map(" ".join),
    # Days that are seldom or never: the search is longest for these.
    st.tuples(st.just("0 0 0"), PARTS, PARTS, PARTS).map(" ".join),
    st.lists(FIELDS, max_size=8).map(" ".join),
    st.text(max_size=20),
)
EVERY = st.one_of(
    st.tuples(st.integers(0, 10**7), st.sampled_from("hmsd")).map(lambda p: f"@every {p[0]}{p[1]}"),
    st.from_regex(r"\A@every ([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?\Z"),
    st.sampled_from(["@every 999999h999999m999999s", "@every ²s", "@every 1s\n", "@reboot"]),
)
EXPRESSIONS = CRON | EVERY
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)).map(  # noqa: DTZ001 - below
    lambda moment: moment.replace(tzinfo=timezone.utc)
)


def shaken(configs: st.SearchStrategy) -> st.SearchStrategy:
    """Return configurations whose fields may be anything, and which may be none."""
    wild = st.dictionaries(WORDS, JSON_VALUES, max_size=3)
    return configs | st.tuples(configs, wild).map(lambda pair: {**pair[0], **pair[1]}) | JSON_VALUES


TIMERS = st.fixed_dictionaries(
    {"cronExpression": EXPRESSIONS | JSON_VALUES},
    optional={"payload": JSON_VALUES, "enable": st.booleans() | JSON_VALUES},
)
OSS = st.fixed_dictionaries(
    {
        "events": st.lists(
            st.sampled_from(["oss:ObjectCreated:*", "oss:Object[", "oss:Object*", "x"]) | WORDS,
            max_size=3,
        )
    },
    optional={
        "filter": st.fixed_dictionaries(
            {}, optional={"key": st.dictionaries(st.sampled_from(["prefix", "suffix"]), WORDS)}
        )
        | JSON_VALUES,
        "enable": st.booleans() | JSON_VALUES,
    },
)
LOGS = st.dictionaries(
    st.sampled_from(["sourceConfig", "jobConfig", "functionParameter", "logConfig", "enable"]),
    JSON_VALUES,
)
CONFIGS = {"timer": TIMERS, "oss": OSS, "logs": LOGS}
ARNS = WORDS | st.sampled_from(
    ["acs:oss:cn-shanghai:1:bucket", "acs:oss:::bucket", "acs:oss:::../x", "acs:oss:::b\n", "a:b"]
)


class TestThroughTheAPI:
    @pytest.mark.parametrize("kind", CONFIGS)
    @given(data=st.data())
    def test_life_of_a_trigger(self, target, kind, data):
        # All at first: a draw may end the case, and the trigger would stay.
        first, second = data.draw(shaken(CONFIGS[kind])), data.draw(shaken(CONFIGS[kind]))
        arn, role = data.draw(ARNS), data.draw(WORDS)
        fields = {"triggerName": "new", "triggerType": kind, "triggerConfig": first}
        extras = {"sourceArn": arn, "invocationRole": "r"}

        made = target.call("POST", TRIGGERS, wild_json({**fields, **extras}))
        changes = {"triggerConfig": second, "invocationRole": role}
        changed = target.call("PUT", f"{TRIGGERS}/new", wild_json(changes))
        listed = target.call("GET", TRIGGERS)
        deleted = target.call("DELETE", f"{TRIGGERS}/new")

        assert made.status in (200, 400)
        assert changed.status in ((200, 400) if made.status == 200 else (404,))
        names = [trigger["triggerName"] for trigger in listed.json()["triggers"]]
        assert names == (["new", "t"] if made.status == 200 else ["t"])
        assert deleted.status == (204 if made.status == 200 else 404)
        target.assert_unharmed()

    @given(EXPRESSIONS)
    def test_a_timer_that_is_on(self, target, expression):
        """It is planned at once, and fires meanwhile."""
        config = {"cronExpression": expression, "enable": True}
        fields = {"triggerName": "new", "triggerType": "timer", "triggerConfig": config}

        made = target.call("POST", TRIGGERS, json.dumps(fields).encode())
        target.assert_unharmed()

        deleted = target.call("DELETE", f"{TRIGGERS}/new")
        assert (made.status, deleted.status) in ((200, 204), (400, 404))


class TestNextAfter:
    @more_cases(10)
    @given(EXPRESSIONS, MOMENTS)
    @example("0 0 0 29 2 MON", datetime(2026, 3, 1, tzinfo=timezone.utc))
    @example("0 0 0 30 2 *", datetime(2026, 3, 1, tzinfo=timezone.utc))
    @example("59 59 23 31 12 FRI#5", datetime(2026, 3, 1, tzinfo=timezone.utc))
    def test_ends_quickly_and_goes_on(self, expression, moment):
        started = time.process_time()
        try:
            timer = TimerConfig.parse({"cronExpression": expression})
        except InvalidTriggerError:
            timer = None
        following = moment
        for _ in range(3):
            following = following and timer and timer.next_after(moment)
            assert following is None or following > moment
            moment = following or moment
        assert time.process_time() - started < _QUICK


class TestHelper:
    @more_cases(10)
    @given(EXPRESSIONS)
    @example("0 0 0 L-3 ? MON#2")
    def test_takes_all_that_the_server_takes(self, expression):
        try:
            TimerConfig.parse({"cronExpression": expression})
        except InvalidTriggerError:
            return
        assert triggers.timer(cron=expression)["cronExpression"] == expression


class TestMatches:
    @more_cases(3)
    @given(shaken(OSS), st.text(max_size=10), WORDS)
    def test_ends_and_tells(self, config, event, key):
        try:
            oss = OSSConfig.parse(config if isinstance(config, dict) else {})
        except InvalidTriggerError:
            return
        assert oss.matches(event, key) in (True, False)
