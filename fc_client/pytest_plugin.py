"""pytest fixtures for the tests of applications: an embedded Function Compute.

pytest loads this module in every run, so it imports the server only when a
test uses a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fc_client import Client
    from fc_client.local import LocalFunctionCompute

__all__ = ["function_compute", "function_compute_client"]


@pytest.fixture(scope="session")
def _session_function_compute() -> Iterator[LocalFunctionCompute]:
    from fc_client.local import LocalFunctionCompute

    with LocalFunctionCompute() as function_compute:
        yield function_compute


@pytest.fixture
def function_compute(
    _session_function_compute: LocalFunctionCompute,
) -> Iterator[LocalFunctionCompute]:
    """Yield an embedded Function Compute without services; reset it after the test.

    All tests of a run share one server. Under pytest-xdist each worker has its
    own.
    """
    yield _session_function_compute
    _session_function_compute.reset()


@pytest.fixture
def function_compute_client(function_compute: LocalFunctionCompute) -> Iterator[Client]:
    """Yield a client of the test's Function Compute."""
    with function_compute.client() as client:
        yield client
