"""Names below localhost are this machine, whatever its resolver says."""

import functools
import logging

import aiohttp
import pytest
from support.clients import CLIENTS
from support.http_server import SERVICE, serving

from fc_client._transport.local_names import name_to_look_up

KEYS = {"access_key_id": "i", "access_key_secret": "s"}


def service(exchange):
    exchange.send(200, SERVICE)


@pytest.fixture(params=[False, True], ids=["direct", "watched"])
def watched(request, monkeypatch, caplog):
    """Let clients call directly, or by way of urllib3 and aiohttp."""
    if request.param:
        caplog.set_level(logging.DEBUG, "urllib3.connectionpool")
        original = aiohttp.ClientSession._request

        @functools.wraps(original)
        async def wrapped(*arguments, **options):
            return await original(*arguments, **options)

        monkeypatch.setattr(aiohttp.ClientSession, "_request", wrapped)
    return request.param


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("shop.localhost", "localhost"),
        ("a.b.localhost.", "localhost"),
        ("localhost", "localhost"),
        ("notlocalhost", "notlocalhost"),
        ("localhost.example", "localhost.example"),
    ],
)
def test_the_name_to_look_up(host, name):
    assert name_to_look_up(host) == name


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize("kind", CLIENTS)
class TestClients:
    def test_find_them(self, kind):
        with serving(service) as server:
            url = server.url.replace("127.0.0.1", "shop.localhost")
            with CLIENTS[kind](url, **KEYS) as client:
                assert client.get_service("s").service_name == "s"

        [request] = server.requests
        assert request.headers["Host"] == url.removeprefix("http://")

    def test_check_certificates_by_their_full_name(self, kind, certificates):
        with serving(service, tls=certificates.context("below localhost")) as server:
            url = f"https://shop.localhost:{server.server_port}"
            with CLIENTS[kind](url, **KEYS, verify=certificates.trusted) as client:
                assert client.get_service("s").service_name == "s"
