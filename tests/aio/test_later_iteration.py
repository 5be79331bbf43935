"""Iteration over the lists of the operations that came after the guide, by both clients."""

import json

import pytest
from support.comparison import both
from support.http_server import replying

LISTS = [
    (lambda client: client.iter_service_versions("s", start_key="9"), "versions", "versionId"),
    (lambda client: client.iter_aliases("s", prefix="p", start_key="q"), "aliases", "aliasName"),
    (lambda client: client.iter_custom_domains(prefix="p"), "customDomains", "domainName"),
    (lambda client: client.iter_tagged_resources(page_size=7), "resources", "resourceArn"),
]


def page(key, name, values, token=None):
    body = {key: [{name: value} for value in values], "nextToken": token}
    return replying(200, json.dumps(body).encode())


class TestIteration:
    @pytest.mark.parametrize(("call", "key", "name"), LISTS)
    def test_yields_the_items_of_all_pages(self, call, key, name):
        pages = [page(key, name, ["1", "2"], "n/1"), page(key, name, ["3"])]
        first, second = both(pages, call)

        assert first == second
        items, requests = first
        assert [item.raw[name] for item in items] == ["1", "2", "3"]
        assert [path.count("nextToken=n%2F1") for _, path, _, _ in requests] == [0, 1]
