from __future__ import annotations

import base64
import re
from datetime import datetime, timezone

import pytest
import requests
from local.support import FakePools, Server, assert_error, function_fields, zip_code, zipped

from fc_client.local.engine import Settings


class TestFunctions:
    def test_no_reply_has_the_code(self, api):
        api.create_service()
        created = api.create_function().json()

        listed = api.call("GET", "/services/s/functions").json()["functions"]

        assert "code" not in created
        assert listed == [created]
        content = base64.b64decode(function_fields()["code"]["zipFile"])
        assert created["codeSize"] == len(content)

    def test_fields_later_than_the_guide_are_kept(self, api):
        api.create_service()

        created = api.create_function(environmentVariables={"A": "b"}, instanceConcurrency=10)

        assert created.json()["environmentVariables"] == {"A": "b"}
        assert created.json()["instanceConcurrency"] == 10

    def test_new_code_has_a_new_checksum_and_the_old_zip_is_removed(self, server, api):
        api.create_service()
        old = api.create_function().json()
        zips = server.data.code / "zips"
        changes = {"code": zip_code(zipped(m="new"))}

        new = api.call("PUT", "/services/s/functions/f", changes).json()

        assert new["codeChecksum"] != old["codeChecksum"]
        assert [path.stem for path in zips.iterdir()] == [new["codeChecksum"]]

    def test_a_zip_stays_as_long_as_any_function_has_it(self, server, api):
        api.create_service()
        api.create_function("f")
        api.create_function("g")
        zips = server.data.code / "zips"

        api.call("DELETE", "/services/s/functions/f")
        assert len(list(zips.iterdir())) == 1

        api.call("DELETE", "/services/s/functions/g")
        assert list(zips.iterdir()) == []

    def test_a_deleted_function_has_its_instances_ended(self, api, pools):
        api.create_service()
        api.create_function()

        api.call("DELETE", "/services/s/functions/f")

        assert pools.retired == [("s", "f", "")]

    def test_new_code_ends_the_instances_that_run_the_old(self, api, pools):
        api.create_service()
        api.create_function()

        api.call("PUT", "/services/s/functions/f", {"code": zip_code(zipped(m="new"))})

        assert pools.retired == [("s", "f", "")]

    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_the_checksum_header_is_checked(self, api, method):
        api.create_service()
        path = "/services/s/functions"
        if method == "PUT":
            api.create_function()
            path += "/f"
        fields = function_fields()
        checksum = "12345"

        reply = api.call(method, path, fields, headers={"x-fc-code-checksum": checksum})

        assert_error(reply, 400, "InvalidArgument", "code", checksum)

    def test_the_right_checksum_is_accepted(self, api):
        api.create_service()
        checksum = api.create_function("f").json()["codeChecksum"]

        reply = api.call(
            "POST",
            "/services/s/functions",
            function_fields("g"),
            headers={"X-Fc-Code-Checksum": checksum},
        )

        assert reply.status_code == 200

    def test_code_is_read_from_oss_root(self, tmp_path):
        (tmp_path / "bucket").mkdir()
        (tmp_path / "bucket" / "code.zip").write_bytes(zipped())
        settings = Settings(oss_root=tmp_path, make_pools=lambda _: FakePools())
        code = {"ossBucketName": "bucket", "ossObjectName": "code.zip"}
        with Server(settings) as server:
            server.api.create_service()

            assert server.api.create_function(code=code).json()["codeSize"] == len(zipped())

            with (tmp_path / "bucket" / "code.zip").open("wb") as file:
                file.truncate(500 * 1024 * 1024 + 1)
            assert_error(server.api.create_function("g", code=code), 400, "EntityTooLarge", "code")


class TestGetFunctionCode:
    @pytest.fixture
    def link(self, api):
        api.create_service()
        api.create_function(code=zip_code(zipped(m="x = 1")))
        return api.call("GET", "/services/s/functions/f/code").json()

    def test_the_url_gives_the_zip_to_anybody(self, link, server):
        reply = requests.get(link["url"], timeout=30)

        assert reply.content == zipped(m="x = 1")
        assert reply.headers["Content-Type"] == "application/zip"
        assert reply.headers["X-Fc-Request-Id"]
        assert link["url"].startswith(server.endpoint)

    # The official Node SDK leaves the port out.
    @pytest.mark.parametrize("form", ["localhost:{}", "localhost", "127.0.0.1", "[::1]"])
    def test_the_url_is_where_the_caller_came_in(self, link, api, server, form):
        port = server.address[1]
        headers = {**api.signed("GET", "/2016-08-15/services/s/functions/f/code")}
        headers["Host"] = form.format(port)

        reply = requests.get(
            f"{server.endpoint}/2016-08-15/services/s/functions/f/code", headers=headers, timeout=30
        )

        host = form.removesuffix(":{}")
        assert reply.json()["url"].startswith(f"http://{host}:{port}/")
        assert reply.json()["checksum"] == link["checksum"]

    def test_the_url_of_a_mapped_name_has_no_port_of_its_own(self, link, api, server):
        headers = {**api.signed("GET", "/2016-08-15/services/s/functions/f/code")}
        headers["Host"] = "1234.cn-shanghai.fc.aliyuncs.com"

        reply = requests.get(
            f"{server.endpoint}/2016-08-15/services/s/functions/f/code", headers=headers, timeout=30
        )

        assert reply.json()["url"].startswith(f"http://{headers['Host']}/code/{link['checksum']}?")

    @pytest.mark.parametrize(
        ("pattern", "replacement"),
        [
            (r"expires=\d", "expires=9"),
            (r"expires=\d+", "expires=x"),
            (r"expires=\d+&", ""),
            (r"code/\d+", "code/1"),
            (r"signature=.", "signature=%C3%A9"),
            (r"signature=.*", ""),
            (r"\?.*", ""),
        ],
    )
    def test_a_changed_url_is_rejected(self, link, pattern, replacement):
        changed = re.sub(pattern, replacement, link["url"])
        assert changed != link["url"]

        assert_error(requests.get(changed, timeout=30), 403, "AccessDenied")

    def test_the_url_expires(self):
        clock = FakeClock()
        with Server(Settings(clock=clock, make_pools=lambda _: FakePools())) as server:
            server.api.create_service()
            server.api.create_function()
            url = server.api.call("GET", "/services/s/functions/f/code").json()["url"]

            clock.ahead = 540
            assert requests.get(url, timeout=30).status_code == 200
            clock.ahead = 660
            assert_error(requests.get(url, timeout=30), 403, "AccessDenied", "expired")

    def test_the_url_of_deleted_code(self, link, api):
        api.call("DELETE", "/services/s/functions/f")

        assert_error(requests.get(link["url"], timeout=30), 404, "FunctionNotFound")


class FakeClock:
    ahead = 0.0

    def __call__(self) -> float:
        return datetime.now(timezone.utc).timestamp() + self.ahead
