"""A server for the tests of custom runtimes."""

import pytest

from fc_client.local import LocalFunctionCompute


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute(max_instances=2) as fc:
        yield fc


@pytest.fixture
def api(function_compute, make_api):
    """Return the API of an empty server that runs functions."""
    function_compute.reset()
    return make_api(function_compute)
