from __future__ import annotations

from contextlib import closing

import pytest
from local.invocation_support import queued_call

from fc_client.local.dispatch.stateful import StatefulInvocations
from fc_client.local.storage.belongings import STATEFUL_INVOCATIONS, records_below
from fc_client.local.storage.schema import FunctionKey
from fc_client.local.storage.store import Store

FUNCTION = FunctionKey("s", "f")
DAY = 86_400


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path / "fc.sqlite")) as opened:
        yield opened


@pytest.fixture
def now():
    """Return the time, in a list that a test changes."""
    return [1_000_000.0]


@pytest.fixture
def stateful(store, now):
    return StatefulInvocations(store, lambda: now[0])


def end(stateful, name):
    stateful.accept(FUNCTION, name, "r-1", b"event")
    stateful.stop(stateful.find(FUNCTION, name), "Stopped")


class TestExpiry:
    def test_one_that_has_ended_is_kept_for_seven_days(self, stateful, now):
        end(stateful, "job")

        now[0] += 7 * DAY
        assert stateful.find(FUNCTION, "job") is not None
        assert len(stateful.page(FUNCTION, "")) == 1

        now[0] += 1
        assert stateful.find(FUNCTION, "job") is None
        assert stateful.page(FUNCTION, "") == []

    def test_one_that_has_not_ended_is_kept(self, stateful, now):
        stateful.accept(FUNCTION, "job", "r-1", b"event")

        now[0] += 30 * DAY

        assert stateful.find(FUNCTION, "job") is not None

    def test_old_ones_are_deleted_when_another_comes(self, stateful, store, now):
        end(stateful, "old")
        now[0] += 8 * DAY

        end(stateful, "new")

        names = [record.key[-1] for record in records_below(store, STATEFUL_INVOCATIONS, "")]
        assert names == ["s/f/LATEST/new"]


class TestPayload:
    def test_of_a_call_of_an_http_function_is_its_body(self, stateful):
        stateful.accept(FUNCTION, "job", "r-1", queued_call(b"body"))

        assert stateful.find(FUNCTION, "job").document["invocationPayload"] == "body"
