"""The official Python SDK's later operations against the embedded Function Compute."""

import threading

import fc2
import pytest
from support.waiting import wait_until

from fc_client.local import LocalFunctionCompute

SOURCE = b"def handler(event, context):\n    return event\n"
SERVICE, FUNCTION = "peer", "echo"


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute() as function_compute:
        yield function_compute


@pytest.fixture
def official(function_compute, tmp_path):
    """Return a client of a server with one function."""
    function_compute.reset()
    client = fc2.Client(
        endpoint=function_compute.endpoint,
        accessKeyID=function_compute.access_key_id,
        accessKeySecret=function_compute.access_key_secret,
    )
    client.create_service(SERVICE)
    (tmp_path / "index.py").write_bytes(SOURCE)
    client.create_function(SERVICE, FUNCTION, "python3", "index.handler", codeDir=str(tmp_path))
    return client


class TestAccount:
    def test_settings(self, official):
        assert official.get_account_settings().data["availableAZs"]

    def test_reserved_capacities(self, official):
        assert official.list_reserved_capacities(limit=10).data == {"reservedCapacities": []}


class TestTags:
    ARN = f"services/{SERVICE}"

    def test_a_service_is_tagged_found_and_untagged(self, official):
        reply = official.tag_resource(self.ARN, {"k1": "v1", "k2": "v2"})
        assert reply.data["requestId"]

        tags = official.get_resource_tags(self.ARN).data
        found = official.list_services(tags={"k1": "v1", "k2": "v2"}).data["services"]
        none = official.list_services(tags={"k1": "other"}).data["services"]
        official.untag_resource(self.ARN, ["k1"])
        rest = official.get_resource_tags(self.ARN).data["tags"]
        official.untag_resource(self.ARN, [], True)

        assert tags["tags"] == {"k1": "v1", "k2": "v2"}
        assert tags["resourceArn"].endswith(f":{self.ARN}")
        assert [each["serviceName"] for each in found] == [SERVICE]
        assert none == []
        assert rest == {"k2": "v2"}
        assert official.get_resource_tags(self.ARN).data["tags"] == {}


class TestOnDemand:
    def test_a_config_lives(self, official):
        put = official.put_on_demand_config(SERVICE, "LATEST", FUNCTION, 5)
        assert put.data["maximumInstanceCount"] == 5
        got = official.get_on_demand_config(SERVICE, "LATEST", FUNCTION)
        assert got.data == put.data
        listed = official.list_on_demand_config(prefix=f"services/{SERVICE}").data["configs"]
        assert listed == [put.data]

        official.delete_on_demand_config(SERVICE, "LATEST", FUNCTION)

        with pytest.raises(fc2.FcError) as caught:
            official.get_on_demand_config(SERVICE, "LATEST", FUNCTION)
        assert (caught.value.status_code, caught.value.err_code) == (404, "OnDemandConfigNotFound")


class TestProvision:
    def test_instances_are_warm(self, official):
        put = official.put_provision_config(SERVICE, "LATEST", FUNCTION, 1)
        assert put.data["target"] == 1

        wait_until(
            lambda: official.get_provision_config(SERVICE, "LATEST", FUNCTION).data["current"] == 1
        )

        listed = official.list_provision_configs(SERVICE, "LATEST").data["provisionConfigs"]
        assert [each["resource"].split("#")[1:] for each in listed] == [
            [SERVICE, "LATEST", FUNCTION]
        ]
        official.put_provision_config(SERVICE, "LATEST", FUNCTION, 0)
        assert official.list_provision_configs(SERVICE, "LATEST").data["provisionConfigs"] == []


class TestAsyncInvokeConfigs:
    # In Pascal case, as in the SDK's own test.
    CONFIG = {  # noqa: RUF012 - not changed
        "MaxAsyncRetryAttempts": 1,
        "MaxAsyncEventAgeInSeconds": 600,
        "StatefulInvocation": True,
    }

    def test_a_config_lives(self, official):
        put = official.put_function_async_invoke_config(
            SERVICE, "LATEST", FUNCTION, self.CONFIG
        ).data
        assert (put["service"], put["function"], put["qualifier"]) == (SERVICE, FUNCTION, "LATEST")
        assert put["maxAsyncRetryAttempts"] == 1
        got = official.get_function_async_invoke_config(SERVICE, "LATEST", FUNCTION).data
        assert got == put
        listed = official.list_function_async_invoke_configs(SERVICE, FUNCTION).data
        assert listed == {"configs": [put], "nextToken": ""}

        official.delete_function_async_invoke_config(SERVICE, "LATEST", FUNCTION)

        with pytest.raises(fc2.FcError) as caught:
            official.get_function_async_invoke_config(SERVICE, "LATEST", FUNCTION)
        assert (caught.value.status_code, caught.value.err_code) == (404, "AsyncConfigNotExists")

    def test_an_invocation_is_named(self, official, function_compute):
        official.put_function_async_invoke_config(SERVICE, "LATEST", FUNCTION, self.CONFIG)

        reply = official.invoke_function(
            SERVICE,
            FUNCTION,
            headers={
                "x-fc-invocation-type": "Async",
                "x-fc-stateful-async-invocation-id": "job",
            },
        )

        function_compute.drain()
        assert reply.headers["X-Fc-Stateful-Async-Invocation-Id"] == "job"


class TestFields:
    def test_of_a_function_that_were_not_given(self, official):
        got = official.get_function(SERVICE, FUNCTION).data

        assert (got["initializer"], got["environmentVariables"]) == (None, {})
        assert (got["instanceConcurrency"], got["instanceType"]) == (1, "e1")

    def test_of_a_service_that_were_not_given(self, official):
        got = official.get_service(SERVICE).data

        assert got["nasConfig"] == {"userId": -1, "groupId": -1, "mountPoints": []}
        assert got["tracingConfig"] == {"type": None, "params": None}

    def test_of_a_container_which_has_no_code(self, official):
        images = [{"image": f"registry.example.com/a/b:{tag}"} for tag in ("v1", "v2")]

        made = official.create_function(
            SERVICE,
            "box",
            "custom-container",
            "not-used",
            customContainerConfig=images[0],
            caPort=8080,
        ).data
        changed = official.update_function(SERVICE, "box", customContainerConfig=images[1]).data

        assert (made["customContainerConfig"], made["caPort"]) == (images[0], 8080)
        assert (changed["customContainerConfig"], changed["caPort"]) == (images[1], 8080)

    def test_of_a_trigger_whose_source_has_no_arn(self, official):
        config = {"authType": "function", "methods": ["GET"]}

        made = official.create_trigger(SERVICE, FUNCTION, "t", "http", config, "dummy", "").data

        assert (made["sourceArn"], made["qualifier"]) == (None, None)
        assert made["triggerId"]


class TestInstances:
    def test_a_command_runs_in_one(self, official):
        official.invoke_function(SERVICE, FUNCTION, payload=b"x")
        instances = official.list_instances(SERVICE, "LATEST", FUNCTION, {"limit": 10})
        (instance,) = instances.data["instances"]
        heard, opened, closed = [], [], threading.Event()

        def say(session):
            opened.append(session.ws.sock.sock)
            session.send("héllo\n")

        socket = official.instance_exec(
            SERVICE,
            "LATEST",
            FUNCTION,
            instance["instanceId"],
            params={
                "command": ["sh", "-c", "read line; echo got $line"],
                "stdin": "true",
                "stdout": "true",
                "tty": "false",
            },
            hooks={
                "on_open": say,
                "on_stdout": lambda _, data: heard.append(data),
                "on_close": lambda _: closed.set(),
            },
        )
        thread = threading.Thread(target=socket.start)
        thread.start()

        assert closed.wait(60)
        thread.join(60)
        # The SDK leaves it open after the server has closed the connection.
        opened[0].close()
        assert "".join(heard) == "got héllo\n"

    def test_a_websocket_opens_and_is_refused(self, official):
        official.invoke_function(SERVICE, FUNCTION, payload=b"x")
        instances = official.list_instances(SERVICE, "LATEST", FUNCTION, {"limit": 10})
        (instance,) = instances.data["instances"]
        path = f"/2016-08-15/services/{SERVICE}.LATEST/functions/{FUNCTION}/instances"
        opened, errors = [], []

        for name in (instance["instanceId"], "missing"):
            query = {"command": ["true"], "tty": "false"}
            socket = official.websocket(f"{path}/{name}/exec", query)
            socket.on_open = lambda ws: opened.append(ws.sock.sock)
            socket.on_error = lambda _, error: errors.append(error)
            socket.run_forever()

        # The SDK leaves it open after the server has closed the connection.
        opened[0].close()
        assert len(opened) == 1
        # A normal end of the command, then the refusal.
        assert [error.status_code for error in errors] == [1000, 404]


class TestTriggers:
    @pytest.mark.parametrize(
        ("kind", "arn", "config"),
        [
            (
                "mns_topic",
                "acs:mns:cn-hangzhou:1:/topics/t",
                {"NotifyContentFormat": "JSON", "NotifyStrategy": "BACKOFF_RETRY"},
            ),
            (
                "cdn_events",
                "acs:cdn:*:1",
                {
                    "eventName": "LogFileCreated",
                    "eventVersion": "1.0.0",
                    "notes": "test",
                    "filter": {"domain": ["www.taobao.com"]},
                },
            ),
            ("tablestore", "acs:ots:cn-hangzhou:1:instance/i/table/t", {}),
        ],
    )
    def test_other_types(self, official, function_compute, kind, arn, config):
        official.create_trigger(SERVICE, FUNCTION, "t", kind, config, arn, "acs:ram::1:role/r")

        got = official.get_trigger(SERVICE, FUNCTION, "t").data
        request_id = function_compute.fire(SERVICE, FUNCTION, "t")
        function_compute.drain()
        if kind == "cdn_events":
            official.update_trigger(SERVICE, FUNCTION, "t", config, "acs:ram::1:role/new")
        else:
            with pytest.raises(fc2.FcError, match="not supported"):
                official.update_trigger(SERVICE, FUNCTION, "t", config, "acs:ram::1:role/new")
        official.delete_trigger(SERVICE, FUNCTION, "t")

        assert (got["triggerType"], got["sourceArn"]) == (kind, arn)
        assert request_id in function_compute.logs(SERVICE, FUNCTION)
