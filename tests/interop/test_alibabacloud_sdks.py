"""The official libraries against RAM, Log Service and API Gateway of the embedded server.

What fc_client.cloud calls is tested in tests/cloud; here is the rest.
"""

import asyncio
import time

import pytest
import requests
from alibabacloud_cloudapi20160714 import models as gateway_models
from alibabacloud_cloudapi20160714.client import Client as Gateway
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as Ram
from alibabacloud_sls20201230 import models as log_models
from alibabacloud_sls20201230.client import Client as Log
from alibabacloud_tea_openapi.utils_models import Config
from local.gateway_support import definition
from local.support import zip_of
from Tea.exceptions import TeaException

from fc_client import Code
from fc_client.local import LocalFunctionCompute

TRUST = (
    '{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow",'
    '"Principal":{"Service":["fc.aliyuncs.com"]}}],"Version":"1"}'
)
POLICY = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*"}]}'


@pytest.fixture(scope="module")
def fc():
    with LocalFunctionCompute() as running:
        yield running


def config(fc, **options):
    settings = {
        "access_key_id": fc.access_key_id,
        "access_key_secret": fc.access_key_secret,
        "endpoint": fc.endpoint.removeprefix("http://"),
        "protocol": "http",
        # A project is a part of the host, which no name server knows.
        "http_proxy": fc.endpoint,
        **options,
    }
    return Config(**settings)


class TestRam:
    @pytest.fixture
    def ram(self, fc):
        return Ram(config(fc))

    def test_every_operation(self, ram):
        def call(operation, **fields):
            request = getattr(ram_models, f"{operation}Request")(**fields)
            method = "".join(f"_{c.lower()}" if c.isupper() else c for c in operation)[1:]
            return getattr(ram, method)(request).to_map()["body"]

        role, policy = {"role_name": "Peer"}, {"policy_name": "peer"}
        custom = {**policy, "policy_type": "Custom"}
        call("CreateRole", **role, assume_role_policy_document=TRUST, description="a b*~!'()ü")
        assert call("GetRole", **role)["Role"]["Description"] == "a b*~!'()ü"
        call("UpdateRole", **role, new_description="new")
        (listed,) = call("ListRoles")["Roles"]["Role"]
        assert listed["Description"] == "new"
        call("CreatePolicy", **policy, policy_document=POLICY)
        call("CreatePolicyVersion", **policy, policy_document=POLICY, set_as_default=True)
        assert call("GetPolicy", **custom)["Policy"]["DefaultVersion"] == "v2"
        call("SetDefaultPolicyVersion", **policy, version_id="v1")
        assert call("GetPolicyVersion", **custom, version_id="v1")["PolicyVersion"][
            "IsDefaultVersion"
        ]
        call("DeletePolicyVersion", **policy, version_id="v2")
        versions = call("ListPolicyVersions", **custom)["PolicyVersions"]["PolicyVersion"]
        assert [each["VersionId"] for each in versions] == ["v1"]
        call("AttachPolicyToRole", **custom, **role)
        (attached,) = call("ListPoliciesForRole", **role)["Policies"]["Policy"]
        assert attached["PolicyName"] == "peer"
        (entity,) = call("ListEntitiesForPolicy", **custom)["Roles"]["Role"]
        assert entity["RoleName"] == "Peer"
        call("DetachPolicyFromRole", **custom, **role)
        call("DeletePolicy", **policy)
        call("DeleteRole", **role)
        assert call("ListPolicies", policy_type="Custom")["Policies"]["Policy"] == []

    @pytest.mark.parametrize(
        ("options", "code"),
        [
            ({"access_key_secret": "another"}, "SignatureDoesNotMatch"),
            ({"access_key_id": "another"}, "InvalidAccessKeyId.NotFound"),
        ],
    )
    def test_wrong_keys(self, fc, options, code):
        with pytest.raises(TeaException) as caught:
            Ram(config(fc, **options)).list_roles(ram_models.ListRolesRequest())

        assert caught.value.code == code


class TestLog:
    @pytest.fixture(params=["v1", "v4"])
    def log(self, fc, request):
        return Log(config(fc, signature_version=request.param, region_id="local"))

    def test_every_operation(self, log, request):
        name = f"peer-{request.node.callspec.params['log']}"
        log.create_project(log_models.CreateProjectRequest(project_name=name, description="dü *"))
        got = log.get_project(name, log_models.GetProjectRequest()).body
        assert got.description == "dü *"
        listed = log.list_project(log_models.ListProjectRequest(project_name=name)).body
        assert [each.project_name for each in listed.projects] == [name]
        log.create_log_store(
            name, log_models.CreateLogStoreRequest(logstore_name="logs", ttl=1, shard_count=1)
        )
        log.update_log_store(
            name, "logs", log_models.UpdateLogStoreRequest(logstore_name="logs", ttl=3)
        )
        assert log.get_log_store(name, "logs").body.ttl == 3
        stores = log.list_log_stores(name, log_models.ListLogStoresRequest(offset=0, size=10))
        assert stores.body.logstores == ["logs"]
        index = log_models.Index().from_map({"line": {"token": [" "], "caseSensitive": False}})
        log.create_index(name, "logs", log_models.CreateIndexRequest(body=index))
        log.update_index(name, "logs", log_models.UpdateIndexRequest(body=index))
        assert log.get_index(name, "logs").body.line.token == [" "]
        now = int(time.time())
        found = log.get_logs_v2(
            name, "logs", log_models.GetLogsV2Request(from_=now - 9, to=now, query="a")
        )
        assert (found.body.data, found.body.meta.progress) == ([], "Complete")
        log.delete_index(name, "logs")
        log.delete_log_store(name, "logs")
        log.delete_project(name, log_models.DeleteProjectRequest())
        with pytest.raises(TeaException) as caught:
            log.get_project(name, log_models.GetProjectRequest())
        assert caught.value.code == "ProjectNotExist"

    @pytest.mark.parametrize("version", ["v1", "v4"])
    def test_wrong_secret(self, fc, version):
        settings = config(
            fc, access_key_secret="another", signature_version=version, region_id="local"
        )

        with pytest.raises(TeaException) as caught:
            Log(settings).list_project(log_models.ListProjectRequest())

        assert caught.value.code == "SignatureNotMatch"


FUNCTION = """
def h(event, context):
    return {"statusCode": 200, "body": context.request_id}
"""


class TestGateway:
    @pytest.fixture
    def gateway(self, fc):
        return Gateway(config(fc))

    @staticmethod
    def fields(**given):
        """Return the parameters of CreateApi with the names of the library."""
        return {
            "".join(f"_{c.lower()}" if c.isupper() else c for c in name)[1:]: value
            for name, value in definition(**given).items()
        }

    def test_every_operation(self, gateway, fc):
        def call(operation, **fields):
            request = getattr(gateway_models, f"{operation}Request")(**fields)
            method = "".join(f"_{c.lower()}" if c.isupper() else c for c in operation)[1:]
            return getattr(gateway, method)(request).body

        with fc.client() as client:
            client.create_service("s")
            code = Code.from_zip(zip_of({"m.py": FUNCTION}))
            client.create_function("s", "f", runtime="python3", handler="m.h", code=code)
        made = call("CreateApiGroup", group_name="peer", description="a b*~!'()\u00fc")
        group = {"group_id": made.group_id}
        (listed,) = call(
            "DescribeApiGroups", group_name="peer"
        ).api_group_attributes.api_group_attribute
        assert (listed.sub_domain, listed.description) == (made.sub_domain, "a b*~!'()\u00fc")
        call("ModifyApiGroup", **group, description="new")
        assert call("DescribeApiGroup", **group).description == "new"
        api = {**group, "api_id": call("CreateApi", **group, **self.fields()).api_id}
        call("ModifyApi", **api, **self.fields(path="/changed"))
        assert call("DescribeApi", **api).request_config.request_path == "/changed"
        (summary,) = call("DescribeApis", **group).api_summarys.api_summary
        assert (summary.api_id, summary.api_path) == (api["api_id"], "/changed")
        stage = {**api, "stage_name": "RELEASE"}
        call("DeployApi", **stage, description="by the library")
        assert call("DescribeDeployedApi", **stage).stage_name == "RELEASE"

        reply = requests.get(f"http://{made.sub_domain}/changed", timeout=30)

        assert reply.text == reply.headers["X-Ca-Request-Id"]
        call("AbolishApi", **stage)
        call("DeleteApi", **api)
        call("DeleteApiGroup", **group)
        assert call("DescribeApiGroups", group_name="peer").total_count == 0

    def test_asynchronously(self, gateway):
        request = gateway_models.DescribeApiGroupsRequest()

        assert asyncio.run(gateway.describe_api_groups_async(request)).status_code == 200

    def test_errors(self, gateway, fc):
        request = gateway_models.DescribeApiGroupRequest(group_id="0" * 32)
        other = Gateway(config(fc, access_key_secret="another"))

        for client, code in ((gateway, "NotFoundApiGroup"), (other, "SignatureDoesNotMatch")):
            with pytest.raises(TeaException) as caught:
                client.describe_api_group(request)
            assert caught.value.code == code
