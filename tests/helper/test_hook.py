"""The helper for Python functions behind API Gateway."""

import base64
import json

import pytest

from fc_client.helper import Headers, Request, hook

EVENT = {
    "path": "/users/me",
    "httpMethod": "GET",
    "headers": {"Content-Type": "text/plain", "X-Token": "t"},
    "queryParameters": {"q": "1"},
    "pathParameters": {"id": "me"},
    "body": "",
    "isBase64Encoded": False,
}


def event(**changes):
    return json.dumps({**EVENT, **changes}).encode()


def run(handler, sent=None):
    """Return what a hooked handler replies to an event."""
    return json.loads(hook(handler)(sent or event(), None))


class TestRequest:
    def test_what_it_has(self):
        request = Request(event(), "the context")

        assert (request.path, request.method) == ("/users/me", "GET")
        assert request.query == {"q": "1"}
        assert request.params == {"id": "me"}
        assert request.context == "the context"

    @pytest.mark.parametrize("name", ["Content-Type", "content-type", "CONTENT-TYPE"])
    def test_headers_in_any_case(self, name):
        headers = Request(event()).headers

        assert headers[name] == "text/plain"
        assert headers.get(name) == "text/plain"
        assert name in headers
        assert "other" not in headers
        assert 7 not in headers
        assert headers.get("other") is None

    def test_headers_keep_their_names(self):
        headers = Headers({"X-A": "b"})

        assert dict(headers) == {"X-A": "b"}
        assert len(headers) == 1
        assert repr(headers) == "Headers({'X-A': 'b'})"

    def test_text(self):
        request = Request(event(body="中"))

        assert request.body == "中"
        assert request.content == "中".encode()

    def test_base64(self):
        encoded = base64.b64encode(b'{"a": "\xe4\xb8\xad"}').decode()
        request = Request(event(body=encoded, isBase64Encoded=True))

        assert request.body == '{"a": "中"}'
        assert request.json() == {"a": "中"}

    def test_bytes_that_are_not_text(self):
        encoded = base64.b64encode(b"\xff\x00").decode()
        request = Request(event(body=encoded, isBase64Encoded=True))

        assert request.content == b"\xff\x00"
        assert request.body == "\ufffd\x00"

    def test_empty_fields(self):
        nothing = {"headers": None, "queryParameters": None, "pathParameters": None, "body": None}
        request = Request(event(**nothing))

        assert (dict(request.headers), request.query, request.params) == ({}, {}, {})
        assert request.body == ""

    @pytest.mark.parametrize("other", [b"", b"text", b"[]", b"{}", b'"text"'])
    def test_another_event(self, other):
        with pytest.raises(ValueError, match="not one of API Gateway"):
            Request(other)


class TestResponse:
    def test_text(self):
        assert run(lambda _, res: res.send("Hello world!\n")) == {
            "isBase64Encoded": False,
            "statusCode": 200,
            "headers": {"Content-Type": "text/plain; charset=utf-8"},
            "body": "Hello world!\n",
        }

    @pytest.mark.parametrize("value", [{"a": "中"}, [1], None, 7, False])
    def test_json(self, value):
        reply = run(lambda _, res: res.send(value))

        assert reply["headers"] == {"Content-Type": "application/json"}
        assert json.loads(reply["body"]) == value

    def test_bytes(self):
        reply = run(lambda _, res: res.send(b"\xff"))

        assert reply["isBase64Encoded"] is True
        assert base64.b64decode(reply["body"]) == b"\xff"
        assert reply["headers"] == {"Content-Type": "application/octet-stream"}

    def test_status_and_type(self):
        def handler(_, res):
            res.status = 404
            res.type = "text/html"
            res.send("<p>")

        reply = run(handler)

        assert reply["statusCode"] == 404
        assert reply["headers"] == {"Content-Type": "text/html"}

    def test_headers(self):
        def handler(_, res):
            res.set_header("X-A", "1")
            res.set_header("x-a", "2")
            res.set_header("content-type", "text/csv")
            res.send("a,b")

        assert run(handler)["headers"] == {"x-a": "2", "Content-Type": "text/csv"}

    def test_end(self):
        reply = run(lambda _, res: res.end())

        assert (reply["statusCode"], reply["headers"], reply["body"]) == (200, {}, "")

    def test_ends_with_the_handler(self):
        def handler(_, res):
            res.status = 204

        assert run(handler)["statusCode"] == 204

    @pytest.mark.parametrize("second", ["send", "end"])
    def test_is_sent_once(self, second):
        def handler(_, res):
            res.send("one")
            getattr(res, second)(*(["two"] if second == "send" else []))

        with pytest.raises(RuntimeError, match="sent already"):
            run(handler)


class TestHook:
    def test_keeps_the_name_and_the_docstring(self):
        @hook
        def handler(_req, res):
            """Say what it does."""
            res.end()

        assert (handler.__name__, handler.__doc__) == ("handler", "Say what it does.")

    def test_errors_are_those_of_the_function(self):
        def handler(_req, _res):
            raise KeyError("x")

        with pytest.raises(KeyError):
            run(handler)
