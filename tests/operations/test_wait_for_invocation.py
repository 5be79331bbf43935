"""wait_for_invocation of both clients, against a real server."""

import time

import pytest
from support.clients import CLIENTS
from support.http_server import replying, serving

from fc_client import (
    FunctionNotFoundError,
    InvocationTimeoutError,
    RetryPolicy,
    StatefulAsyncInvocationNotFoundError,
)

KEYS = {"access_key_id": "i", "access_key_secret": "s", "retry": RetryPolicy(attempts=1)}
FAST = {"min_delay": 0.01, "max_delay": 0.02}
PATH = "/2016-08-15/services/s.prod/functions/f/stateful-async-invocations/i"


def state(status):
    return replying(200, b'{"invocationId": "i", "status": "%s"}' % status.encode())


def missing(code):
    return replying(404, b'{"ErrorCode": "%s", "ErrorMessage": "m"}' % code.encode())


@pytest.fixture(params=CLIENTS)
def call(request):
    """Return a function that waits, given the replies, and returns the result and the server."""

    def wait(*replies, **options):
        with serving(*replies) as server, CLIENTS[request.param](server.url, **KEYS) as client:
            options = {"qualifier": "prod", **FAST, **options}
            return client.wait_for_invocation("s", "f", "i", **options), server

    return wait


class TestWaitForInvocation:
    @pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped", "Expired"])
    def test_returns_the_invocation_once_it_has_ended(self, call, status):
        invocation, server = call(state("Enqueued"), state("Running"), state(status))

        assert (invocation.invocation_id, invocation.status) == ("i", status)
        assert [request.path for request in server.requests] == [PATH] * 3

    def test_goes_on_in_states_that_are_not_known(self, call):
        invocation, server = call(state("Dreaming"), state("Invalid"), state("Succeeded"))

        assert invocation.status == "Succeeded"
        assert len(server.requests) == 3

    def test_waits_for_a_state_that_is_not_stored_yet(self, call):
        code = "StatefulAsyncInvocationNotFound"
        invocation, server = call(missing(code), missing("Unknown"), state("Succeeded"))

        assert invocation.status == "Succeeded"
        assert len(server.requests) == 3

    @pytest.mark.parametrize("code", ["ServiceNotFound", "FunctionNotFound", "AliasNotFound"])
    def test_raises_at_once_what_waiting_does_not_change(self, call, code):
        with pytest.raises(Exception, match=code) as caught:
            call(missing(code), state("Succeeded"))
        assert caught.value.code == code

    def test_timeout_has_the_last_state(self, call):
        with pytest.raises(InvocationTimeoutError, match=r"within 0\.1 seconds.*Running") as caught:
            call(state("Running"), timeout=0.1)
        assert caught.value.invocation.status == "Running"
        assert caught.value.operation == "GetStatefulAsyncInvocation"

    def test_timeout_while_the_invocation_is_unknown(self, call):
        with pytest.raises(TimeoutError, match="its status is unknown") as caught:
            call(missing("StatefulAsyncInvocationNotFound"), timeout=0.1)
        assert caught.value.invocation is None

    def test_does_not_wait_longer_than_the_timeout(self, call):
        started = time.monotonic()
        with pytest.raises(InvocationTimeoutError):
            call(state("Running"), timeout=0.2, min_delay=30, max_delay=60)
        assert time.monotonic() - started < 10

    def test_has_no_limit_without_a_timeout(self, call):
        replies = [*[state("Running")] * 5, state("Succeeded")]
        assert call(*replies, timeout=None)[0].status == "Succeeded"

    @pytest.mark.parametrize(
        ("options", "kind", "message"),
        [
            ({"timeout": 0}, ValueError, "timeout: must be above 0 seconds and finite, got 0"),
            ({"timeout": "5"}, TypeError, "timeout: expected seconds, got str"),
            ({"min_delay": -1}, ValueError, "min_delay: must be above 0"),
            ({"max_delay": float("inf")}, ValueError, "max_delay: must be above 0"),
            ({"max_delay": True}, TypeError, "max_delay: expected seconds, got bool"),
            (
                {"min_delay": 2, "max_delay": 1},
                ValueError,
                r"max_delay: must be at least min_delay \(2\), got 1",
            ),
        ],
    )
    def test_checks_its_arguments(self, call, options, kind, message):
        with pytest.raises(kind, match=f"^{message}"):
            call(state("Succeeded"), **options)


class TestClasses:
    def test_error_of_an_unknown_invocation(self):
        with (
            serving(missing("StatefulAsyncInvocationNotFound")) as server,
            CLIENTS["Client"](server.url, **KEYS) as client,
            pytest.raises(StatefulAsyncInvocationNotFoundError),
        ):
            client.get_stateful_async_invocation("s", "f", "i")

    def test_error_of_an_unknown_function(self, call):
        with pytest.raises(FunctionNotFoundError):
            call(missing("FunctionNotFound"))
