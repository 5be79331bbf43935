"""What invoke_function sends, and what it returns."""

import pytest
import responses
from responses import matchers
from support.fake_service import ERROR, INVOCATIONS, sent

from fc_client import (
    APIError,
    FunctionError,
    HandledInvocationError,
    NotFoundError,
    UnhandledInvocationError,
)


class TestInvokeFunction:
    @pytest.mark.parametrize(
        ("options", "content_type", "body"),
        [
            ({}, "application/octet-stream", None),
            ({"payload": "é"}, "application/octet-stream", b"\xc3\xa9"),
            ({"json": {"a": None}}, "application/json", b'{"a": null}'),
        ],
    )
    def test_event(self, client, options, content_type, body):
        responses.post(INVOCATIONS)
        client.invoke_function("s", "f", **options)
        assert sent().body == body
        assert sent().headers["Content-Type"] == content_type

    def test_types_are_sent(self, client):
        responses.post(
            INVOCATIONS,
            match=[
                matchers.header_matcher({"x-fc-invocation-type": "Sync", "x-fc-log-type": "None"})
            ],
        )
        client.invoke_function("s", "f")
        assert "x-fc-trace-id" not in sent().headers

    def test_async_is_accepted_without_result(self, client):
        responses.post(INVOCATIONS, status=202, headers={"X-Fc-Request-Id": "id-1"})
        result = client.invoke_function("s", "f", "event", invocation_type="Async")
        assert (result.status_code, result.payload, result.request_id) == (202, b"", "id-1")
        assert sent().headers["x-fc-invocation-type"] == "Async"

    @pytest.mark.parametrize(
        ("body", "message", "error_type", "trace"),
        [
            (
                b'{"errorMessage": "no", "errorType": "KeyError", "stackTrace": [["f", 1]]}',
                "no",
                "KeyError",
                [["f", 1]],
            ),
            (b'{"errorMessage": 5, "stackTrace": "f:1"}', "5", None, None),
            (b'{"errorMessage": ""}', "", None, None),
            (b'{"other": 1}', '{"other": 1}', None, None),
            (b'"just text"', '"just text"', None, None),
            (b"[1, 2]", "[1, 2]", None, None),
            (b"Task timed out", "Task timed out", None, None),
            (b"\xff", "\N{REPLACEMENT CHARACTER}", None, None),
            (b"[" * 100_000, "[" * 300, None, None),
            (b"", "", None, None),
        ],
    )
    def test_failure_with_any_body(self, client, body, message, error_type, trace):
        responses.post(INVOCATIONS, body=body, headers=ERROR)
        with pytest.raises(UnhandledInvocationError) as caught:
            client.invoke_function("s", "f")
        error = caught.value
        assert (error.error_message, error.error_type, error.stack_trace) == (
            message,
            error_type,
            trace,
        )
        assert (error.status_code, error.code) == (200, "UnhandledInvocationError")
        assert (error.operation, error.request_id) == ("InvokeFunction", "id-1")
        assert error.result.payload == body

    @pytest.mark.parametrize(
        ("header", "kind"),
        [
            ("HandledInvocationError", HandledInvocationError),
            ("handledinvocationerror", HandledInvocationError),
            ("UnhandledInvocationError", UnhandledInvocationError),
            ("SomethingNew", FunctionError),
        ],
    )
    def test_failure_by_its_header(self, client, header, kind):
        responses.post(INVOCATIONS, body=b"{}", headers={"x-fc-error-type": header})
        with pytest.raises(FunctionError) as caught:
            client.invoke_function("s", "f")
        assert type(caught.value) is kind
        assert not isinstance(caught.value, APIError)
        assert len(responses.calls) == 1

    def test_failure_is_returned_without_check(self, client):
        responses.post(INVOCATIONS, body=b'"text"', headers=ERROR)
        result = client.invoke_function("s", "f", check=False)
        assert (result.error_type, result.json()) == ("UnhandledInvocationError", "text")

    def test_refusal_is_raised_without_check_all_the_same(self, client):
        responses.post(INVOCATIONS, status=404)
        with pytest.raises(NotFoundError):
            client.invoke_function("s", "f", check=False)
