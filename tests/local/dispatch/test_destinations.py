from __future__ import annotations

from local.invocation_support import queued_call

from fc_client.local.dispatch.attempts import Attempt, Status
from fc_client.local.dispatch.destinations import destination_of
from fc_client.local.storage.async_configs import AsyncConfig
from fc_client.local.storage.schema import QueuedInvocation

QUEUE = "acs:mns:local:1:/queues/q/messages"


def ended(payload):
    invocation = QueuedInvocation(1, "r-1", "s", "f", "", payload, 0, 0, 0.0, ended=True)
    return Attempt(invocation, Status.SUCCEEDED, AsyncConfig(on_success=QUEUE))


class TestDestination:
    def test_of_an_event_is_that_of_the_configuration(self):
        assert destination_of(ended(b"event")) == QUEUE

    def test_a_call_of_an_http_function_has_none(self):
        assert destination_of(ended(queued_call(b"body"))) == ""
