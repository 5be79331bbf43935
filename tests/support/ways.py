"""The two ways of a client to a server: directly, and by way of urllib3 or aiohttp."""

import pytest

from support.clients import run


def directly(server):
    """Return the endpoint and the options of a client that calls a server directly."""
    return server.url, {}


def by_proxy(server):
    """Return those of one that calls it as a proxy, and so through the HTTP library.

    Nothing is encrypted, so no CA bundle is needed; to read one takes longer than many a test.
    """
    return "http://fc.invalid", {"proxies": {"http": server.url}, "verify": False}


each_way = pytest.mark.parametrize("way", [directly, by_proxy])


def run_by(way, server, *calls, **options):
    """Make calls with an AsyncClient that takes a way, and return what the last one returns."""
    url, more = way(server)
    return run(url, *calls, **more, **options)
