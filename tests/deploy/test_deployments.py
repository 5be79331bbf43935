import asyncio
import inspect
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import responses
from responses import matchers
from support.clients import CLIENTS
from support.deployments import Deployments
from support.fault_proxy import FaultProxy

from fc_client import (
    AsyncClient,
    ChecksumMismatchError,
    Client,
    Code,
    ConcurrentUpdateError,
    LogConfig,
    PreconditionFailedError,
    ServiceNotFoundError,
    VPCConfig,
    deploy,
)
from fc_client.deploy import deploy_function, deploy_service
from fc_client.triggers import timer

SERVICES = "http://fc.test/2016-08-15/services"
SERVICE = f"{SERVICES}/s"
FUNCTION = f"{SERVICE}/functions/f"

ZIP = Code.from_zip(b"PK\x05\x06" + bytes(18))
GOAL = {"runtime": "python3", "handler": "index.handler", "code": ZIP}
STORED = {
    "functionName": "f",
    "runtime": "python3",
    "handler": "index.handler",
    "codeChecksum": ZIP.checksum,
}

# What each function is called with.
FUNCTIONS = {
    "service": (("s",), {}),
    "function": (("s", "f"), GOAL),
    "trigger": (("s", "f", "t"), {"trigger_config": timer(cron="@every 1h")}),
}


@pytest.fixture
def fakes():
    with responses.mock as mock:
        yield mock


def error(code):
    return {"json": {"ErrorCode": code, "ErrorMessage": "no"}}


def methods():
    return [call.request.method for call in responses.calls]


def near(function_compute, kind=Client, url=None):
    """Return a client of the embedded server, or of the proxy at *url*."""
    return kind(
        url or function_compute.endpoint,
        access_key_id=function_compute.access_key_id,
        access_key_secret=function_compute.access_key_secret,
    )


class TestDeployService:
    def test_creates_updates_and_leaves_alone(self, local):
        goal = {"description": "d", "log_config": LogConfig("p", "l"), "internet_access": False}

        created = deploy_service(local, "s", **goal)
        again = deploy_service(local, "s", **goal)
        updated = deploy_service(local, "s", **{**goal, "description": "e"}, role="")

        assert created.action == "created"
        assert set(created.changed) == set(goal)
        assert (again.action, again.changed) == ("unchanged", ())
        assert again.resource.etag == created.resource.etag
        assert (updated.action, updated.changed) == ("updated", ("description",))
        assert updated.resource.log_config == LogConfig("p", "l")
        assert local.get_service("s").description == "e"

    @pytest.mark.parametrize(
        ("stored", "goal", "changed"),
        [
            ({}, {}, ()),
            ({"description": "d"}, {}, ()),
            ({}, {"description": ""}, ()),
            ({"description": "d"}, {"description": ""}, ("description",)),
            ({"internetAccess": True}, {"internet_access": False}, ("internet_access",)),
            ({}, {"internet_access": False}, ("internet_access",)),
            ({"role": None}, {"role": "r"}, ("role",)),
            ({"logConfig": {"project": "p", "logstore": ""}}, {"log_config": {"project": "p"}}, ()),
            ({"logConfig": None}, {"log_config": LogConfig()}, ()),
            ({"logConfig": {"project": "p"}}, {"log_config": LogConfig()}, ("log_config",)),
            ({"vpcConfig": {"vpcId": "v", "more": "m"}}, {"vpc_config": VPCConfig("v")},
             ("vpc_config",)),
            ({"vpcConfig": {"vpcId": "v", "vSwitchIds": ["a"]}},
             {"vpc_config": VPCConfig("v", ("a",))}, ()),
            ({"vpcConfig": {"vpcId": "v", "vSwitchIds": ["a"]}},
             {"vpc_config": VPCConfig("v", ("b",))}, ("vpc_config",)),
        ],
    )  # fmt: skip
    def test_sends_what_differs(self, client, fakes, stored, goal, changed):
        fakes.get(SERVICE, json={"serviceName": "s", **stored}, headers={"ETag": "e1"})
        fakes.put(
            SERVICE,
            json={"serviceName": "s"},
            match=[matchers.header_matcher({"If-Match": "e1"})],
        )

        assert deploy_service(client, "s", **goal).changed == changed
        assert methods() == ["GET", "PUT"][: 1 + len(changed)]

    @pytest.mark.usefixtures("fakes")
    def test_bad_setting_is_named_before_anything_is_sent(self, client):
        with pytest.raises(TypeError, match=r"^role: "):
            deploy_service(client, "s", role=5)
        assert methods() == []


class TestDeployFunction:
    def test_creates_updates_and_leaves_alone(self, local, tmp_path):
        (tmp_path / "index.py").write_text("def handler(event, context): return 'one'")
        goal = {"runtime": "python3", "handler": "index.handler", "code": tmp_path}
        goal["environment_variables"] = {"EMPTY": ""}
        local.create_service("s")

        created = deploy_function(local, "s", "f", **goal)
        again = deploy_function(local, "s", "f", **goal)
        settings = deploy_function(local, "s", "f", **goal, timeout=9)
        (tmp_path / "index.py").write_text("def handler(event, context): return 'two'")
        code = deploy_function(local, "s", "f", **goal, timeout=9)

        assert (created.action, set(created.changed)) == ("created", set(goal))
        assert (again.action, again.changed) == ("unchanged", ())
        assert again.resource.code_checksum == created.resource.code_checksum
        assert (settings.action, settings.changed) == ("updated", ("timeout",))
        assert (code.action, code.changed) == ("updated", ("code",))
        assert local.invoke_function("s", "f").text == "two"

    def test_needs_its_service(self, local):
        with pytest.raises(ServiceNotFoundError):
            deploy_function(local, "s", "f", **GOAL)

    @pytest.mark.parametrize(
        ("stored", "goal", "changed"),
        [
            ({}, {}, ()),
            ({"codeChecksum": "1"}, {}, ("code",)),
            ({"codeChecksum": None}, {}, ("code",)),
            ({}, {"code": Code.from_oss("b", "o")}, ("code",)),
            ({"codeChecksum": None}, {"code": Code.from_oss("b", "o")}, ("code",)),
            ({}, {"memory_size": 128, "handler": "i.h"}, ("handler", "memory_size")),
            ({"environmentVariables": {"A": ""}}, {"environment_variables": {"A": ""}}, ()),
            ({"environmentVariables": {"A": ""}}, {"environment_variables": {}},
             ("environment_variables",)),
            ({}, {"environment_variables": {}, "initializer": ""}, ()),
            ({"initializationTimeout": 3}, {"initialization_timeout": 4, "timeout": 5},
             ("timeout", "initialization_timeout")),
        ],
    )  # fmt: skip
    def test_sends_what_differs(self, client, fakes, stored, goal, changed):
        fakes.get(FUNCTION, json={**STORED, **stored}, headers={"ETag": "e1"})
        fakes.put(FUNCTION, json=STORED, match=[matchers.header_matcher({"If-Match": "e1"})])

        assert deploy_function(client, "s", "f", **{**GOAL, **goal}).changed == changed
        assert methods() == ["GET", "PUT"][: 1 + bool(changed)]

    @pytest.mark.parametrize(
        ("goal", "kind", "name"),
        [
            ({"runtime": None}, TypeError, "runtime"),
            ({"handler": ""}, ValueError, "handler"),
            ({"code": None}, TypeError, "code"),
            ({"timeout": "5"}, TypeError, "timeout"),
            ({"progress": 5}, TypeError, "progress"),
        ],
    )
    @pytest.mark.usefixtures("fakes")
    def test_bad_setting_is_named_before_anything_is_sent(self, client, goal, kind, name):
        with pytest.raises(kind, match=f"^{name}: "):
            deploy_function(client, "s", "f", **{**GOAL, **goal})
        assert methods() == []

    def test_other_code_than_was_sent_is_an_error(self, client, fakes):
        fakes.get(FUNCTION, **error("FunctionNotFound"), status=404)
        fakes.post(f"{SERVICE}/functions", json={"functionName": "f", "codeChecksum": "1"})
        with pytest.raises(ChecksumMismatchError):
            deploy_function(client, "s", "f", **GOAL)

    def test_progress_is_seen(self, local):
        local.create_service("s")
        seen = []
        deploy_function(local, "s", "f", **GOAL, progress=lambda *numbers: seen.append(numbers))
        deploy_function(local, "s", "f", **GOAL, progress=lambda *numbers: seen.append(numbers))
        assert seen == [(22, 22)]


class TestRaces:
    """Others deploy the same at the same time."""

    def test_created_by_others_first(self, client, fakes):
        fakes.get(FUNCTION, **error("FunctionNotFound"), status=404)
        fakes.get(FUNCTION, json=STORED)
        fakes.post(f"{SERVICE}/functions", **error("FunctionAlreadyExists"), status=409)
        assert deploy_function(client, "s", "f", **GOAL).action == "unchanged"
        assert methods() == ["GET", "POST", "GET"]

    def test_service_created_by_others_first(self, client, fakes):
        fakes.get(SERVICE, **error("ServiceNotFound"), status=404)
        fakes.get(SERVICE, json={"serviceName": "s", "role": "r"}, headers={"ETag": "e1"})
        fakes.post(SERVICES, **error("ServiceAlreadyExists"), status=409)
        fakes.put(SERVICE, json={"serviceName": "s"})
        deployment = deploy_service(client, "s", role="q", internet_access=True)
        assert (deployment.action, deployment.changed) == ("updated", ("internet_access", "role"))

    @pytest.mark.parametrize(
        ("code", "status"), [("PreconditionFailed", 412), ("ConcurrentUpdateError", 409)]
    )
    def test_updated_by_others_first(self, client, fakes, code, status):
        fakes.get(FUNCTION, json={**STORED, "timeout": 1}, headers={"ETag": "e1"})
        fakes.get(FUNCTION, json={**STORED, "timeout": 2}, headers={"ETag": "e2"})
        lost = matchers.header_matcher({"If-Match": "e1"})
        won = matchers.header_matcher({"If-Match": "e2"})
        fakes.put(FUNCTION, **error(code), status=status, match=[lost])
        fakes.put(FUNCTION, json=STORED, match=[won])
        assert deploy_function(client, "s", "f", **GOAL, timeout=5).changed == ("timeout",)
        assert methods() == ["GET", "PUT", "GET", "PUT"]

    def test_deleted_by_others_first(self, client, fakes):
        fakes.get(FUNCTION, json={**STORED, "timeout": 1}, headers={"ETag": "e1"})
        fakes.get(FUNCTION, **error("FunctionNotFound"), status=404)
        fakes.put(FUNCTION, **error("FunctionNotFound"), status=404)
        fakes.post(f"{SERVICE}/functions", json=STORED)
        assert deploy_function(client, "s", "f", **GOAL, timeout=5).action == "created"

    @pytest.mark.parametrize(
        ("code", "status", "kind"),
        [
            ("PreconditionFailed", 412, PreconditionFailedError),
            ("ConcurrentUpdateError", 409, ConcurrentUpdateError),
        ],
    )
    def test_that_never_end_are_given_up(self, client, fakes, code, status, kind):
        fakes.get(FUNCTION, json=STORED, headers={"ETag": "e1"})
        fakes.put(FUNCTION, **error(code), status=status)
        with pytest.raises(kind):
            deploy_function(client, "s", "f", **GOAL, timeout=5)
        assert methods() == ["GET", "PUT"] * 5

    def test_of_real_deployments_end_well(self, local):
        local.create_service("s")
        with ThreadPoolExecutor(4) as pool:
            goals = [{**GOAL, "description": str(number)} for number in range(4)]
            done = list(pool.map(lambda goal: deploy_function(local, "s", "f", **goal), goals))
        assert [each.action for each in done].count("created") == 1
        assert local.get_function("s", "f").description in "0123"


class TestUnchangedCode:
    def test_is_not_sent(self, function_compute, local, tmp_path):
        """48 MB, and what goes out is counted on its way."""
        (tmp_path / "data").write_bytes(random.Random(48).randbytes(48_000_000))
        local.create_service("s")
        goal = {"runtime": "python3", "handler": "index.handler", "code": tmp_path}
        sizes = []
        address = urlsplit(function_compute.endpoint)
        with (
            FaultProxy((address.hostname, address.port)) as proxy,
            near(function_compute, url=proxy.url) as client,
        ):
            for _ in range(2):
                proxy.raw_requests.clear()
                deploy_function(client, "s", "f", **goal)
                sizes.append(sum(len(each.head + each.body) for each in proxy.raw_requests))
        first, second = sizes
        assert first > 48_000_000
        assert second < 4096


class TestNamesOfResources:
    @pytest.mark.parametrize(("what", "number"), [("service", 1), ("function", 2), ("trigger", 3)])
    def test_that_is_not_text_is_refused(self, client, what, number):
        names = ["s", "f", "t"][: number - 1]

        with pytest.raises(TypeError, match=f"^{what}_name: expected a str, got int$"):
            getattr(deploy, f"deploy_{what}")(client, *names, 5, **FUNCTIONS[what][1])


class TestClients:
    @pytest.mark.parametrize("what", FUNCTIONS)
    def test_an_async_client_is_refused(self, what):
        client = AsyncClient("http://fc.test", access_key_id="i", access_key_secret="s")

        with pytest.raises(TypeError, match=r"^client: expected Client, got AsyncClient; "):
            getattr(deploy, f"deploy_{what}")(client, *FUNCTIONS[what][0], **FUNCTIONS[what][1])

    @pytest.mark.parametrize("what", FUNCTIONS)
    def test_a_client_is_refused(self, client, what):
        function = getattr(deploy, f"async_deploy_{what}")

        with pytest.raises(TypeError, match=r"^client: expected AsyncClient, got Client; "):
            asyncio.run(function(client, *FUNCTIONS[what][0], **FUNCTIONS[what][1]))

    @pytest.mark.parametrize("what", FUNCTIONS)
    def test_both_have_the_same_parameters_and_documentation(self, what):
        theirs, ours = (getattr(deploy, name + what) for name in ("deploy_", "async_deploy_"))

        for name, parameter in inspect.signature(theirs).parameters.items():
            other = inspect.signature(ours).parameters[name]
            assert (parameter.kind, parameter.default) == (other.kind, other.default)
        assert ours.__doc__ == theirs.__doc__.replace("`Client.", "`AsyncClient.")

    def test_both_send_the_same(self, function_compute):
        sent = []
        for kind in CLIENTS:
            with Deployments(kind, function_compute) as deployments:
                for settings in ({}, {}, {"description": "d"}):
                    for what, (names, goal) in FUNCTIONS.items():
                        more = {} if what == "trigger" else settings
                        getattr(deployments, what)(*names, **{**goal, **more})
                sent.append(deployments.sent())
            function_compute.reset()

        assert [method for method, _, _ in sent[0]].count("PUT") == 2
        assert sent[0] == sent[1]

    def test_many_at_once(self, function_compute, local):
        local.create_service("s")

        async def main():
            async with near(function_compute, AsyncClient) as client:
                goals = [{**GOAL, "description": str(number)} for number in range(4)]
                return await asyncio.gather(
                    *(deploy.async_deploy_function(client, "s", "f", **goal) for goal in goals)
                )

        done = asyncio.run(main())
        assert [each.action for each in done].count("created") == 1
        assert local.get_function("s", "f").description in "0123"


class TestNames:
    def test_all_is_there(self):
        assert set(dir(deploy)) >= set(deploy.__all__)
        assert all(hasattr(deploy, name) for name in deploy.__all__)

    def test_an_unknown_name_is_an_attribute_error(self):
        with pytest.raises(AttributeError, match=r"'fc_client\.deploy' has no attribute 'nope'"):
            _ = deploy.nope

    def test_works_with_the_core_alone(self):
        program = """
import sys
sys.modules["aiohttp"] = None
from fc_client import deploy
from fc_client.deploy import *
assert deploy_trigger
assert "async_deploy_trigger" not in dir(deploy)
try:
    deploy.async_deploy_trigger
except ImportError as error:
    assert "pip install" in str(error)
else:
    raise SystemExit("no error")
"""
        subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
