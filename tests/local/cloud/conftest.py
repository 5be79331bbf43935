from __future__ import annotations

from collections.abc import Iterator

import pytest
from local.cloud_support import CloudApi
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
