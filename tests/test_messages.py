import pytest

from fc_client._json import excerpt, read_json
from fc_client._messages import (
    Attempt,
    Headers,
    Request,
    Response,
    Stream,
    build,
    path,
)


def reply(status, body=b"", **headers):
    items = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Response(status, Headers(items), body)


class TestHeaders:
    def test_found_in_any_case(self):
        headers = Headers([("ETag", "e"), ("x-fc-A", "1")])
        assert (headers["etag"], headers["ETAG"], headers.get("X-Fc-a")) == ("e", "e", "1")
        assert "eTag" in headers

    def test_absent_is_a_key_error(self):
        assert Headers().get("a") is None
        with pytest.raises(KeyError):
            Headers()["a"]

    def test_is_a_mapping(self):
        headers = Headers([("A", "1"), ("b", "2")])
        assert dict(headers) == {"a": "1", "b": "2"}
        assert len(headers) == 2
        assert repr(headers) == "Headers([('a', '1'), ('b', '2')])"


class TestPath:
    def test_starts_with_the_version(self):
        assert path("/services") == "/2016-08-15/services"

    @pytest.mark.parametrize(
        ("name", "segment"),
        [
            ("a-b_c", "a-b_c"),
            ("a b/../c?x=1#f", "a%20b%2F..%2Fc%3Fx%3D1%23f"),
            ("服务", "%E6%9C%8D%E5%8A%A1"),
            ("100%", "100%25"),
            ("%2e%2e", "%252e%252e"),
            ("{b}", "%7Bb%7D"),
            ("a+b", "a%2Bb"),
            ("...", "..."),
        ],
    )
    def test_names_are_encoded_and_signed_decoded(self, name, segment):
        encoded = path("/services/{a}", a=name)
        assert encoded == f"/2016-08-15/services/{segment}"
        assert Request("Op", "GET", encoded).signed_path == f"/2016-08-15/services/{name}"

    @pytest.mark.parametrize(
        ("qualifier", "segment"),
        [
            (None, "a%20b"),
            ("1", "a%20b.1"),
            ("LATEST", "a%20b.LATEST"),
            ("\N{SNOWMAN}", "a%20b.%E2%98%83"),
        ],
    )
    def test_qualifier_follows_the_name_of_the_service(self, qualifier, segment):
        found = path("/services/{service_name}/functions", service_name="a b", qualifier=qualifier)
        assert found == f"/2016-08-15/services/{segment}/functions"

    @pytest.mark.parametrize("qualifier", ["", ".", "a.b", "a/b", "\ud800"])
    def test_qualifier_that_would_change_the_path_is_refused(self, qualifier):
        with pytest.raises(ValueError, match=r"^qualifier: "):
            path("/services/{service_name}", service_name="s", qualifier=qualifier)

    def test_qualifier_is_text(self):
        with pytest.raises(TypeError, match=r"^qualifier: expected a str, got int$"):
            path("/services/{service_name}", service_name="s", qualifier=1)

    @pytest.mark.parametrize("name", ["", ".", "..", "\ud800"])
    def test_what_no_path_can_hold_is_refused(self, name):
        with pytest.raises(ValueError, match=r"^service_name: "):
            path("/services/{service_name}", service_name=name)

    @pytest.mark.parametrize("name", [None, 1, b"a", ["a"]])
    def test_what_is_no_text_is_refused(self, name):
        with pytest.raises(TypeError, match=r"^service_name: expected a str, got "):
            path("/services/{service_name}", service_name=name)


class TestBuild:
    def test_none_is_left_out_and_everything_else_sent(self):
        request = build(
            "Op",
            "PUT",
            "/p",
            query={"a": None, "b": 0, "c": "", "d": "x y/+&"},
            headers={"H": None, "I": ""},
            fields={"x": None, "y": "", "z": False, "u": {"v": None}},
        )
        assert request.query == "?b=0&c=&d=x%20y%2F%2B%26"
        assert request.headers == {"I": ""}
        assert request.body == b'{"y": "", "z": false, "u": {"v": null}}'

    def test_without_anything_is_bare(self):
        request = build("Op", "GET", "/p")
        assert (request.query, request.headers, request.body) == ("", {}, b"")

    def test_body_is_sent_as_it_is(self):
        assert build("Op", "POST", "/p", body=b"\xff").body == b"\xff"


class TestRequest:
    @pytest.mark.parametrize(
        ("body", "replayable"),
        [
            (b"x", True),
            (Stream(lambda: iter([b"x"])), False),
            (Stream(lambda: iter([b"x"]), 1, replayable=True), True),
        ],
    )
    def test_replayable(self, body, replayable):
        assert Request("Op", "POST", "/p", body=body).replayable is replayable

    def test_repr_shows_no_body(self):
        assert "secret" not in repr(Request("Op", "POST", "/p", body=b"secret"))


class TestAttempt:
    def test_repr_shows_no_headers_and_no_body(self):
        attempt = Attempt("Op", "GET", "http://fc.test/", {"Authorization": "secret"}, b"secret")
        assert "secret" not in repr(attempt)


class TestResponse:
    def test_json_object(self):
        assert reply(200, b'{"a": 1}').json_object() == {"a": 1}

    @pytest.mark.parametrize("body", [b"", b"[]", b'"a"', b"<html>", b"\xff", b"[" * 100_000])
    def test_what_is_no_json_object_is_a_value_error(self, body):
        with pytest.raises(ValueError):  # noqa: PT011 - json's own words, too
            reply(200, body).json_object()

    def test_request_id(self):
        assert reply(200, X_Fc_Request_Id="id-1").request_id == "id-1"
        assert reply(200).request_id is None


class TestExcerpt:
    def test_is_the_start_whatever_the_bytes(self):
        assert excerpt(b"ab\xff") == "ab\N{REPLACEMENT CHARACTER}"
        assert excerpt(b"x" * 1000) == "x" * 300

    @pytest.mark.parametrize(
        ("body", "shown"),
        [
            (b'{"url": "http://oss.test/a?b=c&d=e"}', '{"url": "http://oss.test/a?***"}'),
            (b"<p>GET /a?b=c</p> <p>GET /d?e=f</p>", "<p>GET /a?***</p> <p>GET /d?***</p>"),
            (b"what is this? a = b", "what is this? a = b"),
        ],
    )
    def test_shows_no_query(self, body, shown):
        assert excerpt(body) == shown


class TestContentLength:
    @pytest.mark.parametrize(
        ("headers", "length"),
        [
            ({"Content-Length": "12"}, 12),
            ({}, None),
            ({"Content-Length": "-1"}, None),
            ({"Content-Length": "\u00b2"}, None),
            ({"Content-Length": "9" * 5000}, None),
        ],
    )
    def test_is_what_the_headers_tell_of_a_body(self, headers, length):
        assert Response(200, Headers(headers.items())).content_length == length


def test_wide_json_is_not_deep():
    body = b"[" + b",".join([b"[1]"] * 2000) + b"]"
    assert len(read_json(body)) == 2000
