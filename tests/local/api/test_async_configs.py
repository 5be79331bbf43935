from __future__ import annotations

import json
import logging
import time

import pytest
from local.support import (
    assert_error,
    failing,
    function_fields,
    outcome,
    process_is_there,
)
from support.waiting import wait_until

from fc_client.local import LocalFunctionCompute

FUNCTION = "/services/s/functions/f"
CONFIG = f"{FUNCTION}/async-invoke-config"


def put(api, path=CONFIG, **fields):
    return api.call("PUT", path, fields)


def destination(name):
    return {"destination": f"acs:fc:local:1:services/s/functions/{name}"}


@pytest.fixture
def function(api):
    api.create_service().raise_for_status()
    api.create_function().raise_for_status()


@pytest.mark.usefixtures("function")
class TestConfigs:
    def test_one_has_the_fields_of_the_service(self, api):
        reply = put(api, MaxAsyncRetryAttempts=1, destinationConfig={"onSuccess": destination("g")})

        config = reply.json()
        assert config.pop("createdTime") == config.pop("lastModifiedTime")
        assert config == {
            "service": "s",
            "function": "f",
            "qualifier": "LATEST",
            "maxAsyncRetryAttempts": 1,
            "maxAsyncEventAgeInSeconds": None,
            "statefulInvocation": False,
            "destinationConfig": {"onSuccess": destination("g")},
        }
        assert api.call("GET", CONFIG).json() == reply.json()

    def test_a_second_one_replaces_the_first(self, api):
        created = put(api, maxAsyncRetryAttempts=1, statefulInvocation=True).json()["createdTime"]

        config = put(api, maxAsyncEventAgeInSeconds=60).json()

        assert (config["maxAsyncRetryAttempts"], config["statefulInvocation"]) == (None, False)
        assert config["createdTime"] == created

    def test_each_qualifier_has_its_own(self, api):
        version = api.call("POST", "/services/s/versions", {}).json()["versionId"]
        alias = {"aliasName": "prod", "versionId": version}
        api.call("POST", "/services/s/aliases", alias).raise_for_status()
        for number, qualifier in enumerate(("", ".prod", f".{version}")):
            path = f"/services/s{qualifier}/functions/f/async-invoke-config"
            put(api, path, maxAsyncRetryAttempts=number).raise_for_status()

        listed = api.call("GET", f"{FUNCTION}/async-invoke-configs?limit=2").json()
        rest = api.call(
            "GET", f"{FUNCTION}/async-invoke-configs?nextToken={listed['nextToken']}"
        ).json()

        names = [config["qualifier"] for config in listed["configs"]]
        assert names == ["1", "LATEST"]
        assert listed["nextToken"] == "prod"
        assert [config["maxAsyncRetryAttempts"] for config in rest["configs"]] == [1]
        assert rest["nextToken"] == ""

    def test_a_list_without_any_is_null(self, api):
        reply = api.call("GET", f"{FUNCTION}/async-invoke-configs")

        assert reply.json() == {"configs": None, "nextToken": ""}

    def test_a_deleted_one_is_gone(self, api):
        put(api)

        reply = api.call("DELETE", CONFIG)

        assert (reply.status_code, reply.content) == (204, b"")
        for method in ("GET", "DELETE"):
            assert_error(api.call(method, CONFIG), 404, "AsyncConfigNotExists")

    def test_it_is_deleted_with_the_function(self, api):
        put(api)
        api.call("DELETE", FUNCTION).raise_for_status()

        assert_error(api.call("GET", CONFIG), 404, "FunctionNotFound")
        api.create_function()
        assert_error(api.call("GET", CONFIG), 404, "AsyncConfigNotExists")

    def test_the_qualifier_must_exist(self, api):
        for qualifier, code in {"prod": "AliasNotFound", "5": "VersionNotFound"}.items():
            reply = put(api, f"/services/s.{qualifier}/functions/f/async-invoke-config")
            assert_error(reply, 404, code)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("maxAsyncRetryAttempts", 9),
            ("maxAsyncRetryAttempts", "1"),
            ("maxAsyncEventAgeInSeconds", 0),
            ("statefulInvocation", "yes"),
            ("destinationConfig", []),
            ("destinationConfig", {"onSuccess": {"destination": "queue"}}),
            ("destinationConfig", {"onFailure": "acs:x"}),
        ],
    )
    def test_invalid_ones_are_refused(self, api, name, value):
        assert_error(put(api, **{name: value}), 400, "InvalidArgument", name)


@pytest.mark.usefixtures("function")
class TestRetries:
    @pytest.mark.parametrize("retries", [0, 1, 4])
    def test_a_failing_function_is_retried_as_often_as_configured(
        self, api, pools, server, retries
    ):
        pools.behaviour = failing
        put(api, maxAsyncRetryAttempts=retries).raise_for_status()

        api.invoke(b"1", type="Async")

        assert server.thread.drain(30) is None
        assert len(pools.calls) == retries + 1

    def test_one_without_a_number_of_retries_has_three(self, api, pools, server):
        pools.behaviour = failing
        put(api, statefulInvocation=True).raise_for_status()

        api.invoke(b"1", type="Async")

        assert server.thread.drain(30) is None
        assert len(pools.calls) == 4

    def test_an_old_event_is_not_run(self, api, pools):
        put(api, maxAsyncEventAgeInSeconds=1, statefulInvocation=True).raise_for_status()

        reply = api.invoke(b"1", type="Async", delay="2")

        path = f"{FUNCTION}/stateful-async-invocations/"
        path += reply.headers["X-Fc-Stateful-Async-Invocation-Id"]
        wait_until(lambda: api.call("GET", path).json()["status"] == "Expired")
        assert pools.calls == []


@pytest.mark.usefixtures("function")
class TestDestinations:
    def test_a_function_gets_the_result(self, api, pools, server):
        api.create_function("g")
        put(api, destinationConfig={"onSuccess": destination("g")}).raise_for_status()

        request_id = api.invoke(b"event", type="Async").headers["X-Fc-Request-Id"]

        wait_until(lambda: len(pools.calls) == 2)
        spec, _, payload = pools.calls[1]
        event = json.loads(payload)
        account = server.data.account.account_id
        assert spec.function_name == "g"
        assert abs(event.pop("timestamp") / 1000 - time.time()) < 60
        assert event == {
            "requestContext": {
                "requestId": request_id,
                "functionArn": f"acs:fc:local:{account}:services/s.LATEST/functions/f",
                "condition": "",
                "approximateInvokeCount": 1,
            },
            "requestPayload": "event",
            "responseContext": {"statusCode": 200, "functionError": ""},
            "responsePayload": "event",
        }

    def test_a_function_gets_the_failure(self, api, pools):
        async def f_fails(spec, event):
            return await failing(spec, event) if spec.function_name == "f" else outcome(event)

        pools.behaviour = f_fails
        api.create_function("g")
        config = {"onSuccess": destination("f"), "onFailure": destination("g")}
        put(api, maxAsyncRetryAttempts=1, destinationConfig=config).raise_for_status()

        api.invoke(b"event", type="Async")

        wait_until(lambda: len(pools.calls) == 3)
        event = json.loads(pools.events[2])
        assert event["requestContext"]["condition"] == "UnhandledInvocationError"
        assert event["requestContext"]["approximateInvokeCount"] == 2
        assert event["responseContext"]["functionError"] == "UnhandledInvocationError"
        assert event["responsePayload"] == '{"errorMessage":"oops"}'

    @pytest.mark.parametrize(
        ("arn", "status"),
        [
            ("acs:mns:local:1:/queues/q/messages", "not sent"),
            (destination("missing")["destination"], "failed"),
        ],
    )
    def test_other_ones_are_logged(self, api, caplog, arn, status):
        caplog.set_level(logging.INFO, "fc_client.local.activity")
        put(api, destinationConfig={"onSuccess": {"destination": arn}}).raise_for_status()

        api.invoke(b"event", type="Async")

        wait_until(lambda: f"AsyncDestination {arn} {status}" in caplog.text)

    def test_a_loop_of_them_ends(self, api, pools, caplog, server):
        """Each event has the one before it, until one is too large."""
        caplog.set_level(logging.INFO, "fc_client.local.activity")
        put(api, destinationConfig={"onSuccess": destination("f")}).raise_for_status()

        api.invoke(b"event", type="Async")

        wait_until(lambda: "an event must have at most 131072 bytes" in caplog.text)
        assert max(map(len, pools.events)) <= 131072
        assert server.thread.drain(30) is None


class TestProcesses:
    def test_a_destination_of_this_server_really_runs(self, make_api):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            api.create_service()
            api.create_function()
            api.create_function("g")
            put(api, destinationConfig={"onSuccess": destination("g")}).raise_for_status()

            api.invoke(b"event", type="Async")
            fc.drain()

            assert "FC Invoke End" in fc.logs("s", "g")

    def test_a_stopped_invocation_ends_its_process(self, make_api, tmp_path):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            api.create_service()
            pid = tmp_path / "pid"
            source = (
                "import os, time\n"
                "def h(event, context):\n"
                f"    open({str(pid)!r}, 'w').write(str(os.getpid()))\n"
                "    time.sleep(60)\n"
            )
            api.create_function(**{**function_fields(m=source), "timeout": 100})
            put(api, statefulInvocation=True).raise_for_status()
            path = f"{FUNCTION}/stateful-async-invocations/"
            path += api.invoke(b"", type="Async").headers["X-Fc-Stateful-Async-Invocation-Id"]
            wait_until(lambda: pid.exists() and pid.read_text())
            assert api.call("GET", path).json()["status"] == "Running"

            assert api.call("PUT", path).status_code == 200

            assert api.call("GET", path).json()["status"] == "Stopped"
            wait_until(lambda: not process_is_there(int(pid.read_text())))
            fc.drain()
