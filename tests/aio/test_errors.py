"""AsyncClient and Client raise the same errors."""

import io

import pytest
from support.clients import client_of
from support.comparison import both, outcome
from support.http_server import done, replying

from fc_client import (
    AsyncClient,
    HandledInvocationError,
    UnhandledInvocationError,
)


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (400, b'{"ErrorCode": "InvalidArgument", "ErrorMessage": "no"}'),
            (403, b'{"errorCode": "AccessDenied", "errorMessage": "no"}'),
            (404, b'{"ErrorCode": "ServiceNotFound", "ErrorMessage": "no"}'),
            (409, b'{"ErrorCode": "ServiceAlreadyExists", "ErrorMessage": "no"}'),
            (412, b'{"ErrorCode": "PreconditionFailed", "ErrorMessage": "no"}'),
            (429, b""),
            (500, b'{"ErrorCode": "InternalServerError", "ErrorMessage": "no"}'),
            (502, b"<html>Bad gateway</html>"),
            (503, b'{"ErrorCode": "ResourceThrottled", "ErrorMessage": "no"}'),
            (200, b"no JSON"),
            (200, b"[]"),
            (204, b""),
        ],
    )
    def test_same_error_after_as_many_attempts(self, status, body):
        reply = replying(status, body, X_Fc_Request_Id="id-1")
        first, second = both([reply], lambda client: client.get_service("s"))
        assert first == second
        assert isinstance(first[0], tuple)

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_redirects(self, status):
        first, second = both(
            [replying(status, Location="/elsewhere")],
            lambda client: client.invoke_function("s", "f", b"x"),
        )
        assert first == second
        assert "redirect to /elsewhere not followed" in first[0][1]

    @pytest.mark.parametrize(
        ("code", "error"),
        [
            ("HandledInvocationError", HandledInvocationError),
            ("UnhandledInvocationError", UnhandledInvocationError),
        ],
    )
    def test_failed_functions(self, code, error):
        reply = replying(200, b'{"errorMessage": "oops"}', X_Fc_Error_Type=code)
        first, second = both([reply], lambda client: client.invoke_function("s", "f"))
        assert first == second
        assert first[0][0] is error

    @pytest.mark.parametrize(
        "call",
        [
            lambda client: client.get_service(""),
            lambda client: client.get_service(5),
            lambda client: client.update_service("s", if_match="a\nb"),
            lambda client: client.invoke_function("s", "f", 5),
            lambda client: client.invoke_function("s", "f", {"a": 1}),
            lambda client: client.invoke_function("s", "f", b"", json={}),
            lambda client: client.invoke_function("s", "f", io.StringIO("x")),
            lambda client: client.create_function("s", "f", runtime="r", handler="h", code=None),
            lambda client: client.update_function("s", "f", code="/missing"),
            lambda client: client.create_trigger("s", "f", "t", trigger_type="", trigger_config={}),
            lambda client: client.download_function_code("s", "f", 5),
            lambda client: client.iter_services(page_size="x"),
            lambda client: client.map_function("s", "f", "text"),
            lambda client: client.map_function("s", "f", [], concurrency=0),
        ],
    )
    def test_bad_arguments_send_nothing(self, call):
        first, second = both([done], call)
        assert first == second
        assert first[1] == []
        assert first[0][0] in (TypeError, ValueError)

    @pytest.mark.parametrize(
        "options",
        [{"timeout": 0}, {"retry": 3}, {"pool_size": 0}, {"verify": 1}, {"proxies": "http://x"}],
    )
    def test_bad_options(self, options):
        with pytest.raises((TypeError, ValueError)) as caught:
            AsyncClient("http://fc.test", access_key_id="i", access_key_secret="s", **options)
        assert outcome(lambda: client_of("http://fc.test", **options)) == (
            caught.type,
            str(caught.value),
        )
