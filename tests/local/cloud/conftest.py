from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from local.cloud_support import POLICY, TRUST, CloudApi
from local.support import FakePools, Server

from fc_client.local.engine import Settings


@pytest.fixture(scope="module")
def fc() -> Iterator[Server]:
    """Yield a server that the tests of a module share; each uses names of its own."""
    with Server(Settings(make_pools=lambda _: FakePools())) as running:
        yield running


@pytest.fixture(scope="module")
def cloud(fc: Server) -> Iterator[CloudApi]:
    """Return a signed way to talk to the services beside Function Compute."""
    api = CloudApi(fc.endpoint, fc.api.key_id, fc.api.key_secret)
    yield api
    api.session.close()


@pytest.fixture
def name():
    return f"n-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def role(cloud, name):
    cloud.rpc("CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST).raise_for_status()
    return name


@pytest.fixture
def policy(cloud, name):
    cloud.rpc("CreatePolicy", PolicyName=name, PolicyDocument=POLICY).raise_for_status()
    return name


@pytest.fixture
def project(cloud):
    name = f"p-{uuid.uuid4().hex[:12]}"
    cloud.log("POST", "/", {"projectName": name}, project=name).raise_for_status()
    return name


@pytest.fixture
def store(cloud, project):
    body = {"logstoreName": "logs", "ttl": 30, "shardCount": 1}
    cloud.log("POST", "/logstores", body, project=project).raise_for_status()
    return "logs"
