"""A server and clients of its RAM and Log Service, shared by the tests of a module."""

import uuid

import pytest

from fc_client.cloud import LogClient, RamClient
from fc_client.credentials import Credentials
from fc_client.local import LocalFunctionCompute


@pytest.fixture(scope="module")
def fc():
    with LocalFunctionCompute() as running:
        yield running


@pytest.fixture(scope="module")
def credentials(fc):
    return Credentials(fc.access_key_id, fc.access_key_secret)


@pytest.fixture(scope="module")
def ram(fc, credentials):
    return RamClient(fc.endpoint, credentials)


@pytest.fixture(scope="module")
def log(fc, credentials):
    return LogClient(fc.endpoint, credentials)


@pytest.fixture
def name():
    """Return a name that no other test uses."""
    return f"n-{uuid.uuid4().hex[:12]}"
