from __future__ import annotations

import base64
import logging
import uuid

import pytest
from local.support import VERSION, assert_error, function_fields, raw_exchange, request_bytes

from fc_client.local.api.routes import find_route

SERVICES = f"{VERSION}/services"


class TestEveryReply:
    @pytest.mark.parametrize("path", ["/services", "/services/none", "/nowhere"])
    def test_has_a_request_id_of_its_own_and_a_date(self, api, path):
        replies = [api.call("GET", path) for _ in range(2)]

        ids = {str(uuid.UUID(reply.headers["X-Fc-Request-Id"])) for reply in replies}
        assert len(ids) == 2
        assert all(reply.headers["Date"].endswith("GMT") for reply in replies)

    def test_lets_no_web_page_read_it(self, api):
        reply = api.call("GET", "/services", headers={"Origin": "http://example.com"})

        assert not [name for name in reply.headers if name.lower().startswith("access-control")]

    def test_an_error_is_json(self, api):
        reply = api.call("GET", "/services/none")

        assert reply.headers["Content-Type"] == "application/json"
        assert set(reply.json()) == {"ErrorCode", "ErrorMessage"}

    def test_an_unexpected_error_is_logged_and_not_sent(self, api, pools, caplog):
        async def broken(_spec, _event):
            raise ZeroDivisionError("the secret reason")

        pools.behaviour = broken
        api.create_all()

        with caplog.at_level(logging.ERROR, "fc_client.local"):
            reply = api.invoke()

        assert_error(reply, 500, "InternalServerError")
        assert "secret" not in reply.text
        assert reply.headers["X-Fc-Request-Id"] in caplog.text
        assert "the secret reason" in caplog.text

    def test_connections_are_kept(self, server):
        last = request_bytes(
            f"GET {SERVICES} HTTP/1.1",
            {"Host": "localhost", **server.api.signed("GET", SERVICES)},
        )
        first = last.replace(b"Connection: close\r\n", b"")

        received = raw_exchange(server, first, last)

        assert received.count(b"HTTP/1.1 200 OK") == 2


class TestBodies:
    def test_a_body_that_is_too_large_gets_a_reply_that_can_be_read(self, api):
        api.create_all()

        reply = api.invoke(bytes(33 * 1024 * 1024))

        assert_error(reply, 400, "EntityTooLarge", str(32 * 1024 * 1024))
        assert api.call("GET", "/services").status_code == 200

    def test_so_does_one_without_content_length(self, api):
        api.create_all()
        chunks = (bytes(1024 * 1024) for _ in range(33))

        reply = api.call("POST", "/services/s/functions/f/invocations", chunks)

        assert_error(reply, 400, "EntityTooLarge")

    def test_a_document_may_be_as_large_as_its_zip_may_be(self, api):
        api.create_service()
        # 13 MB of base64 that is not a zip: read, decoded and rejected.
        fields = {**function_fields(), "code": {"zipFile": "AAAA" * (10 * 1024 * 1024 // 3)}}
        route, _ = find_route("POST", f"{SERVICES}/s/functions")

        reply = api.call("POST", "/services/s/functions", fields)

        assert_error(reply, 400, "InvalidArgument", "code", "zip")
        assert route.max_body > len(base64.b64encode(bytes(100 * 1024 * 1024)))

    def test_a_line_that_is_too_long_is_named(self, api):
        reply = api.call("GET", "/services", headers={"X-Long": "x" * 10_000})

        assert_error(reply, 400, "InvalidArgument", "a header is too long")

    def test_the_client_gets_100_continue_after_the_check(self, server):
        body = b'{"serviceName": "s"}'
        headers = {
            "Host": "localhost",
            **server.api.signed("POST", SERVICES),
            "Content-Length": str(len(body)),
            "Expect": "100-continue",
        }

        received = raw_exchange(server, request_bytes(f"POST {SERVICES} HTTP/1.1", headers), body)

        assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")

    def test_an_event_is_not_decompressed(self, api):
        api.create_all()
        headers = {"Content-Encoding": "gzip"}

        reply = api.call(
            "POST", "/services/s/functions/f/invocations", b"\x1f\x8bnot gzip", headers=headers
        )

        assert reply.content == b"\x1f\x8bnot gzip"

    def test_a_truncated_body_does_not_affect_other_requests(self, server, api):
        headers = {"Host": "localhost", **api.signed("POST", SERVICES), "Content-Length": "100"}

        raw_exchange(server, request_bytes(f"POST {SERVICES} HTTP/1.1", headers, b"{"), ends=True)

        assert api.call("GET", "/services").json() == {"services": []}

    def test_broken_chunks_are_an_invalid_argument(self, server, api):
        headers = {
            "Host": "localhost",
            **api.signed("POST", SERVICES),
            "Transfer-Encoding": "chunked",
        }

        received = raw_exchange(
            server,
            request_bytes(f"POST {SERVICES} HTTP/1.1", headers, b"zz\r\n{}\r\n0\r\n\r\n"),
        )

        assert b" 400 Bad Request\r\n" in received
        assert b'"InvalidArgument"' in received
