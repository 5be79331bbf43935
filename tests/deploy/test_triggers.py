"""deploy_trigger and async_deploy_trigger, on the embedded server."""

import pytest
import responses
from responses import matchers

from fc_client import (
    Code,
    DeploymentError,
    FunctionNotFoundError,
    InvalidArgumentError,
    LogConfig,
    PreconditionFailedError,
)
from fc_client.deploy import deploy_trigger
from fc_client.triggers import http, log, oss, timer

ZIP = Code.from_zip(b"PK\x05\x06" + bytes(18))
NAMES = ("s", "f", "t")
FAKE = "http://fc.test/2016-08-15/services/s/functions/f/triggers"

HOURLY = timer(cron="@every 1h", payload="p")
UPLOADS = {
    "trigger_config": oss(events=["oss:ObjectCreated:*"], prefix="in/"),
    "source_arn": "acs:oss:cn-shanghai:123456:pictures",
    "invocation_role": "acs:ram::123456:role/fc-oss",
}
OTHER_BUCKET = "acs:oss:cn-shanghai:123456:documents"


@pytest.fixture(autouse=True)
def function(local):
    local.create_service("s")
    local.create_function("s", "f", runtime="python3", handler="i.h", code=ZIP)


class TestDeployTrigger:
    def test_creates_updates_and_leaves_alone(self, deploy, local):
        created = deploy.trigger(*NAMES, trigger_config=HOURLY)
        assert deploy.methods() == ["GET", "POST"]
        again = deploy.trigger(*NAMES, trigger_config=HOURLY)
        assert deploy.methods() == ["GET"]
        updated = deploy.trigger(*NAMES, trigger_config=timer(cron="@every 2h"))
        assert deploy.methods() == ["GET", "PUT"]

        assert (created.action, created.changed) == ("created", ("trigger_type", "trigger_config"))
        assert (again.action, again.changed) == ("unchanged", ())
        assert again.resource.etag == created.resource.etag
        assert (updated.action, updated.changed) == ("updated", ("trigger_config",))
        assert local.get_trigger(*NAMES).trigger_config == timer(cron="@every 2h")
        assert local.get_trigger(*NAMES).etag == updated.resource.etag

    @pytest.mark.parametrize(
        "settings",
        [
            {"trigger_config": HOURLY},
            {"trigger_config": HOURLY, "source_arn": "dummy_arn"},
            UPLOADS,
            {
                "trigger_config": log(logstore="l", log_config=LogConfig("p", "l")),
                "source_arn": "acs:log:cn-shanghai:123456:project/p",
                "invocation_role": "acs:ram::123456:role/fc-log",
            },
        ],
    )
    def test_takes_each_type_of_the_embedded_server(self, deploy, settings):
        deployments = [deploy.trigger(*NAMES, **settings) for _ in range(2)]

        assert [each.action for each in deployments] == ["created", "unchanged"]

    def test_a_plain_mapping_needs_its_type(self, deploy):
        deploy.trigger(*NAMES, trigger_config=HOURLY)
        plain = deploy.trigger(*NAMES, trigger_type="timer", trigger_config=dict(HOURLY))

        assert plain.action == "unchanged"

    def test_a_role_alone_is_updated(self, deploy, local):
        deploy.trigger(*NAMES, **UPLOADS)
        updated = deploy.trigger(*NAMES, **{**UPLOADS, "invocation_role": "acs:ram::1:role/r"})

        assert updated.changed == ("invocation_role",)
        assert local.get_trigger(*NAMES).invocation_role == "acs:ram::1:role/r"

    def test_needs_its_function(self, deploy, local):
        local.delete_function("s", "f")
        with pytest.raises(FunctionNotFoundError):
            deploy.trigger(*NAMES, trigger_config=HOURLY)

    def test_what_the_service_refuses_is_its_error(self, deploy):
        with pytest.raises(InvalidArgumentError, match="sourceArn"):
            deploy.trigger(*NAMES, **{**UPLOADS, "source_arn": "a bucket"})

    @pytest.mark.parametrize(
        ("settings", "kind", "message"),
        [
            ({"trigger_config": {}}, TypeError, "trigger_type: required"),
            ({"trigger_config": None}, TypeError, "trigger_config: expected a mapping"),
            ({"trigger_type": "oss"}, ValueError, "trigger_type: 'oss' does not match"),
            ({"trigger_type": "", "trigger_config": {}}, ValueError, "trigger_type: must not be"),
            ({"source_arn": 5}, TypeError, "source_arn: expected a str"),
            ({"invocation_role": 5}, TypeError, "invocation_role: expected a str"),
            ({"replace": "yes"}, TypeError, "replace: expected a bool"),
            ({"dry_run": None}, TypeError, "dry_run: expected a bool"),
        ],
    )
    def test_bad_setting_is_named_before_anything_is_sent(self, deploy, settings, kind, message):
        with pytest.raises(kind, match=f"^{message}"):
            deploy.trigger(*NAMES, **{"trigger_config": HOURLY, **settings})
        assert deploy.methods() == []


class TestComparison:
    """With replies of a service that stores a configuration in its own way."""

    @pytest.mark.parametrize(
        ("stored", "config", "changed"),
        [
            ({"events": ["oss:ObjectCreated:*"], "filter": {"key": {"prefix": "in/"}}},
             UPLOADS["trigger_config"], ()),
            ({"events": ["oss:ObjectCreated:*"]}, oss(events=["oss:ObjectCreated:*"]), ()),
            ({"events": ["oss:ObjectCreated:*"], "filter": {"key": {"prefix": "a"}}},
             oss(events=["oss:ObjectCreated:*"]), ("trigger_config",)),
            ({"events": ["a"], "more": "m"}, {"events": ("a",)}, ("trigger_config",)),
            ({"events": ["a"], "more": {}}, {"events": ("a",)}, ()),
            ({"enable": False}, {"enable": True}, ("trigger_config",)),
            ({"enable": False}, {}, ("trigger_config",)),
            ({"enable": 1}, {"enable": True}, ("trigger_config",)),
            ({"enable": True}, {"enable": True}, ()),
            ({"interval": 60.0}, {"interval": 60}, ()),
            ({"values": [0]}, {"values": [False]}, ("trigger_config",)),
            ({"functionParameter": {}}, {"functionParameter": {"a": ""}}, ("trigger_config",)),
            ({"functionParameter": {"a": None}}, {"functionParameter": {}}, ("trigger_config",)),
            ({"functionParameter": {"a": []}}, {"functionParameter": {"a": {}}},
             ("trigger_config",)),
            ({"functionParameter": {}}, {}, ()),
            (None, {}, ()),
        ],
    )  # fmt: skip
    def test_sends_what_differs(self, client, stored, config, changed):
        trigger = {"triggerName": "t", "triggerType": "oss", "triggerConfig": stored}
        with responses.mock as fakes:
            fakes.get(f"{FAKE}/t", json=trigger, headers={"ETag": "e1"})
            fakes.put(
                f"{FAKE}/t", json=trigger, match=[matchers.header_matcher({"If-Match": "e1"})]
            )
            deployed = deploy_trigger(client, *NAMES, trigger_type="oss", trigger_config=config)

            assert deployed.changed == changed
            assert len(fakes.calls) == 1 + len(changed)

    def test_a_type_that_the_embedded_server_lacks(self, client):
        config = {"authType": "function", "methods": ["GET"]}
        trigger = {"triggerName": "t", "triggerType": "http", "triggerConfig": config}
        body = matchers.json_params_matcher(trigger)
        with responses.mock as fakes:
            missing = {"ErrorCode": "TriggerNotFound", "ErrorMessage": "no"}
            fakes.get(f"{FAKE}/t", json=missing, status=404)
            fakes.post(FAKE, json=trigger, match=[body])
            deployed = deploy_trigger(client, *NAMES, trigger_config=http(methods=["GET"]))

        assert deployed.action == "created"


class TestReplace:
    def test_another_type_is_refused_with_what_to_do(self, deploy):
        deploy.trigger(*NAMES, trigger_config=HOURLY)
        deploy.methods()

        with pytest.raises(DeploymentError) as caught:
            deploy.trigger(*NAMES, **UPLOADS)

        assert str(caught.value) == (
            "trigger s/f/t cannot be updated: trigger_type is 'timer', not 'oss'; "
            "source_arn is None, not 'acs:oss:cn-shanghai:123456:pictures'; "
            "pass replace=True to delete the trigger and create it again"
        )
        assert caught.value.deleted is None
        assert deploy.methods() == ["GET"]

    def test_another_source_keeps_the_role(self, deploy, local):
        deploy.trigger(*NAMES, **UPLOADS)
        deploy.methods()

        replaced = deploy.trigger(
            *NAMES,
            trigger_config=UPLOADS["trigger_config"],
            source_arn=OTHER_BUCKET,
            replace=True,
        )

        assert deploy.methods() == ["GET", "DELETE", "POST"]
        assert (replaced.action, replaced.changed) == ("replaced", ("source_arn",))
        stored = local.get_trigger(*NAMES)
        assert (stored.source_arn, stored.invocation_role) == (
            OTHER_BUCKET,
            UPLOADS["invocation_role"],
        )

    def test_another_type_keeps_nothing(self, deploy, local):
        deploy.trigger(*NAMES, **UPLOADS)
        replaced = deploy.trigger(*NAMES, trigger_config=HOURLY, replace=True)

        assert replaced.changed == ("trigger_type", "trigger_config")
        stored = local.get_trigger(*NAMES)
        assert (stored.trigger_type, stored.source_arn) == ("timer", None)
        assert stored.invocation_role == ""

    def test_what_can_be_updated_is_updated(self, deploy):
        deploy.trigger(*NAMES, **UPLOADS)
        deploy.methods()
        config = oss(events=["oss:ObjectRemoved:*"])

        updated = deploy.trigger(*NAMES, **{**UPLOADS, "trigger_config": config}, replace=True)

        assert updated.action == "updated"
        assert deploy.methods() == ["GET", "PUT"]

    def test_failure_after_the_deletion_says_so(self, deploy, local):
        deploy.trigger(*NAMES, **UPLOADS)

        with pytest.raises(DeploymentError) as caught:
            deploy.trigger(*NAMES, **{**UPLOADS, "source_arn": "a bucket"}, replace=True)

        assert str(caught.value).startswith(
            "trigger s/f/t was deleted, but could not be created again: CreateTrigger failed: 400"
        )
        assert isinstance(caught.value.__cause__, InvalidArgumentError)
        assert caught.value.deleted.source_arn == UPLOADS["source_arn"]
        assert list(local.iter_triggers("s", "f")) == []
        assert deploy.trigger(*NAMES, **UPLOADS).action == "created"


class TestRaces:
    """Others change the trigger between the requests of a deployment."""

    def test_updated_by_others_before_the_update(self, deploy, local):
        deploy.trigger(*NAMES, trigger_config=HOURLY)
        deploy.methods()
        deploy.before(
            "PUT", lambda: local.update_trigger(*NAMES, trigger_config=timer(cron="@every 3h"))
        )

        updated = deploy.trigger(*NAMES, trigger_config=timer(cron="@every 2h"))

        assert deploy.methods() == ["GET", "PUT", "GET", "PUT"]
        assert updated.changes[0].before == timer(cron="@every 3h")
        assert local.get_trigger(*NAMES).trigger_config == timer(cron="@every 2h")

    def test_that_never_end_are_given_up(self, deploy, local):
        deploy.trigger(*NAMES, trigger_config=HOURLY)
        deploy.methods()

        def change():
            local.update_trigger(*NAMES, trigger_config=HOURLY)
            deploy.before("PUT", change)

        deploy.before("PUT", change)
        with pytest.raises(PreconditionFailedError):
            deploy.trigger(*NAMES, trigger_config=timer(cron="@every 2h"))
        assert deploy.methods() == ["GET", "PUT"] * 5

    def test_created_by_others_first(self, deploy, local):
        deploy.before(
            "POST",
            lambda: local.create_trigger(*NAMES, trigger_type="timer", trigger_config=HOURLY),
        )
        assert deploy.trigger(*NAMES, trigger_config=HOURLY).action == "unchanged"

    def test_deleted_by_others_before_the_deletion(self, deploy, local):
        deploy.trigger(*NAMES, **UPLOADS)
        deploy.before("DELETE", lambda: local.delete_trigger(*NAMES))

        replaced = deploy.trigger(*NAMES, trigger_config=HOURLY, replace=True)

        assert replaced.action == "created"
        assert local.get_trigger(*NAMES).trigger_type == "timer"

    def test_created_by_others_after_the_deletion(self, deploy, local):
        deploy.trigger(*NAMES, **UPLOADS)
        deploy.methods()
        deploy.before(
            "POST",
            lambda: local.create_trigger(*NAMES, trigger_type="timer", trigger_config=HOURLY),
        )

        replaced = deploy.trigger(*NAMES, trigger_config=HOURLY, replace=True)

        assert deploy.methods() == ["GET", "DELETE", "POST", "GET"]
        assert replaced.action == "unchanged"
