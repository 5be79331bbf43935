"""Arguments of the operations that came after the guide are checked before anything is sent."""

import re
from datetime import datetime, timezone

import pytest
from support.clients import CLIENTS

NAIVE = datetime(2026, 11, 26)  # noqa: DTZ001 - what is refused
AWARE = NAIVE.replace(tzinfo=timezone.utc)
CONFIG = {"qualifier": "prod", "target": 1}

CASES = [
    ("list_provision_configs", (), {"service_name": "s", "qualifier": "a.b"}, ValueError, "qualif"),
    ("update_trigger", ("s", "f", "t"), {"qualifier": ""}, ValueError, "qualifier: "),
    ("update_trigger", ("s", "f", "t"), {"qualifier": "a.b"}, ValueError, "qualifier: must be a"),
    ("get_provision_config", ("s", "f"), {"qualifier": None}, TypeError, "qualifier: expected a"),
    ("get_on_demand_config", ("s", "f"), {"qualifier": ""}, ValueError, "qualifier: must not be"),
    ("get_on_demand_config", ("s", "f"), {"qualifier": "a.b"}, ValueError, "qualifier: must be a"),
    ("list_instances", ("s", "f"), {"qualifier": "a/b"}, ValueError, "qualifier: must be a"),
    ("list_instances", ("s", "f"), {"instance_ids": "c"}, TypeError, "instance_ids: expected a"),
    (
        "put_provision_config",
        ("s", "f"),
        {"qualifier": "prod", "target": None},
        TypeError,
        "target: expected an int, got None",
    ),
    (
        "put_provision_config",
        ("s", "f"),
        {"qualifier": "prod", "target": -1},
        ValueError,
        "target: must be at least 0, got -1",
    ),
    (
        "put_provision_config",
        ("s", "f"),
        {**CONFIG, "scheduled_actions": {"name": "a"}},
        TypeError,
        "scheduled_actions: expected a list, got dict",
    ),
    (
        "put_provision_config",
        ("s", "f"),
        {**CONFIG, "scheduled_actions": [None]},
        TypeError,
        "scheduled_actions[0]: expected a mapping, got None",
    ),
    (
        "put_provision_config",
        ("s", "f"),
        {**CONFIG, "extra": {"target": 2}},
        ValueError,
        "extra: 'target' is given by an argument",
    ),
    (
        "list_provision_configs",
        (),
        {"qualifier": "prod"},
        ValueError,
        "qualifier: needs a service_name as well",
    ),
    (
        "put_function_async_invoke_config",
        ("s", "f"),
        {"destination_config": "arn"},
        TypeError,
        "destination_config: expected a mapping, got str",
    ),
    (
        "put_function_async_invoke_config",
        ("s", "f"),
        {"stateful_invocation": 1},
        TypeError,
        "stateful_invocation: expected a bool, got int",
    ),
    (
        "list_stateful_async_invocations",
        ("s", "f"),
        {"started_time_begin": NAIVE},
        ValueError,
        "started_time_begin: must have a time zone",
    ),
    (
        "list_stateful_async_invocations",
        ("s", "f"),
        {"started_time_end": 5},
        TypeError,
        "started_time_end: expected a datetime, got int",
    ),
    (
        "list_stateful_async_invocations",
        ("s", "f"),
        {"include_payload": "true"},
        TypeError,
        "include_payload: expected a bool, got str",
    ),
    ("get_stateful_async_invocation", ("s", "f", ""), {}, ValueError, "invocation_id: ''"),
    ("get_layer_version", ("l", 0), {}, ValueError, "version: must be at least 1, got 0"),
    ("delete_layer_version", ("l", "1"), {}, TypeError, "version: expected an int, got str"),
    (
        "permanent_delete_layer_version",
        ("1", "l", 0),
        {},
        ValueError,
        "version: must be at least 1, got 0",
    ),
    ("get_layer_version_by_arn", ("",), {}, ValueError, "arn: '' cannot be part of a path"),
    (
        "publish_layer_version",
        ("l",),
        {"code": None, "compatible_runtime": ["python3"]},
        TypeError,
        "code: expected a path or a Code, got None",
    ),
    ("get_account_configs", ([],), {}, ValueError, "config: must have at least one item"),
    ("get_account_configs", ("CodeSizeLimit",), {}, TypeError, "config: expected a list of str"),
    ("create_vpc_binding", ("s", ""), {}, ValueError, "vpc_id: must not be empty"),
]


@pytest.mark.parametrize("kind", CLIENTS)
class TestArguments:
    @pytest.mark.parametrize(("method", "names", "options", "error", "message"), CASES)
    def test_wrong_ones_are_refused(self, kind, method, names, options, error, message):
        with (
            CLIENTS[kind]("http://fc.test", access_key_id="i", access_key_secret="s") as client,
            pytest.raises(error, match=f"^{re.escape(message)}"),
        ):
            getattr(client, method)(*names, **options)
