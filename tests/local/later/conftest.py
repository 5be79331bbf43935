"""The embedded server, and the client of each kind that calls it."""

import pytest
from support.clients import CLIENTS

from fc_client.local import LocalFunctionCompute

# The cases have assertions as well.
pytest.register_assert_rewrite("local.later")


class World:
    """A client, and the embedded server that it calls.

    Attributes:
        client: A Client, or an AsyncClient that is called as a Client is.
        server: The LocalFunctionCompute.
    """

    def __init__(self, kind, server):
        self.server = server
        self._kind = kind
        self.client = self.new_client()

    def new_client(self, **options):
        """Return another client of the same kind."""
        return CLIENTS[self._kind](
            self.server.endpoint,
            access_key_id=self.server.access_key_id,
            access_key_secret=self.server.access_key_secret,
            account_id=self.server.account_id,
            **options,
        )


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute() as running:
        yield running


@pytest.fixture(scope="module", params=CLIENTS)
def world(request, function_compute):
    """Return a client, and the server, which has no resources."""
    world = World(request.param, function_compute)
    with world.client:
        yield world
    function_compute.reset()
