import json

import pytest

from fc_client._messages import Headers, Response
from fc_client._operations.resources import page_of
from fc_client._operations.services import parse_service


def parse(raw, **headers):
    items = [(name.replace("_", "-"), value) for name, value in headers.items()]
    response = Response(200, Headers(items), json.dumps(raw).encode())
    return page_of("services", parse_service)(response)


class TestPageOf:
    def test_has_the_items_and_the_token(self):
        raw = {"services": [{"serviceName": "a"}, {"serviceName": "b"}], "nextToken": "n"}
        page = parse(raw, x_fc_request_id="id-1", etag="not the items'")
        assert [service.service_name for service in page] == ["a", "b"]
        assert (page.next_token, page.request_id, page.raw) == ("n", "id-1", raw)
        assert [(item.request_id, item.etag) for item in page] == [("id-1", None)] * 2

    @pytest.mark.parametrize("raw", [{}, {"services": None}, {"services": [], "nextToken": ""}])
    def test_of_an_empty_list(self, raw):
        page = parse(raw)
        assert (list(page), page.next_token, page.request_id) == ([], None, None)
