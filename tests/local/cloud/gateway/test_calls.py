"""Calls of deployed APIs: which is found, and what the gateway answers itself."""

import asyncio
import logging
import re
import subprocess

import pytest
from local.gateway_support import assert_refused, parameter
from local.support import echo, outcome
from support.waiting import wait_until

TOKEN = "aaa.bbb.ccc"


class TestUrls:
    def test_with_curl_as_printed(self, group):
        group.deploy(path="/helloworld")

        done = subprocess.run(
            ["curl", "-sS", f"http://{group.domain}/helloworld"],
            capture_output=True,
            check=True,
            text=True,
        )

        assert done.stdout == "fine"

    def test_below_localhost(self, group, fc):
        group.deploy()

        done = subprocess.run(
            ["curl", "-sS", f"http://{group.id}.localhost:{fc.address[1]}/hello"],
            capture_output=True,
            check=True,
            text=True,
        )

        assert done.stdout == "fine"

    def test_by_the_host_of_the_cloud(self, group, fc, gateway):
        group.deploy()
        host = f"{group.id}-cn-hangzhou.alicloudapi.com"

        by_header = gateway.cloud.session.get(f"{fc.endpoint}/hello", headers={"Host": host})
        by_path = gateway.cloud.session.get(f"{fc.endpoint}/{host}/hello")

        assert by_header.text == by_path.text == "fine"

    def test_from_a_web_page(self, group):
        """Unlike those to Function Compute, requests of pages are answered."""
        group.deploy()
        headers = {"Origin": "http://example.com", "Sec-Fetch-Site": "cross-site"}

        reply = group.get("/hello", headers=headers)

        assert reply.status_code == 200
        assert not any(name.startswith("Access-Control") for name in reply.headers)

    def test_of_a_name_that_was_rebound(self, group):
        group.deploy()

        reply = group.get("/hello", headers={"Host": "evil.example.com"})

        assert (reply.status_code, reply.json()["ErrorCode"]) == (403, "AccessDenied")

    def test_of_a_group_that_does_not_exist(self, gateway, fc):
        reply = gateway.cloud.session.get(f"{fc.endpoint}/{'0' * 32}/hello")

        assert_refused(reply, 404, "I404DO", "Invalid Domain")

    def test_that_is_too_long(self, group):
        group.deploy()

        assert_refused(group.get("/hello?a=" + "x" * 8192), 413, "I413UL")


class TestRoutes:
    @pytest.mark.parametrize("path", ["/", "/hello/", "/hello/x", "/Hello", "//hello", ""])
    def test_another_path(self, group, path):
        group.deploy()

        assert_refused(group.get(path), 404, "I404NF", "API not found")

    def test_another_method(self, group):
        group.deploy()

        assert_refused(group.send("POST", "/hello"), 404, "I404NF", "POST /hello")
        assert_refused(group.send("TRACE", "/hello"), 405, "I405UM")

    def test_options_needs_an_api_of_its_own(self, group):
        group.deploy()
        assert group.send("OPTIONS", "/hello").status_code == 404

        group.deploy(name="options", method="OPTIONS")
        assert group.send("OPTIONS", "/hello").status_code == 200

    def test_head(self, group):
        group.deploy(method="HEAD")

        reply = group.send("HEAD", "/hello")

        assert (reply.status_code, reply.headers["Content-Length"]) == (200, "4")

    def test_the_root(self, group):
        group.deploy(path="/")

        assert group.get("/").text == "fine"

    def test_a_path_without_parameters_is_preferred(self, group, event):
        group.deploy(name="any", path="/[x]/[y]", parameters=(parameter("x", "Path"),))
        group.deploy(name="me", path="/users/me")
        group.deploy(name="one", path="/users/[id]", parameters=(parameter("id", "Path"),))

        group.get("/users/me")
        assert event()["pathParameters"] == {}
        group.get("/users/you")
        assert event()["pathParameters"] == {"id": "you"}
        group.get("/things/me")
        assert event()["pathParameters"] == {"x": "things"}
        assert group.get("/users/").status_code == 404

    def test_the_message_is_short(self, group):
        reply = group.get("/" + "\u00e9" * 1000)

        assert len(reply.headers["X-Ca-Error-Message"]) == 500


class TestStages:
    @pytest.mark.parametrize("header", ["TEST", "test", " Test "])
    def test_the_header_chooses(self, group, header):
        group.deploy("TEST")

        assert group.get("/hello").status_code == 404
        assert group.get("/hello", headers={"x-ca-stage": header.strip()}).status_code == 200

    def test_of_another_name(self, group):
        assert_refused(group.get("/hello", headers={"X-Ca-Stage": "DEV"}), 400, "I400SG", "Stage")


class TestCallers:
    def test_apps_are_not_known(self, group):
        group.deploy(AuthType="APP")

        assert_refused(group.get("/hello"), 403, "", "Unauthorized")

    @pytest.mark.parametrize(
        "given",
        [{"params": {"token": TOKEN}}, {"headers": {"Token": TOKEN}}],
        ids=["query", "head"],
    )
    def test_openid(self, group, given):
        config = {"OpenIdApiType": "BUSINESS", "IdTokenParamName": "token"}
        group.deploy(AuthType="OPENID", OpenIdConnectConfig=config)

        assert_refused(group.get("/hello"), 403, "I400JR", "token")
        assert_refused(group.get("/hello?token=x"), 403, "A403JT", "JWT")
        assert group.get("/hello", **given).status_code == 200

    def test_openid_by_the_path(self, group):
        """The original fun's users do that: /whoAmI/[token]."""
        config = {"OpenIdApiType": "BUSINESS", "IdTokenParamName": "token"}
        group.deploy(
            path="/whoAmI/[token]",
            parameters=(parameter("token", "Path"),),
            AuthType="OPENID",
            OpenIdConnectConfig=config,
        )

        assert group.get(f"/whoAmI/{TOKEN}").status_code == 200

    def test_who_issues_tokens_needs_none(self, group):
        config = {"OpenIdApiType": "IDTOKEN", "PublicKeyId": "k", "PublicKey": "{}"}
        group.deploy(AuthType="OPENID", OpenIdConnectConfig=config)

        assert group.get("/hello").status_code == 200


class TestFunctions:
    def test_that_take_too_long(self, group, pools):
        may_end = []

        async def slow(_spec, _event):
            while not may_end:  # noqa: ASYNC110 - another thread sets it
                await asyncio.sleep(0.01)
            return outcome()

        pools.behaviour = slow
        group.deploy(timeout=100)

        assert_refused(group.get("/hello"), 504, "D504TO", "timeout: 0.1 s")
        assert pools.running == 1
        may_end.append(True)
        pools.behaviour = echo

    def test_that_fail_after_the_time(self, group, pools, caplog):
        may_end = []

        async def broken(_spec, _event):
            while not may_end:  # noqa: ASYNC110 - another thread sets it
                await asyncio.sleep(0.01)
            raise RuntimeError("not retrieved")

        pools.behaviour = broken
        group.deploy(timeout=50)

        assert group.get("/hello").status_code == 504
        may_end.append(True)
        wait_until(lambda: pools.running == 0)
        assert "never retrieved" not in caplog.text

    def test_that_do_not_exist(self, group):
        config = {
            "ServiceProtocol": "FunctionCompute",
            "ServiceTimeout": 3000,
            "FunctionComputeConfig": {
                "FcRegionId": "cn-x",
                "ServiceName": "s",
                "FunctionName": "none",
            },
        }
        group.deploy(ServiceConfig=config)

        assert_refused(
            group.get("/hello"),
            500,
            "",
            "Failed To Invoke Backend Service: function 'none' does not exist",
        )


class TestLog:
    def test_of_calls_and_actions(self, group, caplog):
        caplog.set_level(logging.INFO, "fc_client.local")

        group.deploy("TEST")
        reply = group.get("/hello?secret=1", headers={"X-Ca-Stage": "TEST"})
        group.get("/none")
        group.gateway.call("DeployApi", GroupId=group.id, ApiId="0" * 32)

        create, deploy, call, missing, refused = caplog.messages
        ms = r"[0-9.]+ ms"
        assert re.match(rf"CreateApi hello/{group.id} 200 {ms} ", create)
        assert re.match(rf"DeployApi {group.id}/[0-9a-f]+/TEST 200 {ms} ", deploy)
        request_id = reply.headers["X-Ca-Request-Id"]
        assert re.fullmatch(rf"GET /hello \(TEST\) -> s/f 200 {ms} warm {request_id}", call)
        assert re.fullmatch(rf"GET /none 404 {ms} [0-9A-F-]+ API not found for GET /none", missing)
        assert refused.endswith("NotFoundApi: Cannot find the API '" + "0" * 32 + "'.")
        assert "secret" not in caplog.text

    def test_of_errors(self, group, caplog, replies):
        group.deploy()
        caplog.set_level(logging.INFO, "fc_client.local")

        replies(b'{"errorMessage": "oops"}', error_type="UnhandledInvocationError")
        group.get("/hello")
        replies("text")
        group.get("/hello")

        failed, malformed = caplog.messages
        assert failed.startswith("GET /hello -> s/f 503 ")
        assert failed.endswith("UnhandledInvocationError: oops")
        assert "The result of the function must be a JSON object, got" in malformed

    def test_has_no_control_characters(self, group, caplog):
        caplog.set_level(logging.INFO, "fc_client.local")

        group.get("/a%1b%0ab")

        assert len(caplog.messages) == 1
        assert "\x1b" not in caplog.text
        assert r"/a\x1b\nb" in caplog.text
