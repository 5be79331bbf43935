import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlsplit

import pytest
import responses
from responses import matchers
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
)
from fc_client.deploy import deploy_function, deploy_service
from fc_client.local import LocalFunctionCompute

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


@pytest.fixture
def fakes():
    with responses.mock as mock:
        yield mock


def error(code):
    return {"json": {"ErrorCode": code, "ErrorMessage": "no"}}


def methods():
    return [call.request.method for call in responses.calls]


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute() as function_compute:
        yield function_compute


@pytest.fixture
def local(function_compute):
    with function_compute.client() as client:
        yield client
    function_compute.reset()


def near(function_compute, proxy):
    """Return a client that calls through *proxy*."""
    return Client(
        proxy.url,
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

    def test_other_code_than_was_sent_is_told(self, client, fakes):
        fakes.get(FUNCTION, **error("FunctionNotFound"), status=404)
        fakes.post(f"{SERVICE}/functions", json={"functionName": "f", "codeChecksum": "1"})
        with pytest.raises(ChecksumMismatchError):
            deploy_function(client, "s", "f", **GOAL)

    def test_progress_is_told(self, local):
        local.create_service("s")
        told = []
        deploy_function(local, "s", "f", **GOAL, progress=lambda *numbers: told.append(numbers))
        deploy_function(local, "s", "f", **GOAL, progress=lambda *numbers: told.append(numbers))
        assert told == [(22, 22)]


class TestRaces:
    """Others deploy the same meanwhile."""

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
    def test_updated_by_others_meanwhile(self, client, fakes, code, status):
        fakes.get(FUNCTION, json={**STORED, "timeout": 1}, headers={"ETag": "e1"})
        fakes.get(FUNCTION, json={**STORED, "timeout": 2}, headers={"ETag": "e2"})
        lost = matchers.header_matcher({"If-Match": "e1"})
        won = matchers.header_matcher({"If-Match": "e2"})
        fakes.put(FUNCTION, **error(code), status=status, match=[lost])
        fakes.put(FUNCTION, json=STORED, match=[won])
        assert deploy_function(client, "s", "f", **GOAL, timeout=5).changed == ("timeout",)
        assert methods() == ["GET", "PUT", "GET", "PUT"]

    def test_deleted_by_others_meanwhile(self, client, fakes):
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
            near(function_compute, proxy) as client,
        ):
            for _ in range(2):
                proxy.raw_requests.clear()
                deploy_function(client, "s", "f", **goal)
                sizes.append(sum(len(each.head + each.body) for each in proxy.raw_requests))
        first, second = sizes
        assert first > 48_000_000
        assert second < 4096


class TestClients:
    @pytest.mark.parametrize(
        ("deploy", "arguments"),
        [
            (deploy_service, ("s",)),
            (partial(deploy_function, runtime="python3", handler="i.h", code="x"), ("s", "f")),
        ],
    )
    def test_what_is_no_client_is_refused(self, deploy, arguments):
        client = AsyncClient("http://fc.test", access_key_id="i", access_key_secret="s")

        with pytest.raises(TypeError, match="client: expected a Client, got AsyncClient"):
            deploy(client, *arguments)
