"""Both clients sign calls of HTTP functions as the known signatures are."""

import json
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import time_machine
from support.clients import CLIENTS
from support.http_messages import reply_of
from support.http_server import serving
from support.presigned import PRESIGNED

FILE = Path(__file__).parents[1] / "vectors" / "signing.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]
# The headers of the other ones are not those of a call.
[PROXY_CALL] = [vector for vector in VECTORS if vector["queries"] == {}]

each_client = pytest.mark.parametrize("make", CLIENTS.values(), ids=list(CLIENTS))


def names_in(path):
    """Return service, qualifier and function of a path, and the path that the function sees."""
    service, function, below = path.removeprefix("/2016-08-15/proxy/").split("/", 2)
    service, _, qualifier = service.partition(".")
    return service, qualifier or None, function, f"/{below}"


@each_client
@pytest.mark.parametrize("vector", PRESIGNED, ids=lambda vector: vector[2])
def test_presign(make, vector):
    secret, method, path, headers, queries, signature = vector
    service, qualifier, function, below = names_in(path)
    [expires] = queries["x-fc-expires"]
    [key_id], [token] = queries["x-fc-access-key-id"], queries["x-fc-security-token"]
    keys = {"access_key_id": key_id, "access_key_secret": secret, "security_token": token}

    with (
        time_machine.travel(int(expires) - 60, tick=False),
        make("http://fc.test", **keys) as client,
    ):
        url = client.presign(
            method,
            service,
            function,
            below,
            qualifier=qualifier,
            params={name: each for name, each in queries.items() if not name.startswith("x-fc-")},
            headers=headers,
            expires_in=60,
        )

    parts = urlsplit(url)
    assert unquote(parts.path) == path
    assert parse_qs(parts.query) == {**queries, "x-fc-signature": [signature]}


@each_client
def test_request(make):
    service, qualifier, function, below = names_in(PROXY_CALL["path"])
    date, kind = (PROXY_CALL["headers"][name] for name in ("date", "content-type"))
    keys = {name: PROXY_CALL[name] for name in ("access_key_id", "access_key_secret")}
    moment = datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=timezone.utc)

    with (
        serving(reply_of(200)) as server,
        time_machine.travel(moment, tick=False),
        make(server.url, **keys) as client,
    ):
        client.request(
            PROXY_CALL["method"],
            service,
            function,
            below,
            qualifier=qualifier,
            headers={"Content-Type": kind},
        )

    [request] = server.requests
    assert request.headers["Date"] == date
    assert request.headers["Authorization"] == PROXY_CALL["authorization"]
