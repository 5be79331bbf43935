from __future__ import annotations

from urllib.parse import quote

import pytest
import requests
from local.support import VERSION, assert_error, raw_exchange, request_bytes

SERVICES = f"{VERSION}/services"


class TestPaths:
    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "//",
            "/services",
            "/2016-08-15",
            "/2016-08-15/",
            "/2016-08-15//services",
            "/2016-08-15/services/s/functions/f/",
            "/2016-08-15/services/s/other",
            "/2016-08-16/services",
            "/2016-08-15/services/s/functions/f/versions/1",
            "/code",
            "/%00",
            "/2016-08-15/services%2Fs/functions/f",
        ],
    )
    def test_an_unknown_one_is_not_supported(self, api, path):
        headers = api.signed("GET", path)

        reply = api.session.get(api.endpoint + path, headers=headers)

        assert_error(reply, 400, "PathNotSupported", "is not supported")

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("DELETE", "/services"),
            ("POST", "/services/s"),
            ("GET", "/services/s/functions/f/invocations"),
            ("PUT", "/services/s/functions/f/code"),
            ("PATCH", "/services/s"),
        ],
    )
    def test_another_method_is_not_allowed(self, api, method, path):
        assert_error(api.call(method, path), 405, "MethodNotAllowed", method)

    def test_a_head_request_has_no_body(self, api):
        reply = api.call("HEAD", "/services")

        assert (reply.status_code, reply.content) == (405, b"")

    @pytest.mark.parametrize("name", ["", "a/b", "a?b", "a#b", "é", "..", ".", "a b", "a\0", "%"])
    def test_an_encoded_name_is_one_name(self, api, name):
        path = f"{SERVICES}/{quote(name, safe='')}"
        headers = api.signed("GET", f"{SERVICES}/{name}")
        request = requests.Request("GET", api.endpoint, headers=headers).prepare()
        # requests would resolve the dots.
        request.url = api.endpoint + path.replace("..", "%2E%2E").replace("/.", "/%2E")

        assert_error(api.session.send(request), 400, "InvalidArgument", "serviceName")

    def test_an_encoded_slash_separates_nothing(self, api):
        api.create_all()
        path = f"{SERVICES}/s%2Ffunctions%2Ff"
        headers = api.signed("GET", f"{SERVICES}/s/functions/f")

        reply = api.session.get(api.endpoint + path, headers=headers)

        assert_error(reply, 400, "InvalidArgument", "serviceName")

    def test_the_absolute_form_is_understood(self, server):
        received = raw_exchange(
            server,
            request_bytes(
                f"GET http://localhost{SERVICES} HTTP/1.1",
                {"Host": "localhost", **server.api.signed("GET", SERVICES)},
            ),
        )

        assert received.startswith(b"HTTP/1.1 200")
