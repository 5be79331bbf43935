from __future__ import annotations

import base64
import json
import logging
import re
import socket
import uuid
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local.support import VERSION, FakePools, Server, function_fields

from fc_client import signing
from fc_client.local.api.authentication import check_host
from fc_client.local.api.errors import STATUS_OF_CODE, ApiError
from fc_client.local.api.routes import find_route
from fc_client.local.engine import Settings

SERVICES = f"{VERSION}/services"


def assert_error(reply: requests.Response, status: int, code: str, *words: str) -> None:
    document = reply.json()
    assert (reply.status_code, document["ErrorCode"]) == (status, code)
    for word in words:
        assert word in document["ErrorMessage"]


def raw_exchange(
    server: Server, *parts: bytes, ends: bool = False, until: bytes | None = None
) -> bytes:
    """Send bytes on a connection of their own and return all that comes back.

    With *ends* the server is told that nothing more will come; with *until*
    what comes after these bytes is not waited for.
    """
    with socket.create_connection(server.address, timeout=5) as connection:
        for part in parts:
            connection.sendall(part)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
            if until is not None and until in received:
                break
        return received


def request_bytes(line: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [line, "Connection: close", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


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


class TestSignature:
    def get(self, api, headers, path=SERVICES):
        # None takes away what the session would add by itself.
        return api.session.get(api.endpoint + path, headers=headers)

    def test_it_may_be_right(self, api):
        assert self.get(api, api.signed("GET", SERVICES)).status_code == 200

    @pytest.mark.parametrize(
        "value", [None, "", "FC", "FC x", "FC x:", "FC :x", "Basic eDp5", "fc x:y", "FC é"]
    )
    def test_a_missing_or_malformed_one_is_denied(self, api, value):
        headers = api.signed("GET", SERVICES)
        headers["Authorization"] = value and value.encode()

        assert_error(self.get(api, headers), 403, "AccessDenied", "Authorization")

    def test_an_unknown_key_is_named(self, api):
        headers = api.signed("GET", SERVICES)
        headers["Authorization"] = "FC other:c2lnbmF0dXJl"

        reply = self.get(api, headers)

        assert_error(reply, 403, "InvalidAccessKeyId", "invalid access key ID 'other'")

    @pytest.mark.parametrize("given", ["c2lnbmF0dXJl", "é", "a:b:c"])
    def test_a_wrong_one_does_not_match(self, api, given):
        headers = api.signed("GET", SERVICES)
        headers["Authorization"] = f"FC {api.key_id}:{given}".encode()

        reply = self.get(api, headers)

        assert_error(
            reply,
            403,
            "SignatureNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your access key and signing method.",
        )

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Content-Type", "text/plain"),
            ("X-Fc-Trace-Id", "1"),
            ("Content-MD5", "x"),
            ("x-fc-security-token", "t"),
        ],
    )
    def test_what_is_signed_cannot_be_changed(self, api, name, value):
        headers = {**api.signed("GET", SERVICES), name: value}

        assert_error(self.get(api, headers), 403, "SignatureNotMatch")

    def test_nor_can_the_path_or_the_method(self, api):
        headers = api.signed("GET", SERVICES)

        assert_error(self.get(api, headers, f"{SERVICES}/s"), 403, "SignatureNotMatch")
        reply = api.session.post(api.endpoint + SERVICES, headers=headers)
        assert_error(reply, 403, "SignatureNotMatch")

    def test_a_security_token_is_signed_and_taken(self, api):
        headers = api.signed("GET", SERVICES, {"x-fc-security-token": "CAIS+token/="})

        assert self.get(api, headers).status_code == 200

    def test_the_query_may_be_signed_or_not(self, api):
        path = f"{SERVICES}?limit=5&prefix=a%20b"

        assert self.get(api, api.signed("GET", SERVICES), path).status_code == 200
        assert self.get(api, api.signed("GET", path), path).status_code == 200

    def test_the_path_is_signed_decoded(self, api):
        headers = api.signed("GET", f"{SERVICES}/服务 a")

        reply = self.get(api, headers, f"{SERVICES}/{quote('服务 a')}")

        assert_error(reply, 400, "InvalidArgument")

    @pytest.mark.parametrize("value", [None, ""])
    def test_a_date_is_required(self, api, value):
        headers = {**api.signed("GET", SERVICES), "Date": value}

        assert_error(self.get(api, headers), 400, "MissingRequiredHeader", "Date")

    @pytest.mark.parametrize("value", ["now", "Mon, 99 Foo 2017", "1495000000", "é"])
    def test_a_date_that_is_none_is_denied(self, api, value):
        headers = {**api.signed("GET", SERVICES), "Date": value.encode()}

        assert_error(self.get(api, headers), 403, "AccessDenied", "Date")

    @pytest.mark.parametrize("minutes", [-16, 16, -1_000_000, 1_000_000])
    def test_a_date_15_minutes_off_is_too_skewed(self, api, minutes):
        moment = datetime.now(timezone.utc) + timedelta(minutes=minutes)
        headers = api.signed("GET", SERVICES, {"Date": signing.gmt_date(moment)})

        assert_error(self.get(api, headers), 403, "RequestTimeTooSkewed")

    @pytest.mark.parametrize("minutes", [-14, 14])
    @pytest.mark.parametrize("zone", ["GMT", "UTC", "+0000", "-0000", ""])
    def test_less_is_not(self, api, minutes, zone):
        moment = datetime.now(timezone.utc) + timedelta(minutes=minutes)
        date = signing.gmt_date(moment).replace("GMT", zone).strip()

        assert self.get(api, api.signed("GET", SERVICES, {"Date": date})).status_code == 200

    def test_it_is_checked_before_the_body_is_read(self, server):
        # A body that never comes: who waits for it waits for ever.
        received = raw_exchange(
            server,
            request_bytes(
                f"POST {SERVICES} HTTP/1.1",
                {"Host": "localhost", "Content-Length": "1000000", "Expect": "100-continue"},
            ),
            until=b"}",
        )

        assert received.startswith(b"HTTP/1.1 403")

    def test_without_auth_nothing_is_checked_but_the_rest(self):
        with Server(Settings(auth=False, make_pools=lambda _: FakePools())) as server:
            session, url = server.api.session, server.endpoint + SERVICES

            assert session.post(url, data=json.dumps({"serviceName": "s"})).status_code == 200
            assert_error(session.post(url, data="{"), 400, "InvalidArgument")
            reply = session.get(url, headers={"Host": "example.com"})
            assert_error(reply, 403, "AccessDenied")


class TestHost:
    @pytest.mark.parametrize(
        "host",
        [
            "localhost",
            "LOCALHOST:80",
            "fc.localhost",
            "127.0.0.1",
            "127.1.2.3:9",
            "[::1]",
            "[::1]:8000",
        ],
    )
    def test_a_name_of_this_machine_is_accepted(self, host):
        check_host(host, "127.0.0.1")

    @pytest.mark.parametrize(
        "host",
        [
            "",
            "example.com",
            "127.0.0.1.example.com",
            "localhost.example.com",
            "10.0.0.1",
            "[::2]",
            "[",
            "é",
        ],
    )
    def test_another_is_denied(self, host):
        with pytest.raises(ApiError, match="must name this server"):
            check_host(host, "127.0.0.1")

    def test_the_bound_host_is_accepted(self):
        check_host("Devbox:9000", "devbox")

    def test_a_server_on_all_addresses_takes_any_address_but_no_name(self):
        check_host("10.0.0.1:9000", "0.0.0.0")
        with pytest.raises(ApiError):
            check_host("example.com", "0.0.0.0")

    def test_a_request_for_another_host_is_denied(self, api):
        headers = {**api.signed("GET", SERVICES), "Host": "rebound.example.com"}

        reply = api.session.get(api.endpoint + SERVICES, headers=headers)

        assert_error(reply, 403, "AccessDenied", "rebound.example.com")

    def test_a_request_for_no_host_or_two_is_denied(self, server):
        signed = server.api.signed("GET", SERVICES)
        without = request_bytes(f"GET {SERVICES} HTTP/1.0", signed)
        twice = request_bytes(
            f"GET {SERVICES} HTTP/1.0", {**signed, "Host": "localhost\r\nHost: example.com"}
        )

        assert raw_exchange(server, without).startswith(b"HTTP/1.0 403")
        assert raw_exchange(server, twice).startswith((b"HTTP/1.0 403", b"HTTP/1.0 400"))


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


class TestMalformedHttp:
    @pytest.mark.parametrize(
        "sent",
        [
            b"rubbish\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
            b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        ],
    )
    def test_gets_the_error_body_and_a_request_id(self, server, sent):
        received = raw_exchange(server, sent)

        head, _, body = received.partition(b"\r\n\r\n")
        assert head.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
        assert re.search(rb"X-Fc-Request-Id: [0-9a-f-]{36}", head)
        assert json.loads(body)["ErrorCode"] == "InvalidArgument"

    @pytest.mark.parametrize(
        "header",
        [
            b"X-Fc-Trace-Id: a\r\nX-Fc-Trace-Id: b",
            b"X-Fc-Trace-Id: \xff\xfe",
            b"Authorization: FC \xe9:\xff",
            b"Authorization: FC a:b\r\nAuthorization: FC c:d",
            b"If-Match: \xff",
            b"Content-MD5: \xe9",
            b"Content-Type: \xff",
            b"Date: \xff",
            b"Expect: something",
            b"Upgrade: websocket\r\nConnection: upgrade",
            b"Content-Encoding: br",
        ],
    )
    def test_odd_headers_do_not_cause_a_server_error(self, header):
        with Server(Settings(auth=False, make_pools=lambda _: FakePools())) as server:
            received = raw_exchange(
                server,
                b"GET " + SERVICES.encode() + b" HTTP/1.1\r\nHost: localhost\r\n"
                b"Connection: close\r\n" + header + b"\r\n\r\n",
            )
        assert received.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4"))

    def test_a_signed_header_may_be_latin_1(self, api):
        # As requests sends a str header, which it signed as UTF-8.
        headers = api.signed("GET", SERVICES, {"X-Fc-Trace-Id": "é"})

        assert api.session.get(api.endpoint + SERVICES, headers=headers).status_code == 200


class TestFuzz:
    SETTINGS = settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )

    @pytest.fixture
    def open_server(self):
        with Server(Settings(auth=False, make_pools=lambda _: FakePools())) as server:
            server.api.create_all()
            yield server

    @SETTINGS
    @given(sent=st.binary(max_size=200))
    def test_bytes_are_never_an_error_of_the_server(self, open_server, sent):
        received = raw_exchange(open_server, sent, ends=True)

        assert not received.startswith((b"HTTP/1.0 5", b"HTTP/1.1 5"))

    @SETTINGS
    @given(
        method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
        segments=st.lists(st.text(max_size=5) | st.sampled_from(["s", "f", "t"]), max_size=3),
        query=st.dictionaries(
            st.sampled_from(["limit", "nextToken", "prefix", "startKey", "x"]),
            st.text(max_size=8),
        ),
        headers=st.dictionaries(
            st.sampled_from(["If-Match", "X-Fc-Invocation-Type", "X-Fc-Log-Type", "Date"]),
            st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=8).map(str.strip),
        ),
        body=st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["serviceName", "functionName", "code", "zipFile", "logConfig", "timeout"]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ),
    )
    def test_requests_are_never_an_error_of_the_server(
        self, open_server, method, segments, query, headers, body
    ):
        kinds = ("services", "functions", "triggers")
        path = "".join(
            f"/{kind}/{quote(name, safe='')}" for kind, name in zip(kinds, segments, strict=False)
        )

        reply = open_server.api.session.request(
            method,
            open_server.endpoint + VERSION + (path or "/services"),
            params=query,
            headers={name: value.encode("latin-1") for name, value in headers.items()},
            data=json.dumps(body),
        )

        assert reply.status_code < 500
        if reply.status_code >= 400:
            assert STATUS_OF_CODE[reply.json()["ErrorCode"]] == reply.status_code
