from __future__ import annotations

import json

import pytest
from local.support import assert_error

from fc_client.local import LocalFunctionCompute

ENABLED = {"x-fc-enable-eventbridge-trigger": "enable"}
PATH = "/services/s/functions/f/triggers"

FIELDS = {
    "mns_topic": {
        "sourceArn": "acs:mns:cn-shanghai:1:/topics/news",
        "triggerConfig": {"notifyContentFormat": "JSON", "notifyStrategy": "BACKOFF_RETRY"},
    },
    "cdn_events": {
        "sourceArn": "acs:cdn:*:1",
        "triggerConfig": {
            "eventName": "LogFileCreated",
            "eventVersion": "1.0.0",
            "notes": "",
            "filter": {"domain": ["www.example.com"]},
        },
    },
    "tablestore": {
        "sourceArn": "acs:ots:cn-shanghai:1:instance/i/table/t",
        "triggerConfig": {},
    },
    "rds": {
        "sourceArn": "acs:rds:cn-shanghai:1:dbinstance/rm-1",
        "triggerConfig": {"subscriptionObjects": ["db.t"]},
    },
    "eventbridge": {
        "triggerConfig": {
            "triggerEnable": True,
            "asyncInvocationType": False,
            "eventRuleFilterPattern": "{}",
            "eventSourceConfig": {
                "eventSourceType": "MNS",
                "eventSourceParameters": {"sourceMNSParameters": {"QueueName": "q"}},
            },
        },
    },
}


def create(api, kind, name="t", headers=ENABLED, **changes):
    config = {**FIELDS[kind]["triggerConfig"], **changes.pop("triggerConfig", {})}
    fields = {"triggerName": name, "triggerType": kind, "invocationRole": "r", **FIELDS[kind]}
    return api.call("POST", PATH, {**fields, "triggerConfig": config, **changes}, headers=headers)


@pytest.fixture
def function(api):
    api.create_service().raise_for_status()
    api.create_function().raise_for_status()


@pytest.mark.usefixtures("function")
class TestStoredTriggers:
    @pytest.mark.parametrize("kind", FIELDS)
    def test_one_is_shown_as_it_came(self, api, kind):
        create(api, kind).raise_for_status()

        found = api.call("GET", f"{PATH}/t", headers=ENABLED).json()

        assert found["triggerConfig"] == FIELDS[kind]["triggerConfig"]

    def test_keys_may_be_in_pascal_case(self, api):
        config = {"NotifyContentFormat": "STREAM", "notifyContentFormat": None, "FilterTag": "a"}

        reply = create(api, "mns_topic", triggerConfig=config)

        assert reply.json()["triggerConfig"]["filterTag"] == "a"

    @pytest.mark.parametrize(
        ("kind", "changes", "field"),
        [
            ("mns_topic", {"sourceArn": "acs:mns:r:1:/queues/q"}, "sourceArn"),
            ("mns_topic", {"triggerConfig": {"filterTag": "x" * 17}}, "filterTag"),
            ("mns_topic", {"triggerConfig": {"notifyStrategy": "NONE"}}, "notifyStrategy"),
            ("cdn_events", {"triggerConfig": {"eventName": ""}}, "eventName"),
            ("cdn_events", {"triggerConfig": {"eventVersion": 1}}, "eventVersion"),
            ("cdn_events", {"triggerConfig": {"filter": {}}}, "filter"),
            ("cdn_events", {"triggerConfig": {"filter": {"domain": "x"}}}, "filter"),
            ("tablestore", {"sourceArn": "acs:ots:r:1:instance/i"}, "sourceArn"),
            ("tablestore", {"invocationRole": ""}, "invocationRole"),
            ("rds", {"triggerConfig": {"subscriptionObjects": []}}, "subscriptionObjects"),
            ("rds", {"triggerConfig": {"eventFormat": "xml"}}, "eventFormat"),
            ("eventbridge", {"triggerConfig": {"eventSourceConfig": None}}, "eventSourceConfig"),
            ("eventbridge", {"triggerConfig": {"eventSourceConfig": {}}}, "eventSourceType"),
            ("eventbridge", {"triggerConfig": {"triggerEnable": 1}}, "triggerEnable"),
        ],
    )
    def test_invalid_ones_are_refused(self, api, kind, changes, field):
        assert_error(create(api, kind, **changes), 400, "InvalidArgument", field)

    @pytest.mark.parametrize("kind", ["mns_topic", "tablestore"])
    def test_some_types_cannot_be_updated(self, api, kind):
        create(api, kind)

        reply = api.call("PUT", f"{PATH}/t", {"invocationRole": "new"})

        assert_error(reply, 400, "InvalidArgument", "not supported")

    def test_the_event_of_a_cdn_trigger_is_fixed(self, api):
        create(api, "cdn_events")
        config = FIELDS["cdn_events"]["triggerConfig"]

        changed = {"triggerConfig": {**config, "eventName": "CachedObjectsRefreshed"}}
        reply = api.call("PUT", f"{PATH}/t", changed)
        noted = api.call("PUT", f"{PATH}/t", {"triggerConfig": {**config, "notes": "new"}})

        assert_error(reply, 400, "InvalidArgument", "eventName")
        assert noted.json()["triggerConfig"]["notes"] == "new"


@pytest.mark.usefixtures("function")
class TestEventBridgeHeader:
    def test_it_is_required(self, api):
        reply = create(api, "eventbridge", headers={})

        assert_error(reply, 400, "InvalidArgument", "x-fc-enable-eventbridge-trigger")

    def test_without_it_the_trigger_is_not_seen(self, api):
        create(api, "eventbridge").raise_for_status()
        create(api, "mns_topic", "other")

        assert_error(api.call("GET", f"{PATH}/t"), 404, "TriggerNotFound")
        assert_error(api.call("PUT", f"{PATH}/t", {}), 404, "TriggerNotFound")
        assert_error(api.call("DELETE", f"{PATH}/t"), 404, "TriggerNotFound")
        listed = api.call("GET", PATH).json()["triggers"]
        assert [trigger["triggerName"] for trigger in listed] == ["other"]
        assert len(api.call("GET", PATH, headers=ENABLED).json()["triggers"]) == 2

    def test_its_name_cannot_be_used_again(self, api):
        create(api, "eventbridge").raise_for_status()

        assert_error(create(api, "mns_topic", headers={}), 409, "EventBridgeTriggerConflict")

    def test_with_it_its_name_is_in_use(self, api):
        create(api, "eventbridge").raise_for_status()

        assert_error(create(api, "mns_topic"), 409, "TriggerAlreadyExists")

    def test_without_it_the_function_is_not_deleted(self, api):
        create(api, "eventbridge").raise_for_status()
        function = PATH.removesuffix("/triggers")

        reply = api.call("DELETE", function)

        assert_error(reply, 409, "EventBridgeTriggerConflict", "'t'", "enable")
        assert_error(api.call("DELETE", function, headers=ENABLED), 409, "FunctionNotEmpty")

    def test_with_it_the_trigger_is_changed_and_deleted(self, api):
        create(api, "eventbridge").raise_for_status()

        changed = api.call("PUT", f"{PATH}/t", {"description": "new"}, headers=ENABLED)
        deleted = api.call("DELETE", f"{PATH}/t", headers=ENABLED)

        assert (changed.status_code, deleted.status_code) == (200, 204)


class TestFire:
    def test_the_function_gets_the_event(self, make_api):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            api.create_service()
            api.create_function()
            create(api, "mns_topic")

            request_id = fc.fire("s", "f", "t", message="hello")

            fc.drain(20)
            assert request_id in fc.logs("s", "f")

    def test_what_cannot_be_fired_is_an_error(self, make_api):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            api.create_service()
            api.create_function()
            create(api, "rds")

            with pytest.raises(LookupError, match="trigger 's/f/x' does not exist"):
                fc.fire("s", "f", "x")
            with pytest.raises(ValueError, match="rds trigger is not known"):
                fc.fire("s", "f", "t")
            with pytest.raises(TypeError, match=r"^trigger: expected a str, got int"):
                fc.fire("s", "f", 3)

            fc.fire("s", "f", "t", event=json.dumps([1]))
            fc.drain(20)
