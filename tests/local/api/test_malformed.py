from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local.support import VERSION, FakePools, Server, raw_exchange

from fc_client.local.api.errors import STATUS_OF_CODE
from fc_client.local.engine import Settings

SERVICES = f"{VERSION}/services"


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
