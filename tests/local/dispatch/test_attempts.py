from __future__ import annotations

from dataclasses import replace

import pytest

from fc_client.local.dispatch.attempts import AttemptRules, Status
from fc_client.local.dispatch.retry_settings import RetrySettings
from fc_client.local.storage.async_configs import AsyncConfig
from fc_client.local.storage.schema import QueuedInvocation

DAY = 86_400
RULES = AttemptRules(RetrySettings(), clock=lambda: 1_000_000.0)
NOTHING_SET = AsyncConfig.of(
    {
        "maxAsyncRetryAttempts": None,
        "maxAsyncEventAgeInSeconds": None,
        "statefulInvocation": False,
        "destinationConfig": {},
    }
)


def invocation(age=0.0, **fields):
    made = QueuedInvocation(1, "r-1", "s", "f", "", b"", 0, 0, 0.0, accepted=1_000_000 - age)
    return replace(made, **fields)


class TestAge:
    def test_a_configuration_without_one_has_a_day(self):
        assert RULES.before(invocation(DAY), NOTHING_SET) is None

        attempt = RULES.before(invocation(DAY + 1), NOTHING_SET)

        assert attempt is not None
        assert (attempt.status, attempt.state.ended) == (Status.EXPIRED, True)

    def test_without_a_configuration_an_event_never_gets_too_old_to_run(self):
        assert RULES.before(invocation(300 * DAY), AsyncConfig()) is None


class TestRetries:
    @pytest.mark.parametrize(("config", "most"), [(AsyncConfig(), 3), (NOTHING_SET, 4)])
    def test_are_those_of_the_server_or_of_the_service(self, config, most):
        statuses = [
            RULES.after_run(invocation(attempts=attempts), config, None).status
            for attempts in range(most)
        ]

        assert statuses == [Status.RETRYING] * (most - 1) + [Status.FAILED]


class TestThrottling:
    def test_is_retried_for_five_hours(self):
        attempt = RULES.postponed(invocation(300 * DAY), AsyncConfig(), OSError("busy"))
        delays = 0.0
        while not attempt.state.ended:
            delays += attempt.state.due - 1_000_000
            attempt = RULES.postponed(attempt.state, AsyncConfig(), OSError("busy"))

        assert 5 * 3600 - 60 < delays <= 5 * 3600
        assert attempt.next_step == "busy; gave up after 18000 s of delays"
