import contextlib
from dataclasses import FrozenInstanceError

import pytest

from fc_client import RetryPolicy
from fc_client._call.retries import RetryBudget, RetryState, delay_after, may_retry
from fc_client._messages import LostReplyCheck, Stream, build
from fc_client.exceptions import (
    APIError,
    ConflictError,
    RequestTimeoutError,
    RequestTimeTooSkewedError,
    ResponseError,
    ServerError,
    ThrottlingError,
    TransportError,
)
from fc_client.timeouts import Limits, Timeout

ONCE = Stream(lambda: iter([b"x"]))
AGAIN = Stream(lambda: iter([b"x"]), 1, replayable=True)

NOT_SENT = TransportError("refused", request_sent=False)
NOT_IN_TIME = RequestTimeoutError("no connection", request_sent=False)
LOST = TransportError("reset", request_sent=True)
TOO_LATE = RequestTimeoutError("no reply", request_sent=True)


def repeated(method, error, body=b"x"):
    return may_retry(build("Op", method, "/p", body=body), error)


class TestRetryPolicy:
    def test_defaults(self):
        assert RetryPolicy() == RetryPolicy(
            attempts=3, base_delay=0.5, max_delay=20.0, max_elapsed=None, budget=10
        )

    def test_deadline_and_budget_may_be_none(self):
        policy = RetryPolicy(max_elapsed=None, budget=None)

        assert (policy.max_elapsed, policy.budget) == (None, None)

    def test_is_frozen(self):
        with pytest.raises(FrozenInstanceError):
            RetryPolicy().attempts = 5

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"attempts": 1.5}, TypeError, "^attempts: expected an int, got float"),
            ({"attempts": True}, TypeError, "^attempts: expected an int, got bool"),
            ({"attempts": 0}, ValueError, "^attempts: must be at least 1, got 0"),
            ({"base_delay": "1"}, TypeError, "^base_delay: expected seconds, got str"),
            ({"base_delay": False}, TypeError, "^base_delay: expected seconds, got bool"),
            (
                {"base_delay": -1},
                ValueError,
                "^base_delay: must be at least 0 seconds .*, got -1",
            ),
            ({"max_delay": None}, TypeError, "^max_delay: expected seconds, got NoneType"),
            ({"max_delay": float("nan")}, ValueError, "^max_delay: must be .*, got nan"),
            ({"max_delay": float("inf")}, ValueError, "^max_delay: must be .*, got inf"),
            (
                {"budget": float("inf")},
                ValueError,
                "^budget: must be .* finite, got inf",
            ),
            ({"max_elapsed": "1"}, TypeError, "^max_elapsed: expected seconds, got str"),
            ({"max_elapsed": -1}, ValueError, "^max_elapsed: must be .*, got -1"),
            ({"budget": "1"}, TypeError, "^budget: expected retries, got str"),
            ({"budget": -0.5}, ValueError, "^budget: must be .*, got -0.5"),
        ],
    )
    def test_rejects_invalid_values(self, arguments, error, message):
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
    def test_what_the_caller_calls_idempotent(self, error):
        assert may_retry(build("InvokeFunction", "POST", "/p", idempotent=True), error)

    def test_a_lost_create_whose_repetition_tells_what_became_of_it(self):
        create = build(
            "CreateService", "POST", "/p", lost_reply_check=LostReplyCheck("ServiceAlreadyExists")
        )

        assert may_retry(create, LOST)
        assert not may_retry(create, ServerError("m", status_code=500))
        assert not may_retry(create, TOO_LATE)

    @pytest.mark.parametrize("sent", [True, False])
    def test_nothing_of_a_client_that_was_closed(self, sent):
        assert not repeated("GET", TransportError("m", request_sent=sent, client_closed=True))

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
    def delay(self, attempt, jitter=1.0, error=LOST, **policy):
        return delay_after(RetryPolicy(**policy), attempt, error, jitter)

    def test_doubles_up_to_the_longest(self):
        delays = [self.delay(attempt) for attempt in range(1, 9)]
        assert delays == [0.5, 1, 2, 4, 8, 16, 20, 20]

    def test_jitter_shortens_it(self):
        assert self.delay(2, 0.25) == 0.25
        assert self.delay(2, 0.0) == 0

    def test_many_attempts_do_no_harm(self):
        assert self.delay(5000) == 20

    @pytest.mark.parametrize(("asked", "delay"), [(0, 0), (7.5, 7.5), (3600, 20)])
    def test_retry_after_wins_within_bounds(self, asked, delay):
        error = ThrottlingError("m", status_code=429, retry_after=asked)
        assert self.delay(1, 0.1, error) == delay


class TestRetryBudget:
    def test_is_spent(self):
        budget = RetryBudget(2)

        assert [budget.spend() for _ in range(4)] == [True, True, False, False]

    def test_ten_successes_earn_a_retry(self):
        budget = RetryBudget(1)
        budget.spend()

        for _ in range(10):
            assert not budget.spend()
            budget.earn()
        # Ten times a tenth is a little less than one.
        budget.earn()

        assert budget.spend()

    def test_grows_to_its_size_and_no_further(self):
        budget = RetryBudget(1)
        for _ in range(100):
            budget.earn()

        assert [budget.spend() for _ in range(2)] == [True, False]

    def test_none_is_without_limit(self):
        budget = RetryBudget(None)
        budget.earn()

        assert all(budget.spend() for _ in range(1000))

    def test_an_outage_costs_a_tenth_more_calls_at_most(self):
        budget, calls = RetryBudget(RetryPolicy().budget), 1000

        attempts = sum(self.attempts_of_a_call(budget) for _ in range(calls))

        assert calls < attempts <= 1.1 * calls

    def attempts_of_a_call(self, budget):
        """Return how often a call is made that is refused each time."""
        state = RetryState(build("GetService", "GET", "/p"), RetryPolicy(), budget)
        with contextlib.suppress(TransportError):
            while True:
                state.next_delay(
                    TransportError("refused", request_sent=False), 0.0, recovered=False
                )
        return state.number


DEFAULT = Timeout()


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class TestRetryState:
    def state(self, request=None, clock=None, timeout=DEFAULT, **policy):
        policy = RetryPolicy(**policy)
        return RetryState(
            request or build("GetService", "GET", "/p"),
            policy,
            RetryBudget(policy.budget),
            clock or Clock(),
            timeout,
        )

    def lost(self):
        return TransportError("reset", request_sent=True)

    def skewed(self):
        return RequestTimeTooSkewedError("m", status_code=403)

    def test_pauses_until_the_last_attempt(self):
        state = self.state(attempts=3)

        pauses = [state.next_delay(self.lost(), 1.0, recovered=False) for _ in range(2)]

        assert pauses == [0.5, 1.0]
        with pytest.raises(TransportError, match="reset"):
            state.next_delay(self.lost(), 1.0, recovered=False)

    def test_one_attempt_is_no_retry(self):
        with pytest.raises(TransportError):
            self.state(attempts=1).next_delay(self.lost(), 1.0, recovered=False)

    def test_what_may_not_be_repeated_is_not(self):
        with pytest.raises(APIError):
            self.state().next_delay(APIError("m", status_code=400), 1.0, recovered=False)

    def test_an_empty_budget_ends_them(self):
        with pytest.raises(TransportError):
            self.state(budget=0).next_delay(self.lost(), 1.0, recovered=False)

    def test_error_has_the_number_of_attempts_and_the_earlier_ones(self):
        state = self.state()
        first, second = self.lost(), ServerError("m", status_code=500)

        state.record(first)
        state.next_delay(first, 0.0, recovered=False)
        state.record(second)

        assert (first.attempts, second.attempts) == (1, 2)
        assert second.__cause__ is first

    def test_a_cause_of_its_own_stays(self):
        state = self.state()
        first, second, cause = self.lost(), self.lost(), OSError("reset")
        second.__cause__ = cause

        state.next_delay(first, 0.0, recovered=False)
        state.record(second)

        assert second.__cause__ is cause
        assert second.__context__ is first

    def test_deadline_ends_them_before_a_pause_that_outlasts_it(self):
        clock = Clock()
        state = self.state(clock=clock, attempts=9, max_elapsed=2.0)

        assert state.next_delay(self.lost(), 1.0, recovered=False) == 0.5
        clock.now += 1.0
        with pytest.raises(TransportError):
            state.next_delay(self.lost(), 1.0, recovered=False)

    @pytest.mark.parametrize(
        ("timeout", "policy", "deadline"),
        [
            (Timeout(), {}, None),
            (Timeout(total=7), {}, 107),
            (Timeout(), {"max_elapsed": 10}, 110),
            (Timeout(total=7), {"max_elapsed": 10}, 107),
            (Timeout(total=20), {"max_elapsed": 10}, 110),
        ],
    )
    def test_deadline_is_the_earlier_of_total_and_max_elapsed(self, timeout, policy, deadline):
        state = self.state(timeout=timeout, **policy)

        assert state.limits() == Limits(5, 610, deadline)

    def test_deadline_is_the_same_for_every_attempt(self):
        clock = Clock()
        state = self.state(clock=clock, timeout=Timeout(1, 2, total=10))

        clock.now += 5
        state.next_delay(self.lost(), 0.0, recovered=False)

        assert state.limits() == Limits(1, 2, 110)

    def test_total_ends_them_before_a_pause_that_outlasts_it(self):
        state = self.state(timeout=Timeout(total=0.4))

        with pytest.raises(TransportError):
            state.next_delay(self.lost(), 1.0, recovered=False)

    def test_what_was_recovered_is_tried_once_more_at_once(self):
        state = self.state(attempts=1)

        assert state.next_delay(self.skewed(), 1.0, recovered=True) == 0.0
        with pytest.raises(RequestTimeTooSkewedError):
            state.next_delay(self.skewed(), 1.0, recovered=True)

    def test_a_body_that_cannot_be_replayed_is_not_sent_again(self):
        request = build("InvokeFunction", "POST", "/p", body=ONCE)

        with pytest.raises(RequestTimeTooSkewedError):
            self.state(request).next_delay(self.skewed(), 1.0, recovered=True)

    def test_recovery_leaves_the_attempts_of_the_policy(self):
        state = self.state(attempts=2)
        state.next_delay(self.skewed(), 1.0, recovered=True)

        assert state.next_delay(self.lost(), 1.0, recovered=False) > 0
        with pytest.raises(TransportError):
            state.next_delay(self.lost(), 1.0, recovered=False)

    @pytest.mark.parametrize(
        ("earlier", "code", "applies"),
        [
            (LOST, "ServiceAlreadyExists", True),
            (LOST, "servicealreadyexists", True),
            (LOST, "InvalidArgument", False),
            (NOT_SENT, "ServiceAlreadyExists", False),
            (ThrottlingError("m", status_code=429), "ServiceAlreadyExists", False),
        ],
    )
    def test_a_refusal_after_a_lost_attempt_hints_that_it_was_done(self, earlier, code, applies):
        request = build(
            "CreateService", "POST", "/p", lost_reply_check=LostReplyCheck("ServiceAlreadyExists")
        )
        state = self.state(request)

        state.next_delay(earlier, 0.0, recovered=False)

        refusal = ConflictError("m", status_code=409, code=code)
        assert state.lost_reply_check(refusal) == (request.lost_reply_check if applies else None)

    def test_a_refusal_of_the_first_attempt_hints_at_nothing(self):
        request = build(
            "CreateService", "POST", "/p", lost_reply_check=LostReplyCheck("ServiceAlreadyExists")
        )

        refusal = ConflictError("m", status_code=409, code="ServiceAlreadyExists")
        assert self.state(request).lost_reply_check(refusal) is None


class TestLostReplyCheck:
    @pytest.mark.parametrize(
        ("fields", "document", "expected"),
        [
            ({"a": 1, "b": None}, {"a": 1, "c": 2}, True),
            ({"a": 1}, {"a": 2}, False),
            ({"a": 1}, {}, False),
            ({"a": {"b": 1}}, {"a": {"b": 1, "c": ""}}, True),
            ({"a": {"b": 1}}, {"a": {"b": 2}}, False),
            ({"a": {"b": 1}}, {"a": None}, False),
            ({"a": [1]}, {"a": [1, 2]}, False),
            ({"a": ""}, {}, True),
            ({"a": {}}, {"a": None}, True),
            ({"a": {}}, {"a": {"b": "", "c": []}}, True),
            ({"a": {}}, {"a": {"b": 1}}, False),
            ({"a": 0}, {}, False),
        ],
    )
    def test_matches_what_has_all_that_was_sent(self, fields, document, expected):
        assert LostReplyCheck("c", fields=fields).matches(document) is expected
