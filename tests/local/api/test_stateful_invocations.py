from __future__ import annotations

import asyncio
import time

import pytest
from local.support import assert_error, failing, outcome
from support.waiting import wait_until

FUNCTION = "/services/s/functions/f"
PATH = f"{FUNCTION}/stateful-async-invocations"
ID = "X-Fc-Stateful-Async-Invocation-Id"


@pytest.fixture
def function(api):
    """Create a function whose Async invocations are stateful."""
    api.create_service().raise_for_status()
    api.create_function().raise_for_status()
    configure(api)


@pytest.fixture
def hold(pools):
    """Let invocations wait until a test adds an item."""
    flag = []

    async def behaviour(_spec, _event):
        while not flag:  # noqa: ASYNC110 - another thread sets it
            await asyncio.sleep(0.01)
        return outcome(b"done")

    pools.behaviour = behaviour
    yield flag
    flag.append(True)


def configure(api, **fields):
    path = f"{FUNCTION}/async-invoke-config"
    api.call("PUT", path, {"statefulInvocation": True, **fields}).raise_for_status()


def invoke(api, name=None, event=b"event", **headers):
    names = {"X-Fc-Invocation-Type": "Async", **({ID: name} if name else {}), **headers}
    return api.call("POST", f"{FUNCTION}/invocations", event, headers=names)


def get(api, name):
    return api.call("GET", f"{PATH}/{name}").json()


def wait_for(api, name, status):
    wait_until(lambda: get(api, name).get("status") == status)
    return get(api, name)


def listed(api, query=""):
    reply = api.call("GET", f"{PATH}?{query}")
    reply.raise_for_status()
    return [each["invocationId"] for each in reply.json()["invocations"] or ()]


@pytest.mark.usefixtures("function")
class TestStates:
    def test_a_success(self, api):
        reply = invoke(api, "job-1")

        assert (reply.status_code, reply.headers[ID]) == (202, "job-1")
        job = wait_for(api, "job-1", "Succeeded")
        assert job["requestId"] == reply.headers["X-Fc-Request-Id"]
        assert (job["serviceName"], job["functionName"], job["qualifier"]) == ("s", "f", "LATEST")
        assert abs(job["startedTime"] / 1000 - time.time()) < 60
        assert job["endTime"] >= job["startedTime"]
        assert (job["invocationPayload"], job["returnPayload"]) == ("event", "event")
        assert job["instanceId"] == "i-1"
        states = [event["status"] for event in job["events"]]
        assert states == ["Enqueued", "Running", "Succeeded"]
        assert [event["eventId"] for event in job["events"]] == [1, 2, 3]

    def test_a_failure(self, api, pools):
        pools.behaviour = failing
        configure(api, maxAsyncRetryAttempts=1)

        invoke(api, "job")

        job = wait_for(api, "job", "Failed")
        assert job["alreadyRetriedTimes"] == 1
        assert "oops" in job["invocationErrorMessage"]
        states = [event["status"] for event in job["events"]]
        assert states == ["Enqueued", "Running", "Retrying", "Running", "Failed"]

    def test_the_request_id_is_the_default_name(self, api):
        reply = invoke(api)

        assert reply.headers[ID] == reply.headers["X-Fc-Request-Id"]
        wait_for(api, reply.headers[ID], "Succeeded")

    def test_the_destination_is_shown(self, api):
        arn = "acs:mns:local:1:/queues/q/messages"
        configure(api, destinationConfig={"onSuccess": {"destination": arn}})

        invoke(api, "job")

        assert wait_for(api, "job", "Succeeded")["destinationStatus"] == "Succeeded"

    def test_those_of_a_deleted_function_are_gone(self, api):
        invoke(api, "job")
        wait_for(api, "job", "Succeeded")
        api.call("DELETE", FUNCTION).raise_for_status()
        api.create_function()

        assert_error(api.call("GET", f"{PATH}/job"), 404, "StatefulAsyncInvocationNotFound")

    def test_others_are_not_stored(self, api):
        configure(api, statefulInvocation=False)

        reply = invoke(api, "job")

        assert ID not in reply.headers
        assert_error(api.call("GET", f"{PATH}/job"), 404, "StatefulAsyncInvocationNotFound")

    @pytest.mark.parametrize("name", ["1job", "-job", "a.b", "a" * 129])
    def test_an_invalid_name_is_refused(self, api, name):
        assert_error(invoke(api, name), 400, "InvalidArgument", ID)

    def test_a_name_is_used_once(self, api):
        invoke(api, "job").raise_for_status()

        assert_error(invoke(api, "job"), 400, "InvalidArgument", "in use")

    def test_tail_is_refused(self, api):
        reply = invoke(api, **{"X-Fc-Log-Type": "Tail"})

        assert_error(reply, 400, "InvalidArgument", "X-Fc-Log-Type")


@pytest.mark.usefixtures("function")
class TestStop:
    def test_a_running_one_is_ended(self, api, hold, pools):
        invoke(api, "job")
        wait_for(api, "job", "Running")

        assert api.call("PUT", f"{PATH}/job").status_code == 200

        job = get(api, "job")
        assert [event["status"] for event in job["events"]][-2:] == ["Stopping", "Stopped"]
        wait_until(lambda: pools.running == 0)
        hold.append(True)
        assert get(api, "job")["status"] == "Stopped"

    def test_a_waiting_one_never_runs(self, api, pools, server):
        invoke(api, "job", **{"X-Fc-Async-Delay": "3600"})

        api.call("PUT", f"{PATH}/job").raise_for_status()

        assert get(api, "job")["status"] == "Stopped"
        # It is in the queue no more.
        assert server.thread.drain(30) is None
        assert pools.calls == []

    def test_a_stopped_one_cannot_be_stopped_again(self, api):
        invoke(api, "job", **{"X-Fc-Async-Delay": "3600"})
        api.call("PUT", f"{PATH}/job").raise_for_status()

        assert_error(api.call("PUT", f"{PATH}/job"), 412, "AsyncInvocationStopped")

    def test_an_ended_one_cannot_be_stopped(self, api):
        invoke(api, "job")
        wait_for(api, "job", "Succeeded")

        assert_error(api.call("PUT", f"{PATH}/job"), 400, "InvalidArgument", "ended")

    def test_a_missing_one_is_not_found(self, api):
        assert_error(api.call("PUT", f"{PATH}/job"), 404, "StatefulAsyncInvocationNotFound")


@pytest.mark.usefixtures("function")
class TestList:
    @pytest.fixture(autouse=True)
    def jobs(self, api, function):  # noqa: ARG002 - it must exist first
        for name in ("a1", "a2", "b1", "b2", "b3"):
            invoke(api, name)
            wait_for(api, name, "Succeeded")

    def test_the_newest_is_the_first(self, api):
        assert listed(api) == ["b3", "b2", "b1", "a2", "a1"]
        assert listed(api, "sortOrderByTime=asc") == ["a1", "a2", "b1", "b2", "b3"]

    @pytest.mark.parametrize("order", ["asc", "desc"])
    def test_pages(self, api, order):
        query = f"sortOrderByTime={order}&limit=2"
        found, token = [], ""
        while True:
            reply = api.call("GET", f"{PATH}?{query}&nextToken={token}").json()
            found += [each["invocationId"] for each in reply["invocations"]]
            token = reply.get("nextToken")
            if not token:
                break

        assert found == listed(api, f"sortOrderByTime={order}")

    def test_filters(self, api):
        started = get(api, "b1")["startedTime"]

        assert listed(api, "invocationIdPrefix=a") == ["a2", "a1"]
        assert listed(api, "status=Failed") == []
        assert listed(api, f"startedTimeBegin={started}") == ["b3", "b2", "b1"]
        assert listed(api, f"startedTimeEnd={started}") == ["b1", "a2", "a1"]

    def test_payloads_only_where_asked(self, api):
        plain = api.call("GET", PATH).json()["invocations"][0]
        full = api.call("GET", f"{PATH}?includePayload=true").json()["invocations"][0]

        assert (plain["invocationPayload"], full["invocationPayload"]) == ("", "event")

    def test_none_is_null(self, api):
        assert api.call("GET", f"{PATH}?status=Running").json() == {"invocations": None}

    @pytest.mark.parametrize(
        "query",
        [
            "limit=101", "status=Ended", "sortOrderByTime=up", "startedTimeBegin=x",
            "nextToken=x", "nextToken=YWZ0ZXI6eA==",
        ],
    )  # fmt: skip
    def test_invalid_queries_are_refused(self, api, query):
        word = query.partition("=")[0]
        assert_error(api.call("GET", f"{PATH}?{query}"), 400, "InvalidArgument", word)


@pytest.mark.usefixtures("function")
class TestFunctions:
    def test_those_that_store_states(self, api):
        api.create_function("g")
        api.call("PUT", "/services/s/functions/g/async-invoke-config", {})

        reply = api.call("GET", "/stateful-async-invocation-functions")

        expected = {"serviceName": "s", "functionName": "f", "qualifier": "LATEST"}
        assert reply.json() == {"data": [expected]}
