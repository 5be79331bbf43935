"""Calls that are sent again, since the service was busy."""

import pytest
from support.http_server import replying, serving

from fc_client.cloud import CloudError, GatewayClient, RamClient
from fc_client.credentials import Credentials

CALLS = ((RamClient, "delete_role"), (GatewayClient, "delete_group"))


def refusal(code, status=400):
    return replying(status, f'{{"Code": "{code}", "Message": "m", "RequestId": "r"}}'.encode())


BUSY = [
    refusal("Throttling"),
    refusal("Throttling.User"),
    refusal("RepeatedCommit"),
    refusal("ConcurrencyLockTimeout"),
    refusal("ServiceUnavailable", 503),
    replying(429, b""),
    replying(503, b"<html>"),
]


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def call(pauses):
    def call(kind, method, server):
        client = kind(server.url, Credentials("id", "secret"), sleep=pauses.append)
        return getattr(client, method)("x")

    return call


@pytest.mark.parametrize(("kind", "method"), CALLS)
@pytest.mark.parametrize("busy", BUSY)
def test_sends_again(call, pauses, kind, method, busy):
    with serving(busy, busy, replying(200, b"{}")) as server:
        call(kind, method, server)

    assert pauses == [0.5, 1.0]
    assert len(server.requests) == 3


@pytest.mark.parametrize(("kind", "method"), CALLS)
def test_gives_up(call, pauses, kind, method):
    with (
        serving(refusal("Throttling.User")) as server,
        pytest.raises(CloudError, match=r"Throttling\.User"),
    ):
        call(kind, method, server)

    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize(("kind", "method"), CALLS)
@pytest.mark.parametrize(
    "refused",
    [refusal("InvalidParameter"), refusal("InternalError", 500), replying(502, b"<html>")],
)
def test_not_after_other_errors(call, pauses, kind, method, refused):
    with serving(refused) as server, pytest.raises(CloudError):
        call(kind, method, server)

    assert pauses == []
