import pytest

from fc_client._call.responses import parse_response, raise_for_status
from fc_client._messages import Headers, Response
from fc_client.exceptions import (
    APIError,
    BadRequestError,
    NotFoundError,
    ResponseError,
    ServerError,
    ServiceNotFoundError,
)

DATE = "Mon, 08 May 2017 03:08:31 GMT"


def reply(status, body=b"", **headers):
    items = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Response(status, Headers(items), body)


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
            (b"", "the response has no body"),
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
        "failure",
        [ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError],
    )
    def test_what_parse_cannot_read_is_a_response_error(self, failure):
        def parse(_):
            raise failure("why")

        with pytest.raises(ResponseError, match="why") as caught:
            parse_response("Op", reply(200, b"<html>", x_fc_request_id="id-1"), parse)

        assert "<html>" in str(caught.value)
        assert (caught.value.operation, caught.value.status_code) == ("Op", 200)
        assert caught.value.request_id == "id-1"
        # It may quote the response.
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)

    def test_what_is_nested_too_deeply_is_a_response_error(self):
        def parse(_):
            raise RecursionError

        with pytest.raises(ResponseError, match="nested too deeply"):
            parse_response("Op", reply(200, b"{}"), parse)

    def test_an_error_of_the_parser_itself_is_raised(self):
        def parse(_):
            raise ResponseError("two names")

        with pytest.raises(ResponseError, match="two names"):
            parse_response("Op", reply(200), parse)


class TestContentCoding:
    def test_error_in_a_coding_says_so(self):
        response = Response(400, Headers([("Content-Encoding", "gzip")]), b"\x1f\x8b")
        with pytest.raises(BadRequestError, match="'gzip', which was not requested"):
            raise_for_status("GetService", response)
