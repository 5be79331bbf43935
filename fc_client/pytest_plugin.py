"""Fixtures for the tests of applications: an embedded Function Compute.

pytest loads this module by itself; what it needs is imported only by a test
that asks for a fixture.
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
def _function_compute_of_the_run() -> Iterator[LocalFunctionCompute]:
    from fc_client.local import LocalFunctionCompute

    with LocalFunctionCompute() as function_compute:
        yield function_compute


@pytest.fixture
def function_compute(
    _function_compute_of_the_run: LocalFunctionCompute,
) -> Iterator[LocalFunctionCompute]:
    """Give a Function Compute that is empty, and emptied after the test.

    One server serves the whole run; under pytest-xdist each worker has its own.
    """
    yield _function_compute_of_the_run
    _function_compute_of_the_run.reset()


@pytest.fixture
def function_compute_client(function_compute: LocalFunctionCompute) -> Iterator[Client]:
    """Give a client of the test's Function Compute."""
    with function_compute.client() as client:
        yield client
