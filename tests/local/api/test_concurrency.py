from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from local.support import assert_error, create, function_fields
from support.waiting import wait_until

from fc_client.local import LocalFunctionCompute

FUNCTION = "/services/s/functions/f"
ON_DEMAND = f"{FUNCTION}/on-demand-config"
PROVISION = f"{FUNCTION}/provision-config"


@pytest.fixture
def function(api):
    api.create_service().raise_for_status()
    api.create_function().raise_for_status()


def at(seconds):
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def action(name="a", **changes):
    return {
        "name": name,
        "startTime": at(-60),
        "endTime": at(600),
        "target": 3,
        "scheduleExpression": "cron(* * * * * *)",
        **changes,
    }


def policy(**changes):
    return {
        "name": "p",
        "startTime": at(-60),
        "endTime": at(600),
        "metricType": "ProvisionedConcurrencyUtilization",
        "metricTarget": 0.6,
        "minCapacity": 1,
        "maxCapacity": 5,
        **changes,
    }


@pytest.mark.usefixtures("function")
class TestOnDemandConfigs:
    def test_one_is_stored(self, api):
        reply = api.call("PUT", ON_DEMAND, {"maximumInstanceCount": 5})

        expected = {"resource": "services/s.LATEST/functions/f", "maximumInstanceCount": 5}
        found = api.call("GET", ON_DEMAND)
        assert reply.json() == found.json() == expected
        assert reply.headers["ETag"] == found.headers["ETag"]

    def test_the_qualifier_need_not_exist(self, api):
        path = "/services/s.later/functions/f/on-demand-config"

        reply = api.call("PUT", path, {"maximumInstanceCount": 5})

        assert reply.json()["resource"] == "services/s.later/functions/f"

    def test_a_deleted_one_is_gone(self, api):
        api.call("PUT", ON_DEMAND, {"maximumInstanceCount": 5})

        reply = api.call("DELETE", ON_DEMAND)

        assert (reply.status_code, reply.content) == (204, b"")
        for method in ("GET", "DELETE"):
            assert_error(api.call(method, ON_DEMAND), 404, "OnDemandConfigNotFound")

    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    def test_the_etag_must_match(self, api, method):
        api.call("PUT", ON_DEMAND, {"maximumInstanceCount": 5})

        body = {"maximumInstanceCount": 6} if method == "PUT" else None
        reply = api.call(method, ON_DEMAND, body, headers={"If-Match": "other"})

        assert_error(reply, 412, "PreconditionFailed")

    def test_what_does_not_exist_has_no_etag(self, api):
        body = {"maximumInstanceCount": 6}

        reply = api.call("PUT", ON_DEMAND, body, headers={"If-Match": "x"})

        assert_error(reply, 412, "PreconditionFailed")

    def test_those_of_the_account_are_listed(self, api):
        assert api.call("GET", "/on-demand-configs").json() == {"configs": None}
        for qualifier in ("a", "b", "c"):
            path = f"/services/s.{qualifier}/functions/f/on-demand-config"
            api.call("PUT", path, {"maximumInstanceCount": 5}).raise_for_status()

        first = api.call("GET", "/on-demand-configs?limit=2").json()
        rest = api.call("GET", f"/on-demand-configs?nextToken={first['nextToken']}").json()
        one = api.call("GET", "/on-demand-configs?prefix=services/s.b&startKey=").json()
        late = api.call("GET", "/on-demand-configs?startKey=services/s.b/functions/f").json()

        assert [each["resource"][11] for each in first["configs"]] == ["a", "b"]
        assert [each["resource"][11] for each in rest["configs"]] == ["c"]
        assert [each["resource"][11] for each in one["configs"]] == ["b"]
        assert [each["resource"][11] for each in late["configs"]] == ["b", "c"]

    @pytest.mark.parametrize("value", [None, -1, "5", True])
    def test_the_number_is_checked(self, api, value):
        reply = api.call("PUT", ON_DEMAND, {"maximumInstanceCount": value})

        assert_error(reply, 400, "InvalidArgument", "maximumInstanceCount")

    def test_a_missing_function_is_not_found(self, api):
        path = "/services/s/functions/g/on-demand-config"

        reply = api.call("PUT", path, {"maximumInstanceCount": 5})

        assert_error(reply, 404, "FunctionNotFound")


class TestOnDemandLimit:
    def test_more_instances_are_refused(self, make_api, tmp_path):
        go = tmp_path / "go"
        source = f"""
        import os, time

        def h(event, context):
            while not os.path.exists({str(go)!r}):
                time.sleep(0.01)
        """
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            create(api, source)
            api.call("PUT", ON_DEMAND, {"maximumInstanceCount": 1}).raise_for_status()

            with ThreadPoolExecutor(3) as executor:
                calls = [executor.submit(api.invoke) for _ in range(3)]
                # The third one waits for the file.
                wait_until(lambda: sum(call.done() for call in calls) == 2)
                go.touch()
                replies = [call.result() for call in calls]

            assert sorted(reply.status_code for reply in replies) == [200, 429, 429]
            refused = next(reply for reply in replies if reply.status_code == 429)
            assert_error(refused, 429, "ResourceExhausted", "at most 1 on-demand")
            api.call("DELETE", ON_DEMAND).raise_for_status()
            assert api.invoke().status_code == 200

    def test_none_may_be_allowed(self, make_api):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            create(api, "def h(event, context):\n    return event\n")
            api.call("PUT", ON_DEMAND, {"maximumInstanceCount": 0}).raise_for_status()
            assert_error(api.invoke(), 429, "ResourceExhausted")

            # Instances that are kept warm are not on demand.
            api.call("PUT", PROVISION, {"target": 1}).raise_for_status()
            wait_until(lambda: api.call("GET", PROVISION).json()["current"] == 1)
            assert api.invoke(b"x").content == b"x"

    def test_it_is_forgotten_with_the_function(self, make_api):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            create(api, "def h(event, context):\n    return event\n")
            api.call("PUT", ON_DEMAND, {"maximumInstanceCount": 0}).raise_for_status()
            api.call("DELETE", FUNCTION).raise_for_status()
            api.create_function(**function_fields())

            assert api.invoke().status_code == 200


@pytest.mark.usefixtures("function")
class TestProvisionConfigs:
    def test_one_has_the_fields_of_the_service(self, api, server):
        reply = api.call("PUT", PROVISION, {"target": 2})

        account = server.data.account.account_id
        config = reply.json()
        assert reply.headers["ETag"]
        assert config == {
            "resource": f"{account}#s#LATEST#f",
            "target": 2,
            "current": config["current"],
            "currentError": "",
            "scheduledActions": None,
            "targetTrackingPolicies": None,
            "alwaysAllocateCPU": True,
        }
        wait_until(lambda: api.call("GET", PROVISION).json()["current"] == 2)

    def test_lists_stay_until_they_are_cleared(self, api):
        lists = {"scheduledActions": [action()], "targetTrackingPolicies": [policy()]}
        api.call("PUT", PROVISION, {"target": 2, **lists}).raise_for_status()

        kept = api.call("PUT", PROVISION, {"target": 1, "scheduledActions": None}).json()
        cleared = api.call("PUT", PROVISION, {"target": 1, "scheduledActions": []}).json()

        assert kept["scheduledActions"] == lists["scheduledActions"]
        assert cleared["scheduledActions"] == []
        assert cleared["targetTrackingPolicies"] == lists["targetTrackingPolicies"]

    def test_a_target_of_0_removes_it(self, api, pools):
        api.call("PUT", PROVISION, {"target": 2})
        wait_until(lambda: pools.kept)

        reply = api.call("PUT", PROVISION, {"target": 0})

        assert reply.json()["target"] == 0
        assert api.call("GET", "/provision-configs").json() == {"provisionConfigs": []}
        assert api.call("GET", PROVISION).json()["target"] == 0
        wait_until(lambda: not pools.kept)

    def test_they_are_listed(self, api):
        api.create_service("t")
        api.create_function(service="t")
        version = api.call("POST", "/services/s/versions", {}).json()["versionId"]
        for path in ("s", f"s.{version}", "t"):
            api.call("PUT", f"/services/{path}/functions/f/provision-config", {"target": 1})

        def resources(query):
            reply = api.call("GET", f"/provision-configs?{query}")
            return [each["resource"].split("#")[1:3] for each in reply.json()["provisionConfigs"]]

        assert resources("") == [["s", "1"], ["s", "LATEST"], ["t", "LATEST"]]
        assert resources("serviceName=s") == [["s", "1"], ["s", "LATEST"]]
        assert resources("serviceName=s&qualifier=1") == [["s", "1"]]
        reply = api.call("GET", "/provision-configs?qualifier=1")
        assert_error(reply, 400, "InvalidArgument", "serviceName")

    def test_the_etag_must_match(self, api):
        etag = api.call("PUT", PROVISION, {"target": 1}).headers["ETag"]

        changed = api.call("PUT", PROVISION, {"target": 2}, headers={"If-Match": etag})
        reply = api.call("PUT", PROVISION, {"target": 3}, headers={"If-Match": etag})

        assert changed.status_code == 200
        assert_error(reply, 412, "PreconditionFailed")

    def test_the_qualifier_must_exist(self, api):
        reply = api.call("PUT", "/services/s.x/functions/f/provision-config", {"target": 1})

        assert_error(reply, 404, "AliasNotFound")

    @pytest.mark.parametrize(
        ("fields", "word"),
        [
            ({"target": None}, "target"),
            ({"target": -1}, "target"),
            ({"target": 10001}, "target"),
            ({"scheduledActions": {}}, "scheduledActions"),
            ({"scheduledActions": [action(str(n)) for n in range(101)]}, "scheduledActions"),
            ({"scheduledActions": [action(), action()]}, "unique"),
            ({"scheduledActions": [action(name=None)]}, "scheduledActions[0].name"),
            ({"scheduledActions": [action(target="1")]}, "scheduledActions[0].target"),
            ({"scheduledActions": [action(startTime="now")]}, "startTime"),
            ({"scheduledActions": [action(endTime=at(-61))]}, "endTime"),
            ({"scheduledActions": [action(scheduleExpression="x")]}, "scheduleExpression"),
            ({"scheduledActions": [action(scheduleExpression="at(x)")]}, "scheduleExpression"),
            ({"scheduledActions": [action(scheduleExpression="cron(* *)")]}, "six fields"),
            ({"scheduledActions": [action(scheduleExpression="cron(x * * * * *)")]}, "cron"),
            ({"targetTrackingPolicies": [policy(metricTarget=1.1)]}, "metricTarget"),
            ({"targetTrackingPolicies": [policy(minCapacity=6)]}, "minCapacity"),
            ({"targetTrackingPolicies": [policy(endTime="x")]}, "endTime"),
            ({"alwaysAllocateCPU": 1}, "alwaysAllocateCPU"),
        ],
    )
    def test_invalid_ones_are_refused(self, api, fields, word):
        reply = api.call("PUT", PROVISION, {"target": 1, **fields})

        assert_error(reply, 400, "InvalidArgument", word)

    @pytest.mark.parametrize("expression", ["cron(* * * * * *)", None])
    def test_a_scheduled_action_changes_the_target(self, api, pools, expression):
        expression = expression or f"at({at(2)})"
        fields = {"scheduledActions": [action(scheduleExpression=expression)]}

        api.call("PUT", PROVISION, {"target": 0, **fields}).raise_for_status()

        wait_until(lambda: api.call("GET", PROVISION).json()["target"] == 3)
        wait_until(lambda: list(pools.kept.values()) == [3])


class TestWarmInstances:
    def test_that_many_are_started_and_initialized(self, make_api):
        source = (
            "import os\n"
            "state = []\n"
            "def i(context):\n    state.append(os.getpid())\n"
            "def h(event, context):\n    return state\n"
        )
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            create(api, source, initializer="m.i")

            api.call("PUT", PROVISION, {"target": 2}).raise_for_status()

            wait_until(lambda: api.call("GET", PROVISION).json()["current"] == 2)
            assert len(api.invoke().json()) == 1

    def test_they_follow_the_code(self, make_api):
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            create(api, "def h(event, context):\n    return 'old'\n")
            api.call("PUT", PROVISION, {"target": 1}).raise_for_status()
            wait_until(lambda: api.call("GET", PROVISION).json()["current"] == 1)

            code = function_fields(m="def h(event, context):\n    return 'new'\n")["code"]
            api.call("PUT", FUNCTION, {"code": code}).raise_for_status()

            wait_until(lambda: api.call("GET", PROVISION).json()["current"] == 1)
            assert api.invoke().content == b"new"

    def test_they_follow_a_linked_directory(self, make_api, tmp_path):
        source = tmp_path / "m.py"
        source.write_text("def h(event, context):\n    return 'old'\n")
        with LocalFunctionCompute() as fc:
            api = make_api(fc)
            create(api, "")
            fc.link("s", "f", tmp_path)
            api.call("PUT", PROVISION, {"target": 1}).raise_for_status()
            wait_until(lambda: api.call("GET", PROVISION).json()["current"] == 1)
            source.write_text("def h(event, context):\n    return 'newer'\n")

            assert api.invoke().content == b"newer"

    def test_why_there_are_not_enough(self, make_api):
        with LocalFunctionCompute(max_instances=1) as fc:
            api = make_api(fc)
            create(api, "import missing_module\n")
            api.call("PUT", PROVISION, {"target": 1}).raise_for_status()
            wait_until(
                lambda: "missing_module" in api.call("GET", PROVISION).json()["currentError"]
            )

            code = function_fields()["code"]
            api.call("PUT", FUNCTION, {"code": code}).raise_for_status()
            api.call("PUT", PROVISION, {"target": 2}).raise_for_status()

            wait_until(lambda: api.call("GET", PROVISION).json()["current"] == 1)
            wait_until(
                lambda: "at most 1 instances" in api.call("GET", PROVISION).json()["currentError"]
            )
