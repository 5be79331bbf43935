import json
from itertools import islice

import pytest

from fc_client._messages import Headers, Response
from fc_client.exceptions import ResponseError
from fc_client.models import Service
from fc_client.pagination import Page, iterate, page_of


def parse(raw, **headers):
    items = [(name.replace("_", "-"), value) for name, value in headers.items()]
    response = Response(200, Headers(items), json.dumps(raw).encode())
    return page_of("services", Service.from_wire)(response)


class Pages:
    """Gives pages by token, and remembers what was asked for."""

    def __init__(self, pages):
        self.pages = pages
        self.asked = []

    def fetch(self, token):
        self.asked.append(token)
        return self.pages[token]


class TestPage:
    def test_iterates_over_its_items(self):
        page = Page(["a", "b"])
        assert list(page) == ["a", "b"]
        assert len(page) == 2

    def test_of_a_reply(self):
        raw = {"services": [{"serviceName": "a"}, {"serviceName": "b"}], "nextToken": "n"}
        page = parse(raw, x_fc_request_id="id-1", etag="not the items'")
        assert [service.service_name for service in page] == ["a", "b"]
        assert (page.next_token, page.request_id, page.raw) == ("n", "id-1", raw)
        assert [(item.request_id, item.etag) for item in page] == [("id-1", None)] * 2

    @pytest.mark.parametrize("raw", [{}, {"services": None}, {"services": [], "nextToken": ""}])
    def test_of_an_empty_reply(self, raw):
        page = parse(raw)
        assert (list(page), page.next_token, page.request_id) == ([], None, None)


class TestIterate:
    def test_goes_on_to_the_last_page(self):
        pages = Pages({None: Page("ab", "1"), "1": Page("", "2"), "2": Page("c")})
        assert list(iterate("Op", pages.fetch)) == ["a", "b", "c"]
        assert pages.asked == [None, "1", "2"]

    def test_is_lazy(self):
        pages = Pages({None: Page("ab", "1"), "1": Page("c")})
        items = iterate("Op", pages.fetch)
        assert pages.asked == []
        assert [next(items), next(items)] == ["a", "b"]
        assert pages.asked == [None]

    @pytest.mark.parametrize(
        "pages",
        [
            {None: Page("a", "1"), "1": Page("b", "1", request_id="id-1")},
            {None: Page("a", "2"), "2": Page("b", "1"), "1": Page("c", "2", request_id="id-1")},
        ],
    )
    def test_repeated_token_ends_it(self, pages):
        with pytest.raises(ResponseError, match=r"token '.' came twice") as caught:
            list(islice(iterate("Op", Pages(pages).fetch), 10))
        assert (caught.value.operation, caught.value.request_id) == ("Op", "id-1")
