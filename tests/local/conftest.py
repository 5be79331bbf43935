from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from local.cli_support import FcLocal
from local.support import Api, FakePools, Server

from fc_client.local import LocalFunctionCompute
from fc_client.local.dispatch.invocations import RetrySettings
from fc_client.local.engine import Settings


@pytest.fixture
def pools() -> FakePools:
    """Return a fake of the instances; a test sets its behaviour."""
    return FakePools()


@pytest.fixture
def server(pools: FakePools, homes: Iterator[Path]) -> Iterator[Server]:
    """Yield a server whose functions run in *pools*.

    It has a directory, since a server without one starts a process that removes a temporary one.
    """
    retry = RetrySettings(base_delay=0.02, throttle_delay=0.02, concurrency=4)
    with Server(Settings(make_pools=lambda _: pools, retry=retry), next(homes)) as running:
        yield running


@pytest.fixture
def api(server: Server) -> Api:
    """Return a signed way to talk to the server."""
    return server.api


@pytest.fixture
def make_api():
    """Return a signed way to talk to a LocalFunctionCompute."""
    made = []

    def make(fc: LocalFunctionCompute) -> Api:
        api = Api(fc.endpoint, fc.access_key_id, fc.access_key_secret)
        made.append(api)
        return api

    yield make
    for api in made:
        api.session.close()


@pytest.fixture
def fc_local() -> Iterator[Callable[..., FcLocal]]:
    """Start fc-local with arguments; whatever a test leaves running is killed."""
    started = []

    def start(*arguments: object, **options: object) -> FcLocal:
        started.append(FcLocal(*map(str, arguments), **options))
        return started[-1]

    yield start
    for fc in started:
        if fc.process.returncode is None:
            fc.end(signal.SIGKILL)
