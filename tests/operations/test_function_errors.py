"""What the error of a function says, and which reasons are told apart."""

import json
import pickle

import pytest

from fc_client import FunctionError, HandledInvocationError, UnhandledInvocationError
from fc_client._messages import Headers, Response
from fc_client._operations.invocations import parse_invocation
from fc_client.local import LocalFunctionCompute

EXITED = (
    "Process exited unexpectedly before completing request (duration: 9ms, maxMemoryUsage: 49.82MB)"
)


def failure(body, kind="UnhandledInvocationError"):
    headers = [
        ("x-fc-error-type", kind),
        ("x-fc-request-id", "id-1"),
    ]
    with pytest.raises(FunctionError) as caught:
        parse_invocation(
            "demo", "hello", True, Response(200, Headers(headers), json.dumps(body).encode())
        )
    return caught.value


class TestText:
    @pytest.mark.parametrize(
        ("body", "text"),
        [
            (
                {"errorMessage": "bad 0", "errorType": "ValueError", "stackTrace": []},
                "function demo/hello failed: ValueError: bad 0 (request id id-1)",
            ),
            (
                {"errorMessage": "Task timed out after 3 seconds"},
                "function demo/hello failed: Task timed out after 3 seconds (request id id-1)",
            ),
            (
                {"errorMessage": "", "errorType": "KeyError"},
                "function demo/hello failed: KeyError (request id id-1)",
            ),
            (
                {"errorMessage": "a\n\tb", "errorType": 5},
                "function demo/hello failed: 5: a b (request id id-1)",
            ),
        ],
    )
    def test_names_the_function_its_error_and_the_request(self, body, text):
        error = failure(body)
        assert str(error) == text
        assert (error.service_name, error.function_name) == ("demo", "hello")
        assert str(pickle.loads(pickle.dumps(error))) == text

    def test_error_message_is_as_the_function_gave_it(self):
        message = "line 1\n  line 2" + "x" * 5000
        error = failure({"errorMessage": message})
        assert error.error_message == message
        assert len(str(error)) < 1200


class TestReason:
    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ({"errorMessage": "bad", "errorType": "ValueError"}, "raised"),
            ({"errorMessage": "bad"}, "raised"),
            ({"errorMessage": "Task timed out after 1 seconds"}, "timeout"),
            ({"errorMessage": "Function timed out after 1.5 seconds"}, "timeout"),
            ({"errorMessage": "Task timed out after 1 s", "errorType": "MyError"}, "raised"),
            ({"errorMessage": EXITED}, "exit"),
            ({"errorMessage": f"{EXITED}: memory limit of 128 MB exceeded"}, "memory"),
            ({"errorMessage": "", "errorType": "MemoryError"}, "memory"),
            ({"errorMessage": EXITED, "errorType": "Error"}, "raised"),
            (
                {
                    "errorMessage": "Unable to import module 'index': No module named 'x'",
                    "errorType": "ModuleNotFoundError",
                },
                "load",
            ),
            ({"errorMessage": "Cannot find module '/code/index.js'"}, "load"),
            ({"errorMessage": "Handler 'x' missing on module 'index'"}, "load"),
            (
                {
                    "errorMessage": "Handler 'x' is missing on module 'index'",
                    "errorType": "AttributeError",
                },
                "load",
            ),
            (
                {"errorMessage": "Syntax error in module 'index': no", "errorType": "SyntaxError"},
                "load",
            ),
            ({"errorMessage": "Runtime java8 is not available: no"}, "load"),
            ({"other": 1}, "raised"),
        ],
    )
    def test_by_what_the_runtime_says(self, body, reason):
        error = failure(body)
        assert type(error) is UnhandledInvocationError
        assert error.reason == reason

    @pytest.mark.parametrize("log_type", ["None", "Tail"])
    def test_does_not_depend_on_the_log(self, tmp_path, log_type):
        source = "def handler(event, context): len(bytearray(b'x') * (200 << 20))"
        (tmp_path / "index.py").write_text(source)
        with LocalFunctionCompute() as fc, fc.client() as client:
            client.create_service("s")
            client.create_function(
                "s",
                "f",
                runtime="python3",
                handler="index.handler",
                code=tmp_path,
                memory_size=128,
                timeout=60,
            )

            with pytest.raises(UnhandledInvocationError) as caught:
                client.invoke_function("s", "f", log_type=log_type)

        assert caught.value.reason == "memory"

    def test_what_a_function_returns_is_raised_whatever_it_says(self):
        error = failure({"errorMessage": EXITED}, "HandledInvocationError")
        assert type(error) is HandledInvocationError
        assert error.reason == "raised"
