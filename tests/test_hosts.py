"""Which hosts are this machine."""

import pytest

from fc_client._hosts import is_loopback


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost.",
        "shop.localhost",
        "a.b.localhost.",
        "127.0.0.1",
        "127.9.9.9",
        "::1",
    ],
)
def test_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "localhost.example", "mylocalhost", "192.0.2.1", "0.0.0.0", "::", "fc.example", "127.1"],
)
def test_others(host):
    assert not is_loopback(host)
