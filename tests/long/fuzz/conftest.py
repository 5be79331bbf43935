"""How many cases: few and always the same, or with the profile ``full`` many and new ones.

``full`` is ``pytest tests/long/fuzz --hypothesis-profile=full``, which ``tox -e fuzz`` runs, or
``FUZZ_PROFILE=full``.
"""

import functools
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from support.summary import CASES

from fc_client import AsyncClient, Client
from fc_client.local import LocalFunctionCompute
from fuzz.attack import Target
from fuzz.calls import OpenClient
from fuzz.wire import Wire

# Cases are slow where they start an interpreter, and large where they should be.
_UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

# Fixtures are made for a test, not for each of its cases; here that is what is meant.
_SUPPRESSED = [*_UNHURRIED, HealthCheck.function_scoped_fixture]

settings.register_profile(
    "ci",
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=_SUPPRESSED,
)
settings.register_profile(
    "full", max_examples=500, deadline=None, suppress_health_check=_SUPPRESSED, print_blob=True
)
settings.load_profile(os.environ.get("FUZZ_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def counted(request, record_property):
    """Count the cases that a test has come through; not those that assume() gave up."""
    handle = getattr(request.function, "hypothesis", None)
    if handle is None:
        yield
        return
    inner = handle.inner_test
    cases = 0

    @functools.wraps(inner)
    def counting(*args, **kwargs):
        nonlocal cases
        inner(*args, **kwargs)
        cases += 1

    handle.inner_test = counting
    yield
    handle.inner_test = inner
    record_property(CASES, [request.path.stem, cases])


@pytest.fixture
def target(attacked):
    """Return the server under attack; it has service s, function f and trigger t."""
    attacked.fill()
    return attacked


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Yield a server, which the tests of a module share."""
    oss_root = tmp_path_factory.mktemp("oss")
    with (
        LocalFunctionCompute(oss_root=oss_root, max_instances=2) as function_compute,
        Target(function_compute) as under_attack,
    ):
        yield under_attack


@pytest.fixture(scope="module")
def wire(tmp_path_factory):
    """Yield what stands at the other end; the current directory is an empty one."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("empty"))
    try:
        with Wire() as wire:
            yield wire
    finally:
        os.chdir(before)


@pytest.fixture(params=[Client, OpenClient, AsyncClient])
def kind(request):
    """Return the class of client; what is true of one is true of all."""
    return request.param
