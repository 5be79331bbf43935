"""Cases of invocations of a version, and of asynchronous ones."""

from datetime import timedelta
from functools import partial

import pytest
from local.later.support import create_function, fails, is_recent, listed, names, same
from local.support import zipped

from fc_client import Code, DestinationConfig, InvocationTimeoutError

SOURCE = """
import os
import time


def h(event, context):
    if event == b"sleep":
        time.sleep(600)
    if event == b"fail":
        raise ValueError("as asked")
    return b"%s of %s" % (event, os.environ["RELEASE"].encode())
"""
TARGET = "acs:fc:local:1:services/s/functions/g"
POLL = {"min_delay": 0.02, "max_delay": 0.05, "timeout": 30}


def _create(client):
    """Create the function f, whose invocations have states, and the version 1, which prod names."""
    code = Code.from_zip(zipped(m=SOURCE))
    create_function(client, code=code, timeout=300, environment_variables={"RELEASE": "one"})
    client.publish_service_version("s")
    client.create_alias("s", "prod", version_id="1")
    client.update_function("s", "f", environment_variables={"RELEASE": "two"})
    for qualifier in (None, "prod"):
        client.put_function_async_invoke_config(
            "s", "f", qualifier=qualifier, stateful_invocation=True, max_async_retry_attempts=0
        )


def _start(client, name, event, **options):
    return client.invoke_function(
        "s", "f", event, invocation_type="Async", stateful_id=name, **options
    )


def invoke_function(world):
    client = world.client
    _create(client)

    for qualifier in ("1", "prod", "LATEST", None):
        result = client.invoke_function("s", "f", b"x", qualifier=qualifier, log_type="Tail")
        is_first = qualifier in ("1", "prod")
        assert result.payload == (b"x of one" if is_first else b"x of two")
        assert result.service_version == ("1" if is_first else "LATEST")
        assert (result.status_code, result.error_type) == (200, None)
        assert "FC Invoke End" in result.log
    mapped = client.map_function("s", "f", [b"a", b"b"], qualifier="prod", concurrency=2)
    assert [each.payload for each in mapped] == [b"a of one", b"b of one"]
    accepted = _start(client, "job", b"x", qualifier="prod")
    assert (accepted.status_code, accepted.stateful_id) == (202, "job")


def put_async_config(world):
    client = world.client
    create_function(client)

    config = client.put_function_async_invoke_config(
        "s",
        "f",
        destination_config=DestinationConfig(TARGET, "acs:mns:local:1:/queues/q/messages"),
        max_async_event_age_in_seconds=60,
        max_async_retry_attempts=0,
        stateful_invocation=True,
    )

    assert (config.service, config.function, config.qualifier) == ("s", "f", "LATEST")
    assert config.destination_config == DestinationConfig(
        TARGET, "acs:mns:local:1:/queues/q/messages"
    )
    assert config.max_async_event_age_in_seconds == 60
    assert config.max_async_retry_attempts == 0
    assert config.stateful_invocation is True
    assert is_recent(config.created_time)
    assert config.request_id


def get_async_config(world):
    client = world.client
    create_function(client)
    put, get = client.put_function_async_invoke_config, client.get_function_async_invoke_config
    fails("AsyncConfigNotExists", get, "s", "f")
    made = put("s", "f", max_async_retry_attempts=2, destination_config={"on_success": TARGET})

    for qualifier in (None, "LATEST"):
        config = get("s", "f", qualifier=qualifier)
        same(made, config, "service", "function", "qualifier", "destination_config")
        same(made, config, "max_async_retry_attempts", "max_async_event_age_in_seconds")
        same(made, config, "stateful_invocation", "created_time", "last_modified_time")


def delete_async_config(world):
    client = world.client
    _create(client)

    assert client.delete_function_async_invoke_config("s", "f", qualifier="prod") is None

    get = client.get_function_async_invoke_config
    fails("AsyncConfigNotExists", get, "s", "f", qualifier="prod")
    assert get("s", "f").stateful_invocation is True


def list_async_configs(world):
    client = world.client
    _create(client)
    create_function(client, "g")
    put = partial(client.put_function_async_invoke_config, "s", "f")
    put(qualifier="1", max_async_retry_attempts=5)

    found = listed(client, "function_async_invoke_configs", "s", "f", by="qualifier")

    assert {each.qualifier: each.max_async_retry_attempts for each in found} == {
        "1": 5,
        "LATEST": 0,
        "prod": 0,
    }
    assert listed(client, "function_async_invoke_configs", "s", "g", by="qualifier") == []


def get_invocation(world):
    client = world.client
    _create(client)
    _start(client, "good", b"x")
    _start(client, "bad", b"fail", qualifier="prod")

    good = client.wait_for_invocation("s", "f", "good", **POLL)
    bad = client.wait_for_invocation("s", "f", "bad", qualifier="prod", **POLL)

    same(good, client.get_stateful_async_invocation("s", "f", "good"), "status", "end_time")
    assert (good.invocation_id, good.status) == ("good", "Succeeded")
    assert (good.service_name, good.function_name, good.qualifier) == ("s", "f", "LATEST")
    assert (good.invocation_payload, good.return_payload) == ("x", "x of two")
    assert (good.invocation_error_message, good.already_retried_times) == ("", 0)
    assert good.started_time <= good.end_time
    assert good.duration_ms >= 0
    assert [each.status for each in good.events][-1] == "Succeeded"
    assert (bad.status, bad.qualifier) == ("Failed", "prod")
    assert "as asked" in bad.invocation_error_message


def stop_invocation(world):
    client = world.client
    _create(client)
    _start(client, "job", b"sleep", qualifier="prod")
    about = ("s", "f", "job")
    stop = partial(client.stop_stateful_async_invocation, *about, qualifier="prod")
    wait = partial(client.wait_for_invocation, *about, qualifier="prod")
    with pytest.raises(InvocationTimeoutError):
        wait(timeout=0.02, min_delay=0.01)

    assert stop() is None

    assert wait(**POLL).status == "Stopped"
    fails("AsyncInvocationStopped", stop)


def list_invocations(world):
    client = world.client
    _create(client)
    for name in ("a-1", "a-2", "b-1"):
        _start(client, name, b"fail" if name == "a-2" else name)
        done = client.wait_for_invocation("s", "f", name, **POLL)
    _start(client, "other", b"x", qualifier="prod")
    of_latest = partial(names, client, "stateful_async_invocations", "s", "f", by="invocation_id")
    found = of_latest(sort_order_by_time="asc")

    assert found == ["a-1", "a-2", "b-1"]
    assert of_latest() == of_latest(sort_order_by_time="desc") == found[::-1]
    assert of_latest(status="Failed") == ["a-2"]
    assert of_latest(invocation_id_prefix="a-") == ["a-2", "a-1"]
    assert of_latest(qualifier="prod") == ["other"]
    assert "b-1" in of_latest(started_time_begin=done.started_time)
    assert of_latest(started_time_begin=done.started_time + timedelta(hours=1)) == []
    assert of_latest(started_time_end=done.started_time) == found[::-1]
    assert of_latest(started_time_end=done.started_time - timedelta(hours=1)) == []
    for asked, payload in {None: "", False: "", True: "b-1"}.items():
        [invocation] = client.list_stateful_async_invocations(
            "s", "f", invocation_id_prefix="b-", include_payload=asked
        )
        assert invocation.invocation_payload == payload


def list_functions_with_states(world):
    client = world.client
    _create(client)
    create_function(client, "g")
    client.put_function_async_invoke_config("s", "g", stateful_invocation=False)

    found = listed(client, "stateful_async_invocation_functions", by="qualifier")

    assert [(each.service_name, each.function_name, each.qualifier) for each in found] == [
        ("s", "f", "LATEST"),
        ("s", "f", "prod"),
    ]


CASES = {
    "InvokeFunction": invoke_function,
    "PutFunctionAsyncInvokeConfig": put_async_config,
    "GetFunctionAsyncInvokeConfig": get_async_config,
    "DeleteFunctionAsyncInvokeConfig": delete_async_config,
    "ListFunctionAsyncInvokeConfigs": list_async_configs,
    "GetStatefulAsyncInvocation": get_invocation,
    "StopStatefulAsyncInvocation": stop_invocation,
    "ListStatefulAsyncInvocations": list_invocations,
    "ListStatefulAsyncInvocationFunctions": list_functions_with_states,
}
