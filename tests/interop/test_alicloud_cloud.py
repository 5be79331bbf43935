"""The official Node SDKs of RAM and Log Service against the embedded Function Compute."""

import pytest
from support.node import needs_node, printed_by

from fc_client.local import LocalFunctionCompute


@pytest.fixture(scope="module")
def steps(node_scripts):
    with LocalFunctionCompute() as fc:
        return printed_by(
            node_scripts / "cloud.js",
            function_compute=fc,
            FC_PROJECT="node-peer",
            FC_SECRET=fc.access_key_secret,
        )


@needs_node
class TestRam:
    def test_what_fun_does(self, steps):
        assert steps["missingRole"]["code"] == "EntityNotExist.Role"
        created = steps["createRole"]["Role"]
        assert created["Arn"].endswith(":role/apigatewayaccessfc")
        assert created["Description"] == "API网关访问 FunctionCompute"
        assert steps["getRole"]["Role"] == created
        assert steps["noPolicies"]["Policies"]["Policy"] == []
        (policy,) = steps["policies"]["Policies"]["Policy"]
        assert policy["PolicyName"] == "AliyunFCInvocationAccess"
        assert len(steps["byPost"]["Roles"]["Role"]) == 1

    def test_errors(self, steps):
        assert steps["wrongSecret"]["code"] == "SignatureDoesNotMatch"
        assert steps["unknownVersion"]["code"] == "InvalidVersion"


@needs_node
class TestLog:
    def test_projects_and_logstores(self, steps):
        assert steps["getProject"]["description"] == "made by node"
        assert steps["getLogStore"]["ttl"] == 2
        assert steps["listLogStore"]["logstores"] == ["logs"]
        assert steps["getIndexConfig"]["line"]["token"] == [" ", ":"]
        assert steps["getLogs"] == []

    def test_errors(self, steps):
        assert steps["missingStore"]["code"] == "LogStoreNotExist"
        assert steps["missingProject"]["code"] == "ProjectNotExist"
