"""What becomes of replies to the operations that came after the guide."""

import copy
import pickle
from dataclasses import FrozenInstanceError, fields
from datetime import datetime, timezone

import pytest
from support.clients import CLIENTS
from support.http_server import replying, serving
from support.later import account, asynchronous, concurrency, layers

from fc_client import (
    ChecksumMismatchError,
    DestinationConfig,
    Page,
    ResponseError,
    ScheduledAction,
    TargetTrackingPolicy,
)
from fc_client._call.result_types import checked
from fc_client._messages import Headers, Response, json_body
from fc_client._operations.account import parse_account_configs, parse_temp_bucket_token
from fc_client._operations.instances import parse_instance
from fc_client._operations.invoke_configs import parse_invoke_config
from fc_client._operations.layers import parse_layer
from fc_client._operations.provision_configs import parse_provision_config
from fc_client._operations.resources import page_of
from fc_client._operations.stateful_invocations import parse_stateful_invocation

KEYS = {"access_key_id": "i", "access_key_secret": "s"}
ROWS = [
    row
    for module in (account, asynchronous, concurrency, layers)
    for row in module.ROWS
    if row.reply
]
ODD = [5, -1, 1e300, 10**400, 1.5, True, [], ["x"], [None], {"a": 1}, "2016-99", {}]

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.operation)


def variants(reply):
    """Yield copies of a reply with an odd value in each of its places."""
    for key, value in reply.items():
        for odd in ODD:
            yield {**reply, key: odd}
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict):
            for varied in variants(inner):
                yield {**reply, key: [varied, *value[1:]] if isinstance(value, list) else varied}


def outcome(row, client):
    """Return the result of a call and an empty text, or None and the text of its error."""
    try:
        return row.call(client), ""
    except (ResponseError, ChecksumMismatchError) as error:
        return None, str(error)


@pytest.mark.parametrize("kind", CLIENTS)
class TestOddReplies:
    @each_row
    def test_are_errors_or_have_the_types_of_the_model(self, row, kind):
        bodies = [json_body(reply) for reply in variants(copy.deepcopy(row.reply))]
        replies = [replying(200, body) for body in bodies]
        with serving(*replies) as server, CLIENTS[kind](server.url, **KEYS) as client:
            for _ in bodies:
                result, problem = outcome(row, client)
                assert "s3cret" not in problem
                assert "t0ken" not in problem
                for item in result if isinstance(result, Page) else [result]:
                    checked(item)


@each_row
class TestEveryModel:
    def test_is_frozen_and_survives_pickling(self, row):
        with serving(replying(200, json_body(row.reply))) as server:
            result = row.call(CLIENTS["Client"](server.url, **KEYS))
        with pytest.raises(FrozenInstanceError):
            result.raw = {}
        assert pickle.loads(pickle.dumps(result)) == result

    def test_shows_no_secrets(self, row):
        with serving(replying(200, json_body(row.reply))) as server:
            result = row.call(CLIENTS["Client"](server.url, **KEYS))
        items = [*result] if isinstance(result, Page) else [result]
        text = f"{result!r} {items!r} {[vars(item) for item in items if fields_of(item)]}"
        assert "t0ken" not in text.replace(repr(result.raw), "")
        assert "s3cret" not in f"{result!r} {items!r}"


def fields_of(item):
    return () if isinstance(item, str) else fields(item)


NO_HEADERS = Headers()
MOMENT = datetime(2026, 11, 26, 10, tzinfo=timezone.utc)


class TestEmptyLists:
    @pytest.mark.parametrize("configs", [{"configs": None}, {}, {"configs": []}])
    @pytest.mark.parametrize("token", [{}, {"nextToken": None}, {"nextToken": ""}])
    def test_are_pages_without_items(self, configs, token):
        response = Response(200, NO_HEADERS, json_body({**configs, **token}))
        page = page_of("configs", parse_invoke_config)(response)
        assert ([*page], page.next_token) == ([], None)

    def test_of_a_provision_config(self):
        raw = {"scheduledActions": None, "targetTrackingPolicies": None}
        config = parse_provision_config(raw, NO_HEADERS)
        assert (config.scheduled_actions, config.target_tracking_policies) == ((), ())

    def test_of_an_invocation(self):
        assert parse_stateful_invocation({"invocationId": "i"}, NO_HEADERS).events == ()


class TestValues:
    def test_times_are_aware(self):
        invocation = parse_stateful_invocation(asynchronous.INVOCATION_REPLY, NO_HEADERS)
        assert invocation.started_time == datetime(2025, 11, 26, 10, tzinfo=timezone.utc)
        assert (invocation.end_time - invocation.started_time).total_seconds() == 0.5
        assert invocation.events[1].timestamp.utcoffset().total_seconds() == 0
        assert parse_layer(layers.LAYER_REPLY, NO_HEADERS).create_time == MOMENT

    def test_an_invocation_that_has_not_ended_has_no_end(self):
        raw = {"invocationId": "i", "startedTime": 0, "endTime": 0, "status": "Running"}
        invocation = parse_stateful_invocation(raw, NO_HEADERS)
        assert (invocation.started_time, invocation.end_time) == (None, None)
        assert not invocation.has_ended

    @pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped", "Expired"])
    def test_final_states(self, status):
        raw = {"invocationId": "i", "status": status}
        assert parse_stateful_invocation(raw, NO_HEADERS).has_ended

    @pytest.mark.parametrize("status", ["Enqueued", "Retrying", "Stopping", "Invalid", "New", None])
    def test_other_states_are_not_final(self, status):
        raw = {"invocationId": "i", "status": status}
        assert not parse_stateful_invocation(raw, NO_HEADERS).has_ended

    def test_destinations(self):
        raw = {"onSuccess": {"destination": "a"}, "onFailure": {"destination": ""}}
        config = parse_invoke_config({"destinationConfig": raw}, NO_HEADERS)
        assert config.destination_config == DestinationConfig(on_success="a")

    def test_destinations_that_are_null(self):
        raw = {"onSuccess": None}
        config = parse_invoke_config({"destinationConfig": raw}, NO_HEADERS)
        assert config.destination_config == DestinationConfig()

    def test_what_is_absent_is_none(self):
        assert parse_invoke_config({}, NO_HEADERS).destination_config is None
        assert parse_layer({"layerName": "l"}, NO_HEADERS).code is None

    def test_what_was_put_comes_back(self):
        config = parse_provision_config(concurrency.PROVISION_REPLY, NO_HEADERS)
        [action], [policy] = config.scheduled_actions, config.target_tracking_policies
        assert action.to_wire() == concurrency.PROVISION_FIELDS["scheduledActions"][0]
        assert policy.to_wire() == concurrency.PROVISION_FIELDS["targetTrackingPolicies"][0]

    @pytest.mark.parametrize(("version", "text"), [(0, "0"), ("3", "3"), (None, None)])
    def test_version_of_an_instance_is_text(self, version, text):
        raw = {"instanceId": "c-1", "versionId": version}
        assert parse_instance(raw, NO_HEADERS).version_id == text

    def test_limits_of_the_account_are_text(self):
        configs = parse_account_configs({"CodeSizeLimit": 100, "Concurrency": "300"}, NO_HEADERS)
        assert configs.configs == {"CodeSizeLimit": "100", "Concurrency": "300"}

    def test_temporary_credentials(self):
        response = Response(200, NO_HEADERS, json_body(account.TEMP_BUCKET_REPLY))
        credentials = parse_temp_bucket_token(response).credentials
        assert credentials.access_key_secret == "s3cret"
        assert credentials.security_token == "t0ken"
        assert credentials.expiration == MOMENT


class TestPeriods:
    @pytest.mark.parametrize("kind", [ScheduledAction, TargetTrackingPolicy])
    @pytest.mark.parametrize("name", ["start_time", "end_time"])
    def test_need_a_time_zone(self, kind, name):
        naive = MOMENT.replace(tzinfo=None)
        with pytest.raises(ValueError, match=f"^{name}: must have a time zone"):
            kind("a", **{name: naive})
