"""Settings that the library does not know are deployed like those that it knows."""

import json

import pytest
import responses
from support.fake_service import FUNCTION, SERVICE, sent

from fc_client import Client, Code
from fc_client.deploy import deploy_function, deploy_service, deploy_trigger
from fc_client.triggers import oss

CODE = Code.from_zip(b"PK\x05\x06" + bytes(18))
GOAL = {"runtime": "python3", "handler": "index.handler", "code": CODE}


@pytest.fixture
def client():
    with (
        responses.mock,
        Client("http://fc.test", access_key_id="id", access_key_secret="key") as client,
    ):
        yield client


class TestExtra:
    def test_is_created_compared_and_updated(self, local):
        first = {"newer": {"a": 1}, "other": "x"}
        created = deploy_service(local, "s", extra=first)
        again = deploy_service(local, "s", extra=first)
        updated = deploy_service(local, "s", extra={"newer": {"a": 2}, "other": "x"})

        assert (created.action, created.changed) == ("created", ("newer", "other"))
        assert again.action == "unchanged"
        assert (updated.action, updated.changed) == ("updated", ("newer",))
        assert updated.resource.raw["newer"] == {"a": 2}

    def test_a_dry_run_shows_it(self, local):
        planned = deploy_service(local, "s", extra={"newer": 1}, dry_run=True)

        assert planned.resource.raw == {"serviceName": "s", "newer": 1}

    def test_only_what_differs_is_sent(self, client):
        stored = {"functionName": "f", "runtime": "python3", "handler": "index.handler"}
        responses.get(FUNCTION, json={**stored, "same": 1, "codeChecksum": CODE.checksum})
        responses.put(FUNCTION, json=stored)

        deploy_function(client, "s", "f", **GOAL, extra={"same": 1, "newer": 2})

        assert json.loads(sent(-1).body) == {"newer": 2}

    def test_counts_when_a_trigger_is_replaced(self, client):
        stored = {"triggerName": "t", "triggerType": "oss", "sourceArn": "a", "description": "d"}
        trigger = f"{FUNCTION}/triggers/t"
        responses.get(trigger, json=stored)
        responses.delete(trigger, status=204)
        responses.post(f"{FUNCTION}/triggers", json=stored)
        config = oss(events=["oss:ObjectCreated:*"])
        extra = {"description": "e", "newer": 1}

        deploy_trigger(
            client,
            "s",
            "f",
            "t",
            trigger_config=config,
            source_arn="b",
            extra=extra,
            replace=True,
        )

        body = json.loads(sent(-1).body)
        assert (body["description"], body["newer"], body["sourceArn"]) == ("e", 1, "b")

    def test_of_a_field_that_is_an_argument_is_refused(self, client):
        with pytest.raises(ValueError, match=r"^extra: 'role' is given by an argument"):
            deploy_service(client, "s", role="r", extra={"role": "r"})
        assert len(responses.calls) == 0


def test_a_later_setting_is_deployed(client):
    responses.get(SERVICE, json={"serviceName": "s", "ossMountConfig": {"mountPoints": []}})

    done = deploy_service(client, "s", oss_mount_config={"mountPoints": []})

    assert done.action == "unchanged"
