"""What is removed from errors on their way to the caller."""

import pytest

from fc_client import APIError, FunctionError, ResponseError, TransportError
from fc_client._call.redaction import redact_error, redact_headers, url_secrets
from fc_client._messages import Attempt, Headers, Response

SECRET = "made-up-secret"


class UnprintableError(Exception):
    """Has no text."""

    def __str__(self):
        raise LookupError


def caused(error, cause):
    """Return *error* as it is raised from *cause*."""
    try:
        raise error from cause
    except type(error) as raised:
        return raised


class TestRedactError:
    def test_masks_every_text(self):
        error = APIError(f"a {SECRET}", code=SECRET, request_id=f"{SECRET}-1")
        assert redact_error("GetService", error, [SECRET]) is error
        assert (error.message, error.args, error.code) == ("a ***", ("a ***",), "***")
        assert SECRET not in f"{error} {vars(error)}"

    def test_masks_what_a_function_said(self):
        error = FunctionError(SECRET, error_type=SECRET, stack_trace=[[SECRET, 1]])
        redact_error("InvokeFunction", error, [SECRET])
        assert (error.error_message, error.error_type) == ("***", "***")
        assert error.stack_trace == [["***", 1]]

    def test_masks_the_errors_of_earlier_attempts(self):
        first, second = TransportError(f"1 {SECRET}"), APIError(f"2 {SECRET}")
        third = caused(caused(APIError("3"), second), None)
        third.__cause__, second.__context__ = second, first
        redact_error("GetService", third, [SECRET])
        assert (str(second), str(first)) == ("2 ***", "1 ***")

    @pytest.mark.parametrize(
        "cause",
        [OSError(SECRET), ValueError(f"x\n{SECRET}"), OSError("\x1b[2J"), UnprintableError()],
    )
    def test_drops_causes_that_quote_a_secret_or_cannot_be_printed(self, cause):
        error = caused(TransportError("no"), cause)
        error.__context__ = cause
        redact_error("GetService", error, [SECRET])
        assert (error.__cause__, error.__context__) == (None, None)

    def test_keeps_other_causes_without_their_frames(self):
        cause = caused(ConnectionResetError(104, "reset"), None)
        error = caused(TransportError("no"), cause)
        redact_error("GetService", error, [SECRET])
        assert error.__cause__ is cause
        assert error.__traceback__ is None

    def test_leaves_alone_what_the_caller_was_handling(self):
        mine = caused(LookupError(f"mine\n{SECRET}"), None)
        error = APIError("no")
        error.__context__ = mine
        redact_error("GetService", error, [SECRET])
        assert error.__context__ is mine
        assert mine.__traceback__ is not None

    def test_ends_where_errors_go_in_circles(self):
        first, second = APIError("1"), APIError("2")
        first.__cause__, second.__cause__ = second, first
        assert redact_error("GetService", first, []) is first

    def test_names_the_operation_of_errors_from_below(self):
        assert str(redact_error("GetService", ResponseError("no"), [])) == "GetService failed: no"


class TestRedactHeaders:
    ATTEMPT = Attempt("GetService", "GET", "http://fc.test", {}, secrets=(SECRET, ""))

    def test_leaves_alone_what_repeats_nothing(self):
        response = Response(200, Headers([("ETag", "e")]), SECRET.encode())
        assert redact_headers(self.ATTEMPT, response) is response

    def test_masks_what_is_repeated(self):
        response = Response(200, Headers([("X-A", f"1 {SECRET}"), ("X-B", "made%2Dup-secret")]))
        found = redact_headers(self.ATTEMPT, response)
        assert dict(found.headers) == {"x-a": "1 ***", "x-b": "***"}


class TestUrlSecrets:
    def test_are_the_query_and_its_values(self):
        found = url_secrets("https://x/c?Expires=1&Signature=a%2Bb#c")
        assert found == ("Expires=1&Signature=a%2Bb", "1", "a+b")
        assert repr(found[0]) == "'***'"

    def test_without_a_query_are_none(self):
        assert url_secrets("https://x/c") == ()
