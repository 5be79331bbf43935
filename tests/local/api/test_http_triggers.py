"""HTTP triggers: what they accept, who may call them, and what limits calls have."""

import json
import textwrap
from urllib.parse import urlencode

import pytest
from local.http_support import (
    ECHO,
    PROXY,
    add_trigger,
    create_python,
    fetch,
    fetch_signed,
)
from local.support import assert_error, zip_code, zip_of
from support.waiting import wait_until

from fc_client import signing
from fc_client.local import LocalFunctionCompute


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute() as fc:
        yield fc


@pytest.fixture
def own(function_compute, make_api):
    """Return an API whose server runs functions, empty."""
    function_compute.reset()
    return make_api(function_compute)


class TestTrigger:
    def test_needs_neither_a_role_nor_a_source(self, api):
        api.create_service()
        api.create_function()

        made = add_trigger(api, auth="function", methods=["GET"])

        assert made.status_code == 200
        assert made.json()["triggerConfig"] == {"authType": "function", "methods": ["GET"]}

    @pytest.mark.parametrize(
        ("config", "field"),
        [
            ({"methods": ["GET"]}, "authType"),
            ({"authType": "jwt", "methods": ["GET"]}, "authType"),
            ({"authType": "anonymous"}, "methods"),
            ({"authType": "anonymous", "methods": []}, "methods"),
            ({"authType": "anonymous", "methods": ["TRACE"]}, "methods"),
            ({"authType": "anonymous", "methods": "GET"}, "methods"),
        ],
    )
    def test_with_another_configuration_is_refused(self, api, config, field):
        api.create_service()
        api.create_function()

        made = add_trigger(api, triggerConfig=config)

        assert_error(made, 400, "InvalidArgument", f"triggerConfig.{field}")


class TestTarget:
    @pytest.mark.parametrize("path", ["/2016-08-15/proxy/", "/2016-08-15/proxy/s", f"{PROXY[:-1]}"])
    def test_without_a_function_is_no_path(self, api, path):
        assert_error(fetch(api, "GET", path), 400, "PathNotSupported", "SERVICE/FUNCTION")

    def test_that_does_not_exist_is_the_services_error(self, api):
        assert_error(fetch(api, "GET", f"{PROXY}/"), 404, "ServiceNotFound")
        api.create_service()
        assert_error(fetch(api, "GET", f"{PROXY}/"), 404, "FunctionNotFound")
        api.create_function()
        assert_error(fetch(api, "GET", f"{PROXY}/"), 404, "TriggerNotFound", "s/f")

    def test_with_a_qualifier_needs_a_trigger_of_that_qualifier(self, api):
        api.create_service()
        api.create_function()
        add_trigger(api)

        assert_error(fetch(api, "GET", "/2016-08-15/proxy/s.prod/f/"), 404, "AliasNotFound", "prod")

    def test_may_be_the_latest_version_by_name(self, own):
        create_python(own, ECHO)
        add_trigger(own)

        assert fetch(own, "GET", "/2016-08-15/proxy/s.LATEST/f/x").json()["PATH_INFO"] == "/x"

    def test_is_logged_with_its_function(self, own, caplog):
        create_python(own, ECHO)
        add_trigger(own)

        with caplog.at_level("INFO", "fc_client.local.activity"):
            fetch(own, "GET", f"{PROXY}/a")
            wait_until(lambda: "HTTPInvokeFunction" in caplog.text)

        assert "HTTPInvokeFunction s/f 200" in caplog.text


class TestVersions:
    """An alias has a trigger of its own, and its version runs."""

    SOURCE = """
        def h(environ, start_response):
            start_response("200 OK", [])
            RESULT
        """

    @pytest.mark.parametrize("result", ["return [b'CODE']", "yield b'CODE'"])
    def test_run_through_the_trigger_of_their_alias(self, own, result):
        source = self.SOURCE.replace("RESULT", result)
        create_python(own, source.replace("CODE", "old"))
        own.call("POST", "/services/s/versions", {}).raise_for_status()
        alias = {"aliasName": "prod", "versionId": "1"}
        own.call("POST", "/services/s/aliases", alias).raise_for_status()
        new = textwrap.dedent(source.replace("CODE", "new"))
        code = {"code": zip_code(zip_of({"m.py": new}))}
        own.call("PUT", "/services/s/functions/f", code).raise_for_status()
        add_trigger(own)
        add_trigger(own, triggerName="prod", qualifier="prod").raise_for_status()

        latest = fetch(own, "GET", f"{PROXY}/")
        prod = fetch(own, "GET", "/2016-08-15/proxy/s.prod/f/")

        assert (latest.text, prod.text) == ("new", "old")
        header = "X-Fc-Invocation-Service-Version"
        assert (latest.headers[header], prod.headers[header]) == ("LATEST", "1")
        without_trigger = fetch(own, "GET", "/2016-08-15/proxy/s.1/f/")
        assert_error(without_trigger, 404, "TriggerNotFound", "s.1/f")


class TestLimits:
    @pytest.fixture(autouse=True)
    def _function(self, api):
        api.create_service()
        api.create_function()
        add_trigger(api, methods=["GET", "POST"])

    def test_of_methods(self, api):
        reply = fetch(api, "DELETE", f"{PROXY}/")

        assert_error(reply, 405, "MethodNotAllowed", "GET, POST", "DELETE")

    def test_of_the_path_with_its_query(self, api):
        reply = fetch(api, "GET", f"{PROXY}/?q={'x' * 4096}")

        assert_error(reply, 400, "InvalidArgument", "path", "4096")

    def test_of_the_headers_together(self, api):
        headers = {"a": "x" * 5000, "b": "x" * 5000}

        reply = fetch(api, "GET", f"{PROXY}/", headers=headers)

        assert_error(reply, 400, "InvalidArgument", "headers", "8192")

    def test_of_the_body(self, api):
        reply = fetch(api, "POST", f"{PROXY}/", data=bytes(32 * 1024 * 1024 + 1))

        assert_error(reply, 400, "InvalidArgument", "body", str(32 * 1024 * 1024))

    def test_of_the_body_of_an_async_call(self, api):
        headers = {"X-Fc-Invocation-Type": "Async"}

        reply = fetch(api, "POST", f"{PROXY}/", data=bytes(128 * 1024 + 1), headers=headers)

        assert_error(reply, 400, "InvalidArgument", "body", str(128 * 1024))

    @pytest.mark.parametrize("name", ["X-Fc-Invocation-Type", "X-Fc-Log-Type"])
    def test_of_what_a_header_may_say(self, api, name):
        reply = fetch(api, "GET", f"{PROXY}/", headers={name: "Perhaps"})

        assert_error(reply, 400, "InvalidArgument", name, "Perhaps")


class TestBodyWithoutLength:
    def test_that_is_too_large_is_refused_although_the_function_runs(self, own):
        create_python(own, ECHO)
        add_trigger(own)
        chunks = (bytes(1024 * 1024) for _ in range(33))

        reply = fetch(own, "POST", f"{PROXY}/", data=chunks)

        assert_error(reply, 400, "InvalidArgument", "body")
        assert fetch(own, "POST", f"{PROXY}/", data=b"next").json()["body"] == "next"


QUERIES = {"b": ["2", "1"], "a": ["1 2"], "x": ["é"], "x-fc-extra": ["y"]}


class TestSignedCall:
    @pytest.fixture(autouse=True)
    def _function(self, own):
        create_python(own, ECHO)
        add_trigger(own, auth="function")

    def test_covers_path_and_query(self, own):
        reply = fetch_signed(own, "GET", f"{PROXY}/a b/é", QUERIES)

        assert reply.status_code == 200
        assert reply.json()["PATH_INFO"].encode("latin-1").decode() == "/a b/é"

    def test_without_a_query(self, own):
        assert fetch_signed(own, "POST", f"{PROXY}/", {}, data=b"body").json()["body"] == "body"

    def test_of_another_query_is_refused(self, own):
        path = f"{PROXY}/"
        headers = {"Date": own.signed("GET", path)["Date"]}
        headers["Authorization"] = signing.authorization(
            own.key_id, own.key_secret, "GET", path, headers, {"a": ["1"]}
        )

        reply = fetch(own, "GET", f"{path}?a=2", headers=headers)

        assert_error(reply, 403, "SignatureNotMatch")

    def test_is_needed(self, own):
        assert_error(fetch(own, "GET", f"{PROXY}/"), 403, "AccessDenied", "Authorization")

    def test_of_the_path_as_sent_is_accepted(self, own):
        """The official Node SDK signs what it sends."""
        path = f"{PROXY}/%E4%B8%AD"
        headers = {"Date": own.signed("GET", path)["Date"]}
        headers["Authorization"] = signing.authorization(
            own.key_id, own.key_secret, "GET", path, headers, {}
        )

        assert fetch(own, "GET", path, headers=headers).status_code == 200

    def test_a_query_without_values_is_signed_bare(self, own):
        path = f"{PROXY}/"
        headers = {"Date": own.signed("GET", path)["Date"]}
        headers["Authorization"] = signing.authorization(
            own.key_id, own.key_secret, "GET", path, headers, {"flag": [], "a": [""]}
        )

        assert fetch(own, "GET", f"{path}?flag&a=", headers=headers).status_code == 200


class TestPresignedUrl:
    @pytest.fixture(autouse=True)
    def _function(self, own):
        create_python(own, ECHO)
        add_trigger(own, auth="function")

    def url(self, own, expires, key_id=None, **signed):
        path = f"{PROXY}/{signed.pop('path', '')}"
        queries = {
            "x-fc-access-key-id": key_id or own.key_id,
            "x-fc-expires": str(expires),
            "x": "a",
        }
        text = signing.string_to_sign(
            "GET", path, {"Date": str(expires), **signed}, {k: [v] for k, v in queries.items()}
        )
        given = signing.signature(own.key_secret, text)
        return f"{path}?{urlencode({**queries, 'x-fc-signature': given})}"

    def test_needs_no_header(self, own):
        reply = fetch(own, "GET", self.url(own, 99999999999, path="a"))

        assert reply.json()["PATH_INFO"] == "/a"

    def test_that_has_expired_is_refused(self, own):
        assert_error(fetch(own, "GET", self.url(own, 1)), 403, "AccessDenied", "expired")

    def test_with_a_strange_expiry_is_refused(self, own):
        assert_error(fetch(own, "GET", self.url(own, "soon")), 400, "InvalidArgument", "soon")

    def test_of_another_key_is_refused(self, own):
        url = self.url(own, 99999999999, key_id="other")

        assert_error(fetch(own, "GET", url), 403, "InvalidAccessKeyID", "other")

    def test_that_was_changed_is_refused(self, own):
        url = self.url(own, 99999999999).replace("x=a", "x=b")

        assert_error(fetch(own, "GET", url), 403, "SignatureNotMatch")

    def test_needs_the_headers_that_were_signed(self, own):
        url = self.url(own, 99999999999, **{"x-fc-trace-id": "t"})

        assert fetch(own, "GET", url, headers={"X-Fc-Trace-Id": "t"}).status_code == 200
        assert fetch(own, "GET", url).status_code == 403


class TestWithoutAuthentication:
    def test_of_the_server_any_call_is_answered(self, make_api):
        with LocalFunctionCompute(auth=False) as fc:
            api = make_api(fc)
            create_python(api, ECHO)
            add_trigger(api, auth="function")

            assert fetch(api, "GET", f"{PROXY}/").status_code == 200


class TestAsyncCall:
    def test_is_accepted_and_runs_later(self, own, function_compute):
        create_python(
            own,
            """
            def h(environ, start_response):
                print("got", environ["REQUEST_METHOD"], environ["wsgi.input"].read())
                start_response("500 Bad", [])
                return [b"not read" * 2000000]
            """,
        )
        add_trigger(own)
        headers = {"X-Fc-Invocation-Type": "Async"}

        reply = fetch(own, "PUT", f"{PROXY}/a?b", data=b"\x00body", headers=headers)
        function_compute.drain()

        assert (reply.status_code, reply.content) == (202, b"")
        assert "got PUT b'\\x00body'" in function_compute.logs("s", "f")

    def test_has_no_log_to_return(self, own):
        create_python(own, ECHO)
        add_trigger(own)
        headers = {"X-Fc-Invocation-Type": "Async", "X-Fc-Log-Type": "Tail"}

        reply = fetch(own, "GET", f"{PROXY}/", headers=headers)

        assert_error(reply, 400, "InvalidArgument", "X-Fc-Log-Type")

    def test_an_event_that_only_looks_like_a_call_is_an_event(self, own, function_compute):
        create_python(own, "def h(event, context):\n    print(event)\n")

        own.invoke(b"\x00fc-http\x00{}\x00", type="Async")
        function_compute.drain()

        assert "fc-http" in function_compute.logs("s", "f")


# A browser says where a page comes from.
OF_A_PAGE = {"Origin": "http://page.example", "Sec-Fetch-Site": "cross-site"}


class TestWebPages:
    def test_may_call_functions(self, own):
        create_python(own, ECHO)
        add_trigger(own)

        reply = fetch(own, "GET", f"{PROXY}/", headers=OF_A_PAGE)

        assert reply.json()["HTTP_ORIGIN"] == "http://page.example"

    def test_may_not_call_the_api(self, own):
        reply = own.call("GET", "/services", headers=OF_A_PAGE)

        assert_error(reply, 403, "AccessDenied", "web pages")

    def test_whose_own_name_leads_here_reach_nothing(self, own):
        create_python(own, ECHO)
        add_trigger(own)

        reply = fetch(own, "GET", f"{PROXY}/", headers={"Host": "evil.example"})

        assert_error(reply, 403, "AccessDenied", "Host")


class TestLogOfACall:
    def test_comes_back_on_demand(self, own):
        create_python(
            own,
            """
            def h(environ, start_response):
                print("hello from here")
                start_response("200 OK", [])
                return []
            """,
        )
        add_trigger(own)

        reply = fetch(own, "GET", f"{PROXY}/", headers={"X-Fc-Log-Type": "Tail"})

        assert reply.headers["X-Fc-Log-Result"]
        assert reply.headers["X-Fc-Request-Id"]

    def test_is_stored(self, own, function_compute):
        create_python(own, ECHO)
        add_trigger(own)

        reply = fetch(own, "GET", f"{PROXY}/")

        assert function_compute.logs("s", "f", reply.headers["X-Fc-Request-Id"])
        assert json.loads(reply.content)["fc.request_uri"] == f"{PROXY}/"
