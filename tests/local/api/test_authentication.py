from __future__ import annotations

import base64
import hashlib
import socket
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import pytest
from local.support import VERSION, FakePools, Server, assert_error, raw_exchange, request_bytes

from fc_client import signing
from fc_client.local.api.authentication import Keys, check_host, presign
from fc_client.local.api.errors import ApiError
from fc_client.local.engine import Settings

SERVICES = f"{VERSION}/services"


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

        assert_error(reply, 403, "InvalidAccessKeyID", "invalid access key ID 'other'")

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

            assert session.post(url, json={"serviceName": "s"}).status_code == 200
            as_json = {"Content-Type": "application/json"}
            refused = session.post(url, data="{", headers=as_json)
            assert_error(refused, 400, "InvalidArgument", "body:")
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
            "localhost.",
            "my_app.localhost",
            # The service's own.
            "123456.cn-shanghai.fc.aliyuncs.com",
            "123456.cn-shanghai-internal.fc.aliyuncs.com:80",
            "0a1b2c-cn-shanghai.alicloudapi.com",
            # Those of RAM, and of Log Service with a project in front.
            "ram.aliyuncs.com",
            "cn-shanghai.log.aliyuncs.com",
            "my-project.cn-shanghai.log.aliyuncs.com:80",
            "my-project.127.0.0.1:9000",
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
            "fc.aliyuncs.com",
            "evil.cn-shanghai.fc.aliyuncs.com",
            "1.cn-shanghai.fc.aliyuncs.com.example.com",
            "alicloudapi.com",
            "xalicloudapi.com",
            "xram.aliyuncs.com",
            "ram.aliyuncs.com.example.com",
            "log.aliyuncs.com",
            "a.b.cn-shanghai.log.aliyuncs.com",
            "my-project.10.0.0.1",
            "127.0.0.1.127.0.0.1.example.com",
            "10.0.0.1",
            "[::2]",
            "[",
            "é",
            # Malformed, though the name of this machine is in it.
            ":80",
            "localhost:",
            "localhost:x",
            "localhost:65536",
            "localhost:80:80",
            "localhost:\uff18",
            "localhost/",
            "localhost?",
            "localhost#",
            "user@localhost",
            "local host",
            "localhost, localhost",
            ".localhost",
            "a..localhost",
            "-.localhost",
            "x\n.localhost",
            "localhost..",
            "[::1",
            "::1",
            "[::1]x",
            "[::1]:x",
            "[127.0.0.1]",
            "[localhost]",
            f"{'a' * 64}.localhost",
            f"{'a.' * 130}localhost",
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

    def test_allowed_names_are_accepted(self):
        check_host("FC:9000", "0.0.0.0", {"fc"})
        check_host("my-project.fc:9000", "0.0.0.0", {"fc"})
        with pytest.raises(ApiError, match="--allow-host"):
            check_host("fc2", "0.0.0.0", {"fc"})

    def test_this_machine_and_names_of_the_settings_are_accepted(self):
        settings = Settings(allow_hosts=("Fc",), auth=False, make_pools=lambda _: FakePools())
        names = (socket.gethostname(), socket.gethostname().partition(".")[0], "fc", "FC:80")
        with Server(settings) as server:
            url = server.endpoint + SERVICES
            replies = {
                name: server.api.session.get(url, headers={"Host": name}).status_code
                for name in (*names, "example.com")
            }

        assert replies == {**dict.fromkeys(names, 200), "example.com": 403}

    def test_the_host_in_the_target_counts_too(self, server):
        received = raw_exchange(
            server,
            request_bytes(
                f"GET http://example.com{SERVICES} HTTP/1.1",
                {"Host": "localhost", **server.api.signed("GET", SERVICES)},
            ),
        )

        assert received.startswith(b"HTTP/1.1 403")

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


class TestWebPages:
    """A page sends some requests without asking; the browser adds Origin and Sec-Fetch-Site."""

    @pytest.fixture
    def open_api(self):
        with Server(Settings(auth=False, make_pools=lambda _: FakePools())) as server:
            server.api.create_all()
            yield server.api

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://localhost:3000"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "Same-Site"},
            {"Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": ""},
        ],
    )
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/services"),
            ("POST", "/services"),
            ("POST", "/services/s/functions/f/invocations"),
            ("OPTIONS", "/services"),
        ],
    )
    def test_are_refused(self, open_api, method, path, headers):
        reply = open_api.call(method, path, {"serviceName": "x"}, headers=headers)

        assert_error(reply, 403, "AccessDenied", "web pages")
        assert len(open_api.call("GET", "/services").json()["services"]) == 1

    def test_are_refused_though_signed(self, api):
        headers = api.signed("GET", SERVICES, {"Origin": "https://evil.example"})

        reply = api.session.get(api.endpoint + SERVICES, headers=headers)

        assert_error(reply, 403, "AccessDenied", "web pages")

    def test_an_address_that_the_user_typed_is_answered(self, open_api):
        headers = {"Sec-Fetch-Site": "none"}

        assert open_api.call("GET", "/services", headers=headers).status_code == 200

    @pytest.mark.parametrize(
        "content_type",
        [
            None,
            "",
            "text/plain",
            "text/plain;charset=UTF-8",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=application/json",
            "application/jsonp",
        ],
    )
    def test_cannot_send_documents(self, open_api, content_type):
        path, body = "/services", b'{"serviceName": "x"}'

        reply = open_api.call("POST", path, body, headers={"Content-Type": content_type})

        assert_error(reply, 400, "InvalidArgument", "Content-Type:", "application/json")

    @pytest.mark.parametrize(
        "content_type", ["Application/JSON", "application/json; charset=utf-8"]
    )
    def test_forms_of_the_content_type_of_json(self, open_api, content_type):
        headers = {"Content-Type": content_type}

        reply = open_api.call("POST", "/services", {"serviceName": "x"}, headers=headers)

        assert reply.status_code == 200


class TestPresigned:
    @pytest.mark.parametrize("expires", ["", "x", "1e9", "-1", " 1", "\uff11", "9" * 5000, "1.5"])
    def test_a_malformed_expiry_is_an_invalid_argument(self, server, expires):
        keys = Keys(server.api.key_id, server.api.key_secret)
        path = presign(keys, "/code/5", expires)

        reply = server.api.session.get(server.endpoint + path)

        assert_error(reply, 400, "InvalidArgument", "x-fc-expires:")


class TestContentMd5:
    BODY = b'{"serviceName": "s"}'

    @pytest.mark.parametrize(
        "value",
        [
            base64.b64encode(hashlib.md5(BODY).digest()).decode(),
            base64.b64encode(hashlib.md5(BODY).hexdigest().encode()).decode(),
            hashlib.md5(BODY).hexdigest(),
        ],
    )
    def test_three_forms_are_right(self, api, value):
        reply = api.call("POST", "/services", self.BODY, headers={"Content-MD5": value})

        assert reply.status_code == 200

    @pytest.mark.parametrize("value", ["x", hashlib.md5(b"other").hexdigest()])
    def test_another_is_rejected(self, api, value):
        reply = api.call("POST", "/services", self.BODY, headers={"Content-MD5": value})

        assert_error(reply, 400, "InvalidArgument", "Content-MD5")
