"""The embedded server, and both clients that deploy to it."""

import pytest
from support.clients import CLIENTS
from support.deployments import Deployments

from fc_client.local import LocalFunctionCompute


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute() as function_compute:
        yield function_compute


@pytest.fixture
def local(function_compute):
    """Return a client that calls the server directly; nothing is left after the test."""
    with function_compute.client() as client:
        yield client
    function_compute.reset()


@pytest.fixture(params=CLIENTS)
def deploy(request, function_compute, local):  # noqa: ARG001 - it resets the server
    with Deployments(request.param, function_compute) as deployments:
        yield deployments
