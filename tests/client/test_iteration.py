"""Iterators over all pages."""

import pytest
import responses
from responses import matchers
from support.fake_service import SERVICE, SERVICES, TRIGGERS

from fc_client import (
    ResponseError,
)


class TestIteration:
    @pytest.mark.parametrize(
        ("method", "names", "url", "key", "item"),
        [
            ("iter_services", [], SERVICES, "services", "serviceName"),
            ("iter_functions", ["s"], f"{SERVICE}/functions", "functions", "functionName"),
            ("iter_triggers", ["s", "f"], TRIGGERS, "triggers", "triggerName"),
        ],
    )
    def test_asks_for_pages_of_100_until_the_last(self, client, method, names, url, key, item):
        first = {"limit": "100", "prefix": "p", "startKey": "q"}
        for query, reply in (
            (first, {key: [{item: "a"}, {item: "b"}], "nextToken": "n"}),
            ({**first, "nextToken": "n"}, {key: [{item: "c"}]}),
        ):
            responses.get(url, json=reply, match=[matchers.query_param_matcher(query)])

        items = getattr(client, method)(*names, prefix="p", start_key="q")

        assert len(responses.calls) == 0
        assert [found.raw[item] for found in items] == ["a", "b", "c"]
        assert len(responses.calls) == 2

    def test_repeated_token_is_told(self, client):
        responses.get(SERVICES, json={"services": [], "nextToken": "n"})
        with pytest.raises(ResponseError, match=r"^ListServices failed: .*nextToken repeated"):
            list(client.iter_services())
        assert len(responses.calls) == 2
