"""Iteration over the lists that came after the guide, by both clients."""

import inspect
import json
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from support.clients import client_of, run
from support.http_server import replying, serving
from support.later import account, asynchronous, concurrency, layers

from fc_client import AsyncClient, Client

MOMENT = datetime(2025, 11, 26, 10, tzinfo=timezone.utc)
FILTERS = {
    "qualifier": "prod",
    "status": "Running",
    "started_time_begin": MOMENT,
    "started_time_end": MOMENT,
    "sort_order_by_time": "asc",
    "invocation_id_prefix": "i",
    "include_payload": False,
}
NAMES = {"prefix": "p", "start_key": "q"}

# The method, its names, its filters, the key of the list, an item.
LISTS = [
    ("function_async_invoke_configs", ("s", "f"), {}, "configs", asynchronous.CONFIG_REPLY),
    (
        "stateful_async_invocations",
        ("s", "f"),
        FILTERS,
        "invocations",
        asynchronous.INVOCATION_REPLY,
    ),
    ("stateful_async_invocation_functions", (), {}, "data", {"functionName": "f"}),
    (
        "provision_configs",
        (),
        {"service_name": "s", "qualifier": "prod"},
        "provisionConfigs",
        concurrency.PROVISION_REPLY,
    ),
    ("on_demand_configs", (), NAMES, "configs", concurrency.ON_DEMAND_REPLY),
    ("reserved_capacities", (), {}, "reservedCapacities", account.CAPACITY_REPLY),
    (
        "instances",
        ("s", "f"),
        {"qualifier": "prod", "instance_ids": ["c-1"]},
        "instances",
        {"instanceId": "c-1"},
    ),
    ("layers", (), {**NAMES, "public": True, "official": False}, "layers", layers.LAYER_REPLY),
]

each_list = pytest.mark.parametrize(
    ("name", "names", "filters", "key", "item"), LISTS, ids=[name for name, *_ in LISTS]
)


def pages(key, item):
    """Return replies: a page of two items, an empty one, and the last one of one item."""
    replies = [
        {key: [item, item], "nextToken": "n/1"},
        {key: None, "nextToken": "n/2"},
        {key: [item], "nextToken": ""},
    ]
    return [replying(200, json.dumps(reply).encode()) for reply in replies]


def queries(server):
    return [parse_qs(urlsplit(request.path).query) for request in server.requests]


@each_list
class TestIteration:
    def test_yields_the_items_of_all_pages(self, name, names, filters, key, item):
        with serving(*pages(key, item)) as server, client_of(server.url) as client:
            items = list(getattr(client, f"iter_{name}")(*names, **filters, page_size=5))

        assert [found.raw for found in items] == [item] * 3
        first, *others = queries(server)
        assert first["limit"] == ["5"]
        assert others == [{**first, "nextToken": [token]} for token in ("n/1", "n/2")]

    def test_both_clients_send_the_same(self, name, names, filters, key, item):
        def call(client):
            return getattr(client, f"iter_{name}")(*names, **filters)

        with serving(*pages(key, item)) as server, client_of(server.url) as client:
            ours, wanted = list(call(client)), [request.path for request in server.requests]
        with serving(*pages(key, item)) as server:
            theirs = run(server.url, call)
        assert theirs == ours
        assert [request.path for request in server.requests] == wanted

    def test_takes_all_filters_of_the_list(self, name, names, filters, key, item):
        assert key
        assert item
        for kind in (Client, AsyncClient):
            listed = inspect.signature(getattr(kind, f"list_{name}")).parameters
            iterated = inspect.signature(getattr(kind, f"iter_{name}")).parameters
            assert listed.keys() - {"limit", "next_token"} == iterated.keys() - {"page_size"}
            assert len(iterated) == 2 + len(names) + len(filters)
