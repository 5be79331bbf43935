"""What a service refers to must exist, if the server is started so."""

from __future__ import annotations

import uuid
from contextlib import closing

import pytest
from local.cloud_support import TRUST, CloudApi
from local.support import FakePools, Server, assert_error

from fc_client.local.engine import Settings


@pytest.fixture(scope="module", params=[True, False], ids=["strict", "usual"])
def strict(request):
    settings = Settings(make_pools=lambda _: FakePools(), strict=request.param)
    with Server(settings) as fc:
        cloud = CloudApi(fc.endpoint, fc.api.key_id, fc.api.key_secret)
        with closing(cloud.session):
            created = cloud.rpc("CreateRole", RoleName="R", AssumeRolePolicyDocument=TRUST)
            cloud.log("POST", "/", {"projectName": "demo"}).raise_for_status()
            body = {"logstoreName": "logs", "ttl": 1, "shardCount": 1}
            cloud.log("POST", "/logstores", body, project="demo").raise_for_status()
        yield fc, created.json()["Role"]["Arn"], request.param


LOGS = {"project": "demo", "logstore": "logs"}


def test_what_exists_is_accepted(strict):
    fc, arn, _ = strict

    assert fc.api.create_service("ok", role=arn, logConfig=LOGS).status_code == 200
    assert fc.api.create_service("bare").status_code == 200
    assert fc.api.create_service("empty", role="", logConfig={}).status_code == 200


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"role": "acs:ram::1234567890123456:role/r"}, "role"),
        ({"role": "acs:ram::1:role/gone"}, "gone"),
        ({"logConfig": {**LOGS, "project": "gone"}}, "gone"),
        ({"logConfig": {**LOGS, "logstore": "gone"}}, "gone"),
    ],
)
def test_what_does_not_is_refused_by_strict_servers(strict, fields, word):
    fc, _, is_strict = strict
    fc.api.create_service("changed")

    replies = (
        fc.api.create_service(f"new-{uuid.uuid4().hex}", **fields),
        fc.api.call("PUT", "/services/changed", fields),
    )

    for reply in replies:
        if is_strict:
            assert_error(reply, 400, "InvalidArgument", word, "does not exist", "strict")
        else:
            assert reply.status_code == 200
