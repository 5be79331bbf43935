"""The event of a function, and the parameters that are checked before."""

import base64
import uuid

import pytest
from local.gateway_support import assert_refused, parameter

KEYS = [
    "path",
    "httpMethod",
    "headers",
    "queryParameters",
    "pathParameters",
    "body",
    "isBase64Encoded",
]


class TestMapping:
    """The mode that the original fun uses: functions get what is declared."""

    def test_all_keys_are_always_there(self, group, event, pools):
        group.deploy()

        reply = group.get("/hello?a=1", headers={"X-Other": "x", "Cookie": "c"})

        request_id = reply.headers["X-Ca-Request-Id"]
        assert list(event()) == KEYS
        assert event() == {
            "path": "/hello",
            "httpMethod": "GET",
            "headers": {"X-Ca-Api-Gateway": request_id, "X-Forwarded-For": "127.0.0.1"},
            "queryParameters": {},
            "pathParameters": {},
            "body": "",
            "isBase64Encoded": False,
        }
        assert request_id == str(uuid.UUID(request_id)).upper()
        assert pools.calls[-1][1] == request_id
        assert "X-Fc-Request-Id" not in reply.headers

    def test_declared_parameters(self, group, event):
        group.deploy(
            path="/users/[id]/x",
            parameters=(
                parameter("id", "Path"),
                parameter("q"),
                parameter("X-Token", "Head"),
                parameter("absent"),
                parameter("usual", DefaultValue="as ever"),
            ),
        )

        group.get("/users/a%20b/x?q=%E4%B8%AD+1&q=last&other=1", headers={"x-token": "t"})

        assert event()["path"] == "/users/a b/x"
        assert event()["pathParameters"] == {"id": "a b"}
        assert event()["queryParameters"] == {"q": "last", "usual": "as ever"}
        assert event()["headers"]["X-Token"] == "t"

    def test_a_slash_in_a_parameter(self, group, event):
        group.deploy(path="/users/[id]", parameters=(parameter("id", "Path"),))

        group.get("/users/a%2Fb")

        assert event()["pathParameters"] == {"id": "a/b"}

    def test_another_name_and_place_for_the_function(self, group, event):
        group.deploy(
            parameters=(parameter("q"),),
            ServiceParameters=[
                {"ServiceParameterName": "X-Q", "Location": "Head", "ParameterCatalog": "REQUEST"}
            ],
            ServiceParametersMap=[{"ServiceParameterName": "X-Q", "RequestParameterName": "q"}],
        )

        group.get("/hello?q=1")

        assert event()["headers"]["X-Q"] == "1"
        assert event()["queryParameters"] == {}

    def test_constant_and_system_parameters(self, group, event):
        group.deploy(
            ConstantParameters=[
                {"ServiceParameterName": "X-C", "ConstantValue": "c", "Location": "Head"},
                {"ServiceParameterName": "c", "ConstantValue": "d", "Location": "Query"},
            ],
            SystemParameters=[
                {"ParameterName": name, "ServiceParameterName": name, "Location": "Head"}
                for name in ("CaClientIp", "CaApiName", "CaHttpSchema", "CaClientUa", "CaRequestId")
            ],
        )

        reply = group.get("/hello", headers={"User-Agent": "tests"})

        headers = event()["headers"]
        assert headers["X-C"] == "c"
        assert event()["queryParameters"] == {"c": "d"}
        assert headers["CaClientIp"] == "127.0.0.1"
        assert headers["CaApiName"] == "hello"
        assert headers["CaHttpSchema"] == "http"
        assert headers["CaClientUa"] == "tests"
        assert headers["CaRequestId"] == reply.headers["X-Ca-Request-Id"]


class TestBodies:
    def test_a_form_is_text(self, group, event):
        group.deploy(method="POST", body_format="FORM", parameters=(parameter("a", "Body"),))

        group.send("POST", "/hello", data={"a": "1 2", "other": "中"})

        assert event()["body"] == "a=1+2&other=%E4%B8%AD"
        assert event()["isBase64Encoded"] is False
        assert event()["headers"]["Content-Type"] == "application/x-www-form-urlencoded"

    def test_a_default_is_added_to_a_form(self, group, event):
        declared = (parameter("a", "Body", DefaultValue="usual one"),)
        group.deploy(method="POST", body_format="FORM", parameters=declared)

        group.send("POST", "/hello", data={"b": "2"})
        assert event()["body"] == "b=2&a=usual+one"

        group.send("POST", "/hello", data={"a": "3"})
        assert event()["body"] == "a=3"

    @pytest.mark.parametrize("body", [b"", b"\x00\xff", b'{"a": 1}'])
    def test_a_stream_is_base64(self, group, event, body):
        group.deploy(method="POST", body_format="STREAM")

        group.send("POST", "/hello", data=body)

        assert base64.b64decode(event()["body"]) == body
        assert event()["isBase64Encoded"] is True
        assert event()["headers"]["Content-Type"] == "application/octet-stream; charset=UTF-8"

    def test_a_given_type_is_kept(self, group, event):
        group.deploy(method="PUT", body_format="STREAM")

        group.send("PUT", "/hello", json={})

        assert event()["headers"]["Content-Type"] == "application/json"

    def test_another_content_type_is_base64(self, group, event):
        group.deploy(method="POST", body_format="FORM")

        group.send("POST", "/hello", json=[])

        assert base64.b64decode(event()["body"]) == b"[]"

    def test_that_is_too_large(self, group, pools):
        group.deploy(method="POST", body_format="STREAM")

        refused = group.send("POST", "/hello", data=b"x" * (2 * 1024 * 1024 + 1))
        accepted = group.send("POST", "/hello", data=b"x" * (2 * 1024 * 1024))

        assert_refused(refused, 413, "I413RL", "2097152")
        assert accepted.status_code == 200
        assert len(pools.calls) == 1


class TestPassThrough:
    def test_everything_arrives(self, group, event):
        group.deploy(path="/[id]", mode="PASSTHROUGH")

        group.get("/7?a=1", headers={"X-Other": "x", "Cookie": "c=1"})

        assert event()["pathParameters"] == {"id": "7"}
        assert event()["queryParameters"] == {"a": "1"}
        headers = event()["headers"]
        assert (headers["X-Other"], headers["Cookie"]) == ("x", "c=1")
        assert headers["X-Real-IP"] == "127.0.0.1"
        assert headers["X-Forwarded-Proto"] == "http"
        assert "User-Agent" in headers
        assert "Host" not in headers
        assert (event()["body"], event()["isBase64Encoded"]) == ("", True)

    def test_a_body_needs_no_format(self, group, event):
        group.deploy(method="POST", mode="PASSTHROUGH")

        group.send("POST", "/hello", json={"a": 1})

        assert base64.b64decode(event()["body"]) == b'{"a": 1}'

    def test_mapping_and_pass_through(self, group, event):
        group.deploy(mode="MAPPING_PASSTHROUGH", parameters=(parameter("q", DefaultValue="d"),))

        group.get("/hello?a=1", headers={"X-Other": "x"})

        assert event()["queryParameters"] == {"a": "1", "q": "d"}
        assert event()["headers"]["X-Other"] == "x"


class TestChecks:
    @pytest.mark.parametrize("location", ["Query", "Head", "Body"])
    def test_a_required_one_is_missing(self, group, location, pools):
        declared = (parameter("needed", location, Required="REQUIRED"),)
        group.deploy(method="POST", body_format="FORM", parameters=declared)

        assert_refused(group.send("POST", "/hello"), 400, "I400MP", "needed", location)
        assert pools.calls == []

    def test_a_required_one_with_a_default(self, group, event):
        group.deploy(parameters=(parameter("q", Required="REQUIRED", DefaultValue="d"),))

        group.get("/hello")

        assert event()["queryParameters"] == {"q": "d"}

    @pytest.mark.parametrize(
        ("kind", "right", "wrong"),
        [
            (
                "Int",
                ["0", "-2147483648", "+7"],
                ["", "1.0", "2147483648", "9" * 5000, "+-7", "--7", "٣"],
            ),
            ("Long", ["9223372036854775807"], ["9223372036854775808", "x"]),
            ("Float", ["1", "-1.5", ".5", "1e3"], ["", "nan", "1,5"]),
            ("Double", ["1.", "2E-3"], ["1e", "infinity"]),
            ("Boolean", ["true", "FALSE"], ["1", "yes", ""]),
            ("String", ["", "x"], []),
        ],
    )
    def test_types(self, group, kind, right, wrong):
        group.deploy(parameters=(parameter("q", kind=kind),))

        for value in right:
            assert group.get("/hello", params={"q": value}).status_code == 200, value
        for value in wrong:
            reply = group.get("/hello", params={"q": value})
            assert_refused(reply, 400, "I400IP", f"q must be of type {kind}")
