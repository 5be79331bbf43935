import pytest

from fc_client._messages import (
    Attempt,
    Headers,
    Request,
    Response,
    Stream,
    build,
    excerpt,
    parse_response,
    path,
    raise_for_status,
    serialize_request,
)
from fc_client.exceptions import (
    APIError,
    NotFoundError,
    ResponseError,
    ServerError,
    ServiceNotFoundError,
)

DATE = "Mon, 08 May 2017 03:08:31 GMT"


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


class TestRaiseForStatus:
    @pytest.mark.parametrize("status", [200, 202, 204, 299])
    def test_success_is_returned(self, status):
        response = reply(status)
        assert raise_for_status("Op", response) is response

    @pytest.mark.parametrize("keys", [("ErrorCode", "ErrorMessage"), ("errorCode", "errorMessage")])
    def test_error_is_read_in_both_spellings(self, keys):
        body = '{{"{}": "ServiceNotFound", "{}": "no such service"}}'.format(*keys).encode()

        with pytest.raises(ServiceNotFoundError) as caught:
            raise_for_status("GetService", reply(404, body, X_Fc_Request_Id="id-1"))

        assert caught.value.code == "ServiceNotFound"
        assert caught.value.message == "no such service"
        assert caught.value.status_code == 404
        assert caught.value.operation == "GetService"
        assert caught.value.request_id == "id-1"

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (b"", "the reply has no body"),
            (b"<html>502 Bad Gateway</html>", "<html>502 Bad Gateway</html>"),
            (b"\xff\xfe", "\N{REPLACEMENT CHARACTER}" * 2),
            (b"[" * 100_000, "[" * 300),
            (b"[1]", "[1]"),
            (b'{"a": 1}', '{"a": 1}'),
            (b'{"ErrorMessage": null}', '{"ErrorMessage": null}'),
            (b'{"ErrorMessage": {"a": 1}}', "{'a': 1}"),
        ],
    )
    def test_error_without_the_schema_is_typed_all_the_same(self, body, message):
        with pytest.raises(ServerError) as caught:
            raise_for_status("Op", reply(502, body))
        assert caught.value.code is None
        assert caught.value.message == message

    @pytest.mark.parametrize(
        ("code", "read"), [('""', None), ("null", None), ("0", None), ("7", "7")]
    )
    def test_code_is_text_or_none(self, code, read):
        with pytest.raises(NotFoundError) as caught:
            raise_for_status(
                "Op", reply(404, b'{"ErrorCode": %s, "ErrorMessage": "m"}' % code.encode())
            )
        assert caught.value.code == read

    @pytest.mark.parametrize(
        ("headers", "message"),
        [
            ({"Location": "http://elsewhere/"}, "redirect to http://elsewhere/ not followed"),
            ({}, "unexpected status"),
        ],
    )
    def test_redirect_is_no_reply(self, headers, message):
        with pytest.raises(ResponseError) as caught:
            raise_for_status("Op", reply(307, x_fc_request_id="id-1", **headers))
        assert str(caught.value) == f"Op failed: 307: {message} (request id id-1)"

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({}, None),
            ({"Retry_After": "0"}, 0),
            ({"Retry_After": "120"}, 120),
            ({"Retry_After": "Mon, 08 May 2017 03:08:41 GMT", "Date": DATE}, 10),
            ({"Retry_After": "Mon, 08 May 2017 03:08:21 GMT", "Date": DATE}, 0),
            ({"Retry_After": "Mon, 08 May 2017 03:08:41 GMT"}, None),
            ({"Retry_After": "Mon, 08 May 2017 03:08:41 -0000", "Date": DATE}, None),
            ({"Retry_After": "Mon, 08 May 99999999999 03:08:41 GMT", "Date": DATE}, None),
            ({"Retry_After": "-1", "Date": DATE}, None),
            ({"Retry_After": "1.5", "Date": DATE}, None),
            ({"Retry_After": "\N{SUPERSCRIPT TWO}", "Date": DATE}, None),
            ({"Retry_After": "soon", "Date": "now"}, None),
        ],
    )
    def test_retry_after_in_seconds(self, headers, seconds):
        with pytest.raises(APIError) as caught:
            raise_for_status("Op", reply(429, **headers))
        assert caught.value.retry_after == seconds


class TestParseResponse:
    def test_returns_what_parse_makes(self):
        assert parse_response("Op", reply(200, b"{}"), Response.json_object) == {}

    @pytest.mark.parametrize(
        "failure", [ValueError, TypeError, AttributeError, KeyError, OverflowError]
    )
    def test_what_parse_cannot_read_is_a_response_error(self, failure):
        def parse(_):
            raise failure("why")

        with pytest.raises(ResponseError, match="why") as caught:
            parse_response("Op", reply(200, b"<html>", x_fc_request_id="id-1"), parse)

        assert "<html>" in str(caught.value)
        assert (caught.value.operation, caught.value.status_code) == ("Op", 200)
        assert caught.value.request_id == "id-1"
        assert isinstance(caught.value.__cause__, failure)


class TestSerializeRequest:
    def test_is_what_is_sent(self):
        request = serialize_request("POST", "/a?b=c", {"Host": "h", "Date": "now"}, b"event")

        assert request == b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nDate: now\r\n\r\nevent"

    def test_shows_no_signature(self):
        request = serialize_request("GET", "/", {"Authorization": "FC id:signature"}, b"")

        assert (repr(request), str(request)) == ("'***'", "'***'")

    @pytest.mark.parametrize(
        ("name", "value"),
        [("A", "b\r\nC: d"), ("A", "é"), ("A", b"b"), ("A", 1), (b"A", "b"), ("A\n", "b")],
    )
    def test_takes_nothing_that_needs_more_than_joining(self, name, value):
        assert serialize_request("GET", "/", {"Host": "h", name: value}, b"") is None


class TestContentLength:
    @pytest.mark.parametrize(
        ("headers", "length"),
        [
            ({"Content-Length": "12"}, 12),
            ({}, None),
            ({"Content-Length": "-1"}, None),
            ({"Content-Length": "\u00b2"}, None),
            ({"Content-Length": "9" * 5000}, None),
            ({"Content-Length": "12", "Content-Encoding": "gzip"}, None),
        ],
    )
    def test_is_what_the_headers_tell_of_a_body(self, headers, length):
        assert Response(200, Headers(headers.items())).content_length == length
