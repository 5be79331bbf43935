"""The configurations of triggers that fc_client.triggers makes."""

import copy
import pickle

import pytest
from support.clients import CLIENTS

from fc_client import Code, LogConfig
from fc_client.local import LocalFunctionCompute
from fc_client.local.dispatch.trigger_configs import InvalidTriggerError, TimerConfig
from fc_client.triggers import (
    TriggerConfig,
    cdn_events,
    eventbridge,
    http,
    log,
    mns_topic,
    oss,
    tablestore,
    timer,
)

LOG = LogConfig("own-project", "own-store")

VALID_CRON = [
    "0 0 4 * * *",
    "*/5 * * * * *",
    "0 0,30 9-17 ? * MON-FRI",
    "59 59 23 31 12 7",
    "0 0 0 L * *",
    "0 0 0 * * 1#3",
    "*/10 0-30/5 0 * JAN-MAR *",
    "@every 5m",
    "@every 1h30m",
    "@every 90s",
]
INVALID_CRON = [
    "* * * * *",
    "0 0 4 * * * 2026",
    "60 * * * * *",
    "0 60 * * * *",
    "0 0 24 * * *",
    "0 0 0 0 * *",
    "0 0 0 1-32 * *",
    "0 0 0 * 13 *",
    "0 0 0 * * 8",
    "0 0 0 * * $",
    "0 0 0 * * " + "9" * 20,
    "@daily",
    "@every 0s",
    "@every 5",
    "@every 5d",
    " ",
]


class TestTimer:
    def test_is_the_json_of_the_api(self):
        assert timer(cron="0 0 4 * * *", payload="p", enabled=False) == {
            "cronExpression": "0 0 4 * * *",
            "payload": "p",
            "enable": False,
        }
        assert timer(cron="@every 5m") == {
            "cronExpression": "@every 5m",
            "payload": "",
            "enable": True,
        }

    @pytest.mark.parametrize("cron", VALID_CRON)
    def test_takes_what_the_embedded_server_takes(self, cron):
        assert TimerConfig.parse(timer(cron=cron)).expression == cron

    @pytest.mark.parametrize("cron", INVALID_CRON)
    def test_refuses_what_the_embedded_server_refuses(self, cron):
        with pytest.raises(InvalidTriggerError):
            TimerConfig.parse({"cronExpression": cron})
        with pytest.raises(ValueError, match=r"^cron: "):
            timer(cron=cron)

    def test_takes_a_time_zone_as_later_versions_of_the_service_do(self):
        cron = "CRON_TZ=Asia/Shanghai 0 0 4 * * *"
        assert timer(cron=cron)["cronExpression"] == cron

    @pytest.mark.parametrize(
        ("arguments", "kind", "message"),
        [
            ({"cron": "* * * * *"}, ValueError,
             r"^cron: '\* .*' has 5 fields, expected 6: second minute hour day month weekday$"),
            ({"cron": "0 0 24 * * *"}, ValueError,
             r"^cron: '0 0 24 \* \* \*': '24' is not a valid hour; it has numbers from 0 to 23, "),
            ({"cron": 5}, TypeError, "^cron: expected a str, got int"),
            ({"cron": ""}, ValueError, "^cron: must not be empty"),
            ({"payload": {"a": 1}}, TypeError, "^payload: expected a str, got dict"),
            ({"payload": None}, TypeError, "^payload: expected a str, got None"),
            ({"enabled": 1}, TypeError, "^enabled: expected a bool, got int"),
        ],
    )  # fmt: skip
    def test_wrong_arguments_are_named(self, arguments, kind, message):
        with pytest.raises(kind, match=message):
            timer(**{"cron": "@every 5m", **arguments})


class TestOSS:
    def test_is_the_json_of_the_api(self):
        config = oss(events=("oss:ObjectCreated:*",), prefix="in/", suffix=".jpg")
        assert config == {
            "events": ["oss:ObjectCreated:*"],
            "filter": {"key": {"prefix": "in/", "suffix": ".jpg"}},
        }

    @pytest.mark.parametrize(
        ("arguments", "kind", "message"),
        [
            ({"events": "oss:ObjectCreated:*"}, TypeError, "^events: expected a list of str"),
            ({"events": None}, TypeError, "^events: expected a list of str, got None"),
            ({"events": [1]}, TypeError, "^events: expected a str, got int"),
            ({"events": []}, ValueError, "^events: must not be empty"),
            ({"events": ["ObjectCreated:*"]}, ValueError, "^events: .*, got 'ObjectCreated"),
            ({"prefix": None}, TypeError, "^prefix: expected a str, got None"),
            ({"suffix": b"a"}, TypeError, "^suffix: expected a str, got bytes"),
        ],
    )  # fmt: skip
    def test_wrong_arguments_are_named(self, arguments, kind, message):
        with pytest.raises(kind, match=message):
            oss(**{"events": ["oss:ObjectCreated:*"], **arguments})


class TestLog:
    def test_is_the_json_of_the_api(self):
        config = log(
            logstore="read",
            log_config=LOG,
            trigger_interval=3,
            max_retry_time=0,
            function_parameter={"a": [1]},
            enabled=False,
        )
        assert config == {
            "sourceConfig": {"logstore": "read"},
            "jobConfig": {"triggerInterval": 3, "maxRetryTime": 0},
            "functionParameter": {"a": [1]},
            "logConfig": {"project": "own-project", "logstore": "own-store"},
            "enable": False,
        }
        assert log(logstore="read", log_config=LOG)["functionParameter"] == {}

    @pytest.mark.parametrize(
        ("arguments", "kind", "message"),
        [
            ({"logstore": ""}, ValueError, "^logstore: must not be empty"),
            ({"log_config": None}, TypeError, "^log_config: expected a mapping, got None"),
            ({"log_config": LogConfig("p")}, ValueError, r"^log_config\.logstore: must not be"),
            ({"log_config": {}}, TypeError, r"^log_config\.project: expected a str, got None"),
            ({"trigger_interval": 2}, ValueError, "^trigger_interval: must be 3 to 600, got 2"),
            ({"trigger_interval": 3.5}, TypeError, "^trigger_interval: expected an int"),
            ({"max_retry_time": 101}, ValueError, "^max_retry_time: must be 0 to 100, got 101"),
            ({"max_retry_time": None}, ValueError, "^max_retry_time: must be 0 to 100, got None"),
            ({"function_parameter": [1]}, TypeError, "^function_parameter: expected a mapping"),
            ({"enabled": None}, TypeError, "^enabled: expected a bool, got None"),
        ],
    )  # fmt: skip
    def test_wrong_arguments_are_named(self, arguments, kind, message):
        with pytest.raises(kind, match=message):
            log(**{"logstore": "read", "log_config": LOG, **arguments})


class TestHTTP:
    def test_is_the_json_of_the_api(self):
        config = http(auth_type="anonymous", methods=["GET", "POST"])
        assert config == {"authType": "anonymous", "methods": ["GET", "POST"]}
        assert http(methods=["GET"])["authType"] == "function"

    @pytest.mark.parametrize(
        ("arguments", "kind", "message"),
        [
            ({"auth_type": "Function"}, ValueError, "^auth_type: must be .*, got 'Function'"),
            ({"auth_type": None}, TypeError, "^auth_type: expected a str, got None"),
            ({"methods": []}, ValueError, "^methods: must not be empty"),
            ({"methods": ["get"]}, ValueError, "^methods: must be of GET, .*, got 'get'"),
            ({"methods": "GET"}, TypeError, "^methods: expected a list of str, got str"),
        ],
    )
    def test_wrong_arguments_are_named(self, arguments, kind, message):
        with pytest.raises(kind, match=message):
            http(**{"methods": ["GET"], **arguments})


class TestMNSTopic:
    def test_is_the_json_of_the_api(self):
        default = {"notifyContentFormat": "STREAM", "notifyStrategy": "BACKOFF_RETRY"}
        assert mns_topic() == default
        assert mns_topic(filter_tag="a", notify_content_format="JSON") == {
            **default,
            "filterTag": "a",
            "notifyContentFormat": "JSON",
        }

    @pytest.mark.parametrize(
        ("arguments", "kind", "message"),
        [
            ({"filter_tag": "x" * 17}, ValueError, "^filter_tag: must have at most 16 .*, got 17"),
            ({"filter_tag": None}, TypeError, "^filter_tag: expected a str, got None"),
            ({"notify_content_format": "XML"}, ValueError, "^notify_content_format: .*, got 'XML'"),
            ({"notify_strategy": "NONE"}, ValueError, "^notify_strategy: must be 'BACKOFF_RETRY'"),
        ],
    )
    def test_wrong_arguments_are_named(self, arguments, kind, message):
        with pytest.raises(kind, match=message):
            mns_topic(**arguments)


class TestCDNEvents:
    def test_is_the_json_of_the_api(self):
        assert cdn_events(event_name="LogFileCreated", filter={"domain": ("d",)}, notes="n") == {
            "eventName": "LogFileCreated",
            "eventVersion": "1.0.0",
            "notes": "n",
            "filter": {"domain": ["d"]},
        }

    @pytest.mark.parametrize(
        ("arguments", "kind", "message"),
        [
            ({"event_name": ""}, ValueError, "^event_name: must not be empty"),
            ({"event_version": None}, TypeError, "^event_version: expected a str, got None"),
            ({"filter": {}}, ValueError, "^filter: must not be empty"),
            ({"filter": ["d"]}, TypeError, "^filter: expected a mapping, got list"),
            ({"filter": {"domain": "d"}}, TypeError, r"^filter\.domain: expected a list of str"),
            ({"filter": {"domain": []}}, ValueError, r"^filter\.domain: must not be empty"),
        ],
    )
    def test_wrong_arguments_are_named(self, arguments, kind, message):
        with pytest.raises(kind, match=message):
            cdn_events(**{"event_name": "e", "filter": {"domain": ["d"]}, **arguments})


class TestTablestore:
    def test_is_the_json_of_the_api(self):
        assert tablestore() == {}


class TestEventBridge:
    def test_is_the_json_of_the_api(self):
        assert eventbridge() == {
            "triggerEnable": True,
            "asyncInvocationType": False,
            "eventRuleFilterPattern": "{}",
            "eventSourceConfig": {"eventSourceType": "Default"},
        }
        assert eventbridge(
            source_type="MNS",
            source_parameters={"sourceMNSParameters": {"QueueName": "q"}},
            filter_pattern={"source": ["acs.oss"]},
            asynchronous=True,
            enabled=False,
        ) == {
            "triggerEnable": False,
            "asyncInvocationType": True,
            "eventRuleFilterPattern": '{"source": ["acs.oss"]}',
            "eventSourceConfig": {
                "eventSourceType": "MNS",
                "eventSourceParameters": {"sourceMNSParameters": {"QueueName": "q"}},
            },
        }

    @pytest.mark.parametrize(
        ("arguments", "kind", "message"),
        [
            ({"source_type": ""}, ValueError, "^source_type: must not be empty"),
            ({"source_parameters": "q"}, TypeError, "^source_parameters: expected a mapping"),
            ({"filter_pattern": "{}"}, TypeError, "^filter_pattern: expected a mapping, got str"),
            ({"asynchronous": None}, TypeError, "^asynchronous: expected a bool, got None"),
            ({"enabled": 1}, TypeError, "^enabled: expected a bool, got int"),
        ],
    )
    def test_wrong_arguments_are_named(self, arguments, kind, message):
        with pytest.raises(kind, match=message):
            eventbridge(**arguments)


class TestTriggerConfig:
    @pytest.mark.parametrize(
        ("config", "trigger_type"),
        [
            (timer(cron="@every 5m"), "timer"),
            (oss(events=["oss:ObjectCreated:*"]), "oss"),
            (log(logstore="read", log_config=LOG), "log"),
            (http(methods=["GET"]), "http"),
            (mns_topic(), "mns_topic"),
            (cdn_events(event_name="LogFileCreated", filter={"domain": ["d"]}), "cdn_events"),
            (tablestore(), "tablestore"),
            (eventbridge(), "eventbridge"),
            (TriggerConfig("rds", {}), "rds"),
        ],
    )
    def test_knows_its_type(self, config, trigger_type):
        assert config.trigger_type == trigger_type

    def test_equals_what_is_the_same(self):
        config = timer(cron="@every 5m")
        assert config == timer(cron="@every 5m")
        assert config == TriggerConfig("timer", dict(config))
        assert dict(config) == config
        assert config != timer(cron="@every 6m")
        assert config != TriggerConfig("other", config)
        assert config != 5
        assert len(config) == 3
        assert len({config, timer(cron="@every 5m"), timer(cron="@every 6m")}) == 2

    def test_is_printed_without_secrets(self):
        config = timer(cron="@every 5m", payload="hunter2")
        assert repr(config) == (
            "TriggerConfig('timer', cronExpression=\"@every 5m\", payload=***, enable=true)"
        )

    def test_names_are_printed_on_one_line(self):
        assert repr(TriggerConfig("other", {"a\nb\x1b": 1})) == (
            "TriggerConfig('other', a b\\x1b=1)"
        )

    def test_cannot_be_changed(self):
        events = ["oss:ObjectCreated:*"]
        config = TriggerConfig("oss", {"events": events})
        events.append("oss:ObjectRemoved:*")
        config["events"].append("oss:ObjectRemoved:*")

        assert config == {"events": ["oss:ObjectCreated:*"]}
        with pytest.raises(AttributeError):
            config.trigger_type = "timer"
        with pytest.raises(TypeError):
            config["events"] = []

    def test_can_be_copied_and_pickled(self):
        config = timer(cron="@every 5m")
        assert copy.deepcopy(config) == pickle.loads(pickle.dumps(config)) == config

    @pytest.mark.parametrize(
        ("trigger_type", "fields", "kind"),
        [("", {}, ValueError), (None, {}, TypeError), ("a", None, TypeError),
         ("a", {"b": {1, 2}}, TypeError), ("a", {"b": float("nan")}, ValueError)],
    )  # fmt: skip
    def test_needs_a_type_and_json(self, trigger_type, fields, kind):
        with pytest.raises(kind):
            TriggerConfig(trigger_type, fields)


class TestInCalls:
    @pytest.mark.parametrize("kind", CLIENTS)
    def test_works_as_a_configuration(self, kind):
        first, second = timer(cron="@every 5m", payload="p"), timer(cron="@every 6m")
        with (
            LocalFunctionCompute() as server,
            CLIENTS[kind](
                server.endpoint,
                access_key_id=server.access_key_id,
                access_key_secret=server.access_key_secret,
            ) as client,
        ):
            code = Code.from_zip(b"PK\x05\x06" + bytes(18))
            client.create_service("s")
            client.create_function("s", "f", runtime="python3", handler="i.h", code=code)
            created = client.create_trigger(
                "s", "f", "t", trigger_type=first.trigger_type, trigger_config=first
            )
            updated = client.update_trigger("s", "f", "t", trigger_config=second)

        assert (created.trigger_type, created.trigger_config) == ("timer", first)
        assert updated.trigger_config == second
