"""Clients with the secrets that the tests search for."""

import pytest
from support.clients import CLIENTS
from support.leaks import KEYS

from fc_client import (
    RetryPolicy,
)


@pytest.fixture(params=CLIENTS)
def client_of(request):
    """Return a function that makes a client, of each kind in turn."""
    options = {**KEYS, "retry": RetryPolicy(1), "timeout": (10, 30)}
    return lambda url, **more: CLIENTS[request.param](url, **{**options, **more})
