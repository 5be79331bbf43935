from dataclasses import FrozenInstanceError

import pytest

from fc_client import RetryPolicy
from fc_client._messages import Request, Stream
from fc_client._retry import delay_before_next
from fc_client.exceptions import (
    APIError,
    RequestTimeoutError,
    ResponseError,
    ServerError,
    ThrottlingError,
    TransportError,
)

POLICY = RetryPolicy()
ONCE = Stream(lambda: iter([b"x"]))
AGAIN = Stream(lambda: iter([b"x"]), 1, replayable=True)

NOT_SENT = TransportError("refused", request_sent=False)
NOT_IN_TIME = RequestTimeoutError("no connection", request_sent=False)
LOST = TransportError("reset", request_sent=True)
TOO_LATE = RequestTimeoutError("no reply", request_sent=True)


def repeated(method, error, body=b"x"):
    request = Request("Op", method, "/p", body=body)
    return delay_before_next(POLICY, 1, request, error, 1.0) is not None


class TestRetryPolicy:
    def test_defaults(self):
        assert RetryPolicy() == RetryPolicy(attempts=3, base_delay=0.5, max_delay=20.0)

    def test_is_frozen(self):
        with pytest.raises(FrozenInstanceError):
            RetryPolicy().attempts = 5

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"attempts": 1.5}, TypeError, "^attempts: expected an int, got float"),
            ({"attempts": True}, TypeError, "^attempts: expected an int, got bool"),
            ({"attempts": 0}, ValueError, "^attempts: 0 is less than 1"),
            ({"base_delay": "1"}, TypeError, "^base_delay: expected seconds, got str"),
            ({"base_delay": False}, TypeError, "^base_delay: expected seconds, got bool"),
            ({"base_delay": -1}, ValueError, "^base_delay: -1 is no number of seconds"),
            ({"max_delay": None}, TypeError, "^max_delay: expected seconds, got NoneType"),
            ({"max_delay": float("nan")}, ValueError, "^max_delay: nan is no number"),
            ({"max_delay": float("inf")}, ValueError, "^max_delay: inf is no number"),
        ],
    )
    def test_refuses_nonsense(self, arguments, error, message):
        with pytest.raises(error, match=message):
            RetryPolicy(**arguments)


class TestWhatIsRepeated:
    @pytest.mark.parametrize("body", [b"x", ONCE, AGAIN])
    @pytest.mark.parametrize("error", [NOT_SENT, NOT_IN_TIME])
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
    def test_whatever_was_not_sent(self, method, error, body):
        assert repeated(method, error, body)

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
    def test_whatever_did_not_run(self, method, status):
        assert repeated(method, APIError("m", status_code=status))
        assert repeated(method, APIError("m", status_code=status), AGAIN)
        assert not repeated(method, APIError("m", status_code=status), ONCE)

    @pytest.mark.parametrize(
        "error", [LOST, *(ServerError("m", status_code=s) for s in (500, 502, 504, 599))]
    )
    def test_what_is_idempotent_after_a_failure(self, error):
        assert [
            method for method in ("GET", "PUT", "DELETE", "POST") if repeated(method, error)
        ] == [
            "GET",
            "PUT",
            "DELETE",
        ]

    @pytest.mark.parametrize("error", [LOST, ServerError("m", status_code=500)])
    def test_no_body_that_is_gone(self, error):
        assert repeated("PUT", error, AGAIN)
        assert not repeated("PUT", error, ONCE)

    @pytest.mark.parametrize(
        "error",
        [
            TOO_LATE,
            ResponseError("m", status_code=200),
            APIError("m"),
            *(APIError("m", status_code=status) for status in (400, 403, 404, 409, 412, 499)),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
    def test_nothing_else(self, method, error):
        assert not repeated(method, error)


class TestDelay:
    REQUEST = Request("Op", "GET", "/p")

    def delay(self, attempt, jitter=1.0, error=LOST, **policy):
        return delay_before_next(RetryPolicy(**policy), attempt, self.REQUEST, error, jitter)

    @pytest.mark.parametrize(("attempts", "attempt"), [(1, 1), (3, 3), (3, 4)])
    def test_none_after_the_last_attempt(self, attempts, attempt):
        assert self.delay(attempt, attempts=attempts) is None

    def test_doubles_up_to_the_longest(self):
        delays = [self.delay(attempt, attempts=9) for attempt in range(1, 9)]
        assert delays == [0.5, 1, 2, 4, 8, 16, 20, 20]

    def test_jitter_shortens_it(self):
        assert self.delay(2, 0.25) == 0.25
        assert self.delay(2, 0.0) == 0

    def test_many_attempts_do_no_harm(self):
        assert self.delay(5000, attempts=10_000) == 20

    @pytest.mark.parametrize(("asked", "delay"), [(0, 0), (7.5, 7.5), (3600, 20)])
    def test_retry_after_wins_within_bounds(self, asked, delay):
        error = ThrottlingError("m", status_code=429, retry_after=asked)
        assert self.delay(1, 0.1, error) == delay
