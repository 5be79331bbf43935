import json

import pytest

from fc_client._messages import Headers, Response
from fc_client._operations.resources import page_of, with_extra
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


class TestWithExtra:
    def test_adds_what_no_argument_gives(self):
        fields = {"role": None, "description": "d"}
        found = with_extra(fields, {"role": "r", "later": {"a": [1]}})
        assert found == {"role": "r", "description": "d", "later": {"a": [1]}}
        assert with_extra(fields, None) == fields

    def test_refuses_what_an_argument_gives(self):
        with pytest.raises(ValueError, match=r"^extra: 'role' is given by an argument as well"):
            with_extra({"role": ""}, {"role": "r"})

    @pytest.mark.parametrize("extra", [[], {1: 2}, {"a": object()}])
    def test_refuses_anything_but_a_json_object(self, extra):
        with pytest.raises(TypeError, match=r"^extra"):
            with_extra({}, extra)
