"""GatewayClient against the embedded server, through the official library."""

import dataclasses
import pickle
import socket
import subprocess
import sys
from datetime import datetime, timezone

import pytest
from support.http_server import free_port, replying, serving

from fc_client import RequestTimeoutError, TransportError
from fc_client.cloud import (
    AmbiguousGroupError,
    Api,
    ApiDefinition,
    ApiFunction,
    ApiGroup,
    ApiParameter,
    CloudError,
    ConstantParameter,
    Deployment,
    GatewayClient,
    OpenId,
    SystemParameter,
)
from fc_client.credentials import Credentials

FUNCTION = ApiFunction("cn-shanghai", "s", "f", "acs:ram::1:role/r")
PLAIN = ApiDefinition("hello", FUNCTION, "/hello")
FULL = ApiDefinition(
    name="everything",
    function=FUNCTION,
    path="/users/[id]",
    method="POST",
    description="Über 中",
    visibility="PRIVATE",
    auth_type="OPENID",
    body_format="FORM",
    request_mode="MAPPING_PASSTHROUGH",
    timeout=10,
    result_type="JSON",
    result_sample="{}",
    protocol="HTTP,HTTPS",
    parameters=(
        ApiParameter("id", "Path", "Int", required=True, description="which"),
        ApiParameter("q", default="1"),
    ),
    constants=(ConstantParameter("c", "v", "Query", "fixed"),),
    system_parameters=(SystemParameter("CaClientIp"), SystemParameter("CaProxy", "via", "Query")),
    openid=OpenId("token", "BUSINESS", "k", "{}"),
)


@pytest.fixture(scope="module")
def gateway(fc, credentials):
    return GatewayClient(fc.endpoint, credentials)


@pytest.fixture
def group(gateway, name):
    return gateway.create_group(name).group_id


class TestGroups:
    def test_life(self, gateway, name):
        created = gateway.create_group(name, description="a b*~ü")

        found = gateway.get_group(created.group_id)
        assert (found.name, found.description) == (name, "a b*~ü")
        assert found.sub_domain == created.sub_domain
        assert abs((found.created_time - datetime.now(timezone.utc)).total_seconds()) < 60
        assert found.raw["GroupId"] == found.group_id

        gateway.update_group(found.group_id, description="changed")
        assert gateway.find_group(name).description == "changed"

        assert gateway.delete_group(found.group_id) is None
        with pytest.raises(CloudError) as caught:
            gateway.get_group(found.group_id)
        assert (caught.value.is_missing, caught.value.operation) == (True, "DescribeApiGroup")

    def test_names_are_compared_exactly(self, gateway, name):
        gateway.create_group(f"{name}_more")

        assert gateway.find_group(name) is None

    def test_of_two_with_the_name_none_is_taken(self, gateway, name):
        ids = [gateway.create_group(name).group_id for _ in range(2)]

        with pytest.raises(AmbiguousGroupError, match="2 groups have the name") as caught:
            gateway.find_group(name)

        assert sorted(caught.value.group_ids) == sorted(ids)
        assert all(each in str(caught.value) for each in ids)
        copy = pickle.loads(pickle.dumps(caught.value))
        assert (str(copy), copy.group_ids) == (str(caught.value), caught.value.group_ids)

    def test_on_another_page(self, gateway, name):
        for number in range(60):
            gateway.create_group(f"{name}_{number}")
        wanted = gateway.create_group(name)

        assert gateway.find_group(name).group_id == wanted.group_id
        assert len(list(gateway.iter_groups(name=name))) == 61
        page = gateway.list_groups(name=name, limit=60, page=2)
        assert [each.name for each in page] == [name]
        assert page.next_token is None
        assert page.request_id

    def test_url(self):
        group = ApiGroup("g", "n", sub_domain="g-cn-hangzhou.alicloudapi.com")

        assert group.url("/x") == "http://g-cn-hangzhou.alicloudapi.com/x"
        assert group.url("/x", scheme="https").startswith("https://")


class TestApis:
    @pytest.mark.parametrize("definition", [PLAIN, FULL], ids=["plain", "full"])
    def test_definitions_come_back_equal(self, gateway, group, definition):
        api_id = gateway.create_api(group, definition)

        found = gateway.get_api(group, api_id)

        assert (found.api_id, found.group_id) == (api_id, group)
        assert found.definition == definition
        assert found.raw["ApiId"] == api_id

    @pytest.mark.parametrize(
        "change",
        [
            {"timeout": 4},
            {"description": "other"},
            {"parameters": (ApiParameter("q"),)},
            {"function": dataclasses.replace(FUNCTION, service="other")},
        ],
    )
    def test_changes_show(self, gateway, group, change):
        api_id = gateway.create_api(group, PLAIN)
        changed = dataclasses.replace(PLAIN, **change)

        gateway.update_api(group, api_id, changed)

        assert gateway.get_api(group, api_id).definition == changed != PLAIN

    def test_names_are_compared_exactly(self, gateway, group):
        gateway.create_api(group, dataclasses.replace(PLAIN, name="hello_world", path="/1"))
        assert gateway.find_api(group, "hello") is None

        api_id = gateway.create_api(group, PLAIN)
        assert gateway.find_api(group, "hello").api_id == api_id

    def test_on_another_page(self, gateway, group):
        for number in range(51):
            other = dataclasses.replace(PLAIN, name=f"hello{number}", path=f"/{number}")
            gateway.create_api(group, other)
        gateway.create_api(group, PLAIN)

        assert gateway.find_api(group, "hello").definition == PLAIN
        (first, *rest) = gateway.iter_apis(group)
        assert (first.name, first.group_id, first.visibility) == ("hello0", group, "PUBLIC")
        assert len(rest) == 51

    def test_one_that_exists(self, gateway, group):
        gateway.create_api(group, PLAIN)

        with pytest.raises(CloudError, match="DuplicateApiName") as caught:
            gateway.create_api(group, PLAIN)
        assert caught.value.is_existing


class TestStages:
    def test_life(self, gateway, group):
        api_id = gateway.create_api(group, PLAIN)
        assert gateway.get_api(group, api_id).deployment("TEST") is None

        gateway.deploy_api(group, api_id, "TEST", description="a test")
        changed = dataclasses.replace(PLAIN, path="/changed")
        gateway.update_api(group, api_id, changed)

        deployment = gateway.get_api(group, api_id).deployment("TEST")
        assert deployment.is_deployed
        assert deployment.version.isdigit()
        assert gateway.get_deployed_api(group, api_id, "TEST").definition == PLAIN
        with pytest.raises(CloudError) as caught:
            gateway.get_deployed_api(group, api_id, "PRE")
        assert caught.value.is_missing

        gateway.abolish_api(group, api_id, "TEST")
        gateway.delete_api(group, api_id)
        assert gateway.find_api(group, "hello") is None

    def test_release_is_the_default(self, gateway, group):
        api_id = gateway.create_api(group, PLAIN)

        gateway.deploy_api(group, api_id, description="a test")

        assert gateway.get_deployed_api(group, api_id).definition == PLAIN

    def test_only_those_that_are_deployed_count(self):
        api = Api("i", "g", PLAIN, (Deployment("PRE"), Deployment("TEST", is_deployed=True)))

        assert api.deployment("PRE") is None
        assert api.deployment("TEST").stage == "TEST"


class TestBusy:
    """API Gateway refuses changes of a group while it makes another one there."""

    def test_sends_again(self):
        pauses = []
        with serving(*[replying(503, b"<html>")] * 2, replying(200, b"{}")) as server:
            client = GatewayClient(server.url, Credentials("id", "secret"), sleep=pauses.append)
            client.deploy_api("g", "a", description="x")

        assert pauses == [0.5, 1.0]

    def test_makes_no_second_group_if_it_may_have_made_one(self):
        """A proxy answers so for requests that are not answered in time, and names repeat."""
        with serving(replying(503, b"<html>")) as server, pytest.raises(CloudError, match="503"):
            GatewayClient(server.url, Credentials("id", "secret")).create_group("n")

        assert len(server.requests) == 1


class TestFailures:
    """The library is of another generation than that of RAM, and so are its errors."""

    @staticmethod
    def client(endpoint, **options):
        return GatewayClient(endpoint, Credentials("made-up-id", "made-up-secret"), **options)

    def test_refused(self):
        port = free_port()

        with pytest.raises(TransportError, match=r"cannot reach .*Connection refused") as caught:
            self.client(f"http://127.0.0.1:{port}").get_group("g")
        assert "made-up" not in str(caught.value)

    def test_time_limit(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"

            with pytest.raises(RequestTimeoutError, match="timed out"):
                self.client(endpoint, timeout=0.2).get_group("g")

    def test_tls_to_a_server_without(self, fc):
        with pytest.raises(TransportError, match="does not speak TLS"):
            self.client(fc.endpoint.replace("http://127.0.0.1", "https://localhost")).get_group("g")

    def test_a_wrong_secret(self, fc, credentials):
        other = Credentials(credentials.access_key_id, "made-up-secret")

        with pytest.raises(CloudError, match="SignatureDoesNotMatch") as caught:
            GatewayClient(fc.endpoint, other).get_group("g")
        assert "made-up" not in repr(caught.value.__dict__)

    def test_a_missing_library_is_named(self):
        program = """
import sys
sys.modules["alibabacloud_cloudapi20160714"] = None
from fc_client.cloud import GatewayClient
from fc_client.credentials import Credentials
try:
    GatewayClient("http://x", Credentials("id", "secret")).get_group("g")
except ImportError as error:
    assert "pip install 'aliyun-fc-client[fun]'" in str(error), error
else:
    raise SystemExit("no error")
"""
        subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
