"""What becomes of the result of a function."""

import base64

import pytest
from local.gateway_support import assert_refused


@pytest.fixture
def answer(group, replies):
    """Return the reply of an API whose function returns something."""
    group.deploy()

    def get(result, **kinds):
        replies(result, **kinds)
        return group.get("/hello")

    return get


class TestReplies:
    def test_of_the_guide(self, answer):
        reply = answer(
            {"isBase64Encoded": False, "statusCode": 200, "headers": {"X-A": "b"}, "body": "中"}
        )

        assert reply.status_code == 200
        assert reply.content == "中".encode()
        assert reply.headers["X-A"] == "b"
        assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
        assert "X-Ca-Error-Code" not in reply.headers

    @pytest.mark.parametrize("status", [200, "200", 204, 302, 404, 500, "503"])
    def test_the_status_is_that_of_the_function(self, answer, status):
        reply = answer({"statusCode": status, "headers": {"Location": "/x"}})
        if reply.history:
            reply = reply.history[0]

        assert reply.status_code == int(status)
        assert "X-Ca-Error-Message" not in reply.headers

    def test_base64_becomes_bytes(self, answer):
        encoded = base64.b64encode(b"\x00\xff").decode()

        assert answer({"statusCode": 200, "isBase64Encoded": True, "body": encoded}).content == (
            b"\x00\xff"
        )

    @pytest.mark.parametrize("body", [{"a": "中"}, [1], 7, True])
    def test_an_object_is_sent_as_json(self, answer, body):
        assert answer({"statusCode": 200, "body": body}).json() == body

    @pytest.mark.parametrize("more", [{}, {"body": None}, {"headers": None, "body": ""}])
    def test_without_body_and_headers(self, answer, more):
        """End() of fc-helper leaves out the body."""
        reply = answer({"statusCode": 200, **more})

        assert (reply.status_code, reply.content) == (200, b"")

    def test_a_type_of_the_function_takes_the_place_of_the_default(self, answer):
        reply = answer({"statusCode": 200, "headers": {"content-type": "text/html"}})

        assert reply.headers["Content-Type"] == "text/html"

    def test_of_two_names_that_differ_in_case_the_later_one_counts(self, answer):
        reply = answer({"statusCode": 200, "headers": {"X-A": "1", "x-a": "2"}})

        assert reply.headers["X-A"] == "2"

    def test_numbers_as_headers(self, answer):
        assert answer({"statusCode": 200, "headers": {"X-N": 7}}).headers["X-N"] == "7"

    def test_headers_of_the_connection_are_those_of_the_gateway(self, answer):
        headers = {"Content-Length": "999", "Transfer-Encoding": "chunked", "X-A": "b"}
        reply = answer({"statusCode": 200, "headers": headers, "body": "four"})

        assert reply.text == "four"
        assert reply.headers["Content-Length"] == "4"

    def test_half_of_a_surrogate_pair(self, answer):
        assert answer(b'{"statusCode": 200, "body": "\\ud800"}').text == "?"


class TestWrongForm:
    @pytest.mark.parametrize(
        "result",
        [
            b"plain text",
            b"",
            b"\xff",
            b"[" * 100_000,
            [],
            "text",
            None,
            {},
            {"body": "no status"},
            {"statusCode": True},
            {"statusCode": 99},
            {"statusCode": 600},
            {"statusCode": 200.5},
            {"statusCode": "OK"},
            {"statusCode": 200, "headers": ["X-A"]},
            {"statusCode": 200, "headers": {"Set-Cookie": ["a", "b"]}},
            {"statusCode": 200, "headers": {"X A": "b"}},
            {"statusCode": 200, "headers": {"X-A": "b\r\nX-B: c"}},
            {"statusCode": 200, "isBase64Encoded": True, "body": "*"},
            {"statusCode": 200, "isBase64Encoded": True, "body": "中"},
        ],
    )
    def test_is_503(self, answer, result):
        assert_refused(answer(result), 503, "D502FC", "The result of the function")

    @pytest.mark.parametrize("kind", ["HandledInvocationError", "UnhandledInvocationError"])
    def test_so_is_an_error_of_the_function(self, answer, kind):
        reply = answer(b'{"errorMessage": "oops"}', error_type=kind)

        assert_refused(reply, 503, "D502FC", f"The function failed: {kind}")
