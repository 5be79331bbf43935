"""Any reply, to both clients: a result, or an error that callers can expect."""

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fc_client import (
    FCError,
)
from fuzz.attack import more_cases
from fuzz.calls import CALLS, HEADERS, arguments_of, call
from fuzz.replies import BODIES, http_reply, replies
from fuzz.values import TEXTS

# Values are gigantic here; printing one that failed is worth its time.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


class TestReplies:
    @pytest.mark.parametrize("method", CALLS)
    @more_cases(2)
    @given(reply=replies())
    def test_any_reply(self, wire, kind, method, reply):
        wire.expect(reply)
        error = call(kind, wire.endpoint, method, arguments_of(method))
        assert error is None or isinstance(error, FCError)
        assert len(wire.requests) == 1

    @pytest.mark.parametrize("method", CALLS)
    @more_cases(2)
    @given(body=BODIES)
    def test_any_body_of_a_success(self, wire, kind, method, body):
        wire.expect(http_reply(200, {}, body))
        error = call(kind, wire.endpoint, method, arguments_of(method))
        assert error is None or isinstance(error, FCError)

    @given(first=BODIES, second=replies(), target=st.sampled_from(["file", "code.zip"]))
    def test_any_code(self, wire, kind, first, second, target):
        wire.expect(http_reply(200, {}, first), second)
        arguments = {"service_name": "s", "function_name": "f", "target": target}
        error = call(kind, wire.endpoint, "download_function_code", arguments)
        assert error is None or isinstance(error, FCError)

    @given(
        st.one_of(
            st.sampled_from(
                ["http://", "http://[", "http://" + "a" * 64, "http://a..b", "ftp://x"]
            ),
            st.sampled_from(["https://", "http:///x", "http:x", "HTTP://[::1", "http://a b/", ""]),
            TEXTS.map(lambda text: f"{{here}}/{text}"),
            TEXTS.map(lambda text: f"{{here}}?{text}"),
            st.sampled_from(["{here}99999999/", "{here}x/", "{here}#a", "http://u:p@{host}/"]),
        ),
        replies(),
    )
    def test_any_url_of_code(self, wire, kind, url, reply):
        place = url.replace("{here}", wire.endpoint)
        place = place.replace("{host}", wire.endpoint.removeprefix("http://"))
        first = json.dumps({"url": place, "checksum": None}).encode()
        wire.expect(http_reply(200, {}, first), reply)
        arguments = {"service_name": "s", "function_name": "f", "target": io.BytesIO()}
        error = call(kind, wire.endpoint, "download_function_code", arguments)
        assert error is None or isinstance(error, FCError)
        for request in wire.requests:
            assert re.fullmatch("GET [!-~]+ HTTP/1.1", request.line)
            assert {name.lower() for name, _ in request.headers} <= HEADERS
