"""A server whose functions do what a test says, and a group per test."""

from __future__ import annotations

import json

import pytest
from local.cloud_support import CloudApi
from local.gateway_support import Gateway
from local.support import FakePools, Server, echo, outcome

from fc_client.local.engine import Settings


@pytest.fixture(scope="module")
def pools():
    return FakePools()


@pytest.fixture(scope="module")
def fc(pools):
    with Server(Settings(make_pools=lambda _: pools)) as running:
        running.api.create_service().raise_for_status()
        running.api.create_function().raise_for_status()
        yield running


@pytest.fixture
def gateway(fc):
    cloud = CloudApi(fc.endpoint, fc.api.key_id, fc.api.key_secret)
    yield Gateway(cloud)
    cloud.session.close()


@pytest.fixture
def group(gateway):
    return gateway.group()


@pytest.fixture(autouse=True)
def replies(pools):
    """Let functions answer 200; the argument of a call is what they return instead."""

    def reply(result: object = None, **kinds: object) -> None:
        payload = result if isinstance(result, bytes) else json.dumps(result).encode()

        async def behaviour(_spec, _event):
            return outcome(payload, **kinds)

        pools.behaviour = behaviour

    reply({"isBase64Encoded": False, "statusCode": 200, "headers": {}, "body": "fine"})
    pools.calls.clear()
    yield reply
    pools.behaviour = echo


@pytest.fixture
def event(pools):
    """Return the event that the function got last."""
    return lambda: json.loads(pools.events[-1])
