"""The official Node SDK, @alicloud/fc2, unchanged, against the embedded Function Compute."""

import base64
import io
import zipfile

import pytest
from support.node import needs_node, printed_by

from fc_client.local import LocalFunctionCompute

HANDLER = """
exports.handler = (event, context, callback) => {
  if (event.toString() === 'fail') return callback(new Error('asked to'));
  callback(null, Buffer.from(event).reverse());
};
"""


@pytest.fixture(scope="module")
def steps(node_scripts):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.js", HANDLER)
    with LocalFunctionCompute() as function_compute:
        endpoint = function_compute.endpoint
        steps = printed_by(
            node_scripts / "life.js",
            base64.b64encode(archive.getvalue()).decode(),
            function_compute=function_compute,
        )
    return {**steps, "endpoint": endpoint}


@needs_node
class TestLife:
    def test_of_a_service(self, steps):
        assert steps["createService"]["description"] == "made by node"
        assert steps["updateService"]["description"] == "new"
        assert steps["refusedUpdate"]["code"] == "PreconditionFailed"
        assert [each["serviceName"] for each in steps["listServices"]["services"]] == ["node-peer"]
        assert steps["notFound"]["name"] == "FCServiceNotFoundError"

    def test_of_a_function(self, steps):
        assert steps["getFunction"]["runtime"] == "nodejs8"
        assert steps["updateFunction"]["memorySize"] == 256
        assert [each["functionName"] for each in steps["listFunctions"]["functions"]] == ["reverse"]
        assert steps["getFunctionCode"]["checksum"] == steps["createFunction"]["codeChecksum"]
        # This SDK leaves the port out of Host.
        assert steps["getFunctionCode"]["url"].startswith(f"{steps['endpoint']}/code/")

    def test_of_an_invocation(self, steps):
        assert steps["invoke"] == "800d0aff00"
        assert steps["failed"]["type"] == "HandledInvocationError"
        assert steps["failed"]["data"]["errorMessage"] == "asked to"
        assert len(steps["accepted"]) == 36

    def test_of_versions(self, steps):
        assert steps["publishVersion"]["versionId"] == "1"
        assert steps["unchanged"]["code"] == "VersionPublishError"
        listed = [each["versionId"] for each in steps["listVersions"]["versions"]]
        assert listed == ["1", "2"]
        assert steps["getOld"]["description"] != steps["getNew"]["description"] == "second"
        assert steps["noVersion"]["code"] == "VersionNotFound"

    def test_of_an_alias(self, steps):
        assert steps["createAlias"]["additionalVersionWeight"] == {"2": 1}
        assert steps["split"] == {"data": "cba", "version": "2"}
        assert steps["updateAlias"] == steps["getAlias"]
        assert steps["listAliases"]["aliases"] == [steps["getAlias"]]
        assert (steps["getAlias"]["versionId"], steps["getAlias"]["additionalVersionWeight"]) == (
            "2",
            {},
        )
        assert steps["noAlias"]["code"] == "AliasNotFound"

    def test_of_a_trigger(self, steps):
        assert steps["getTrigger"] == steps["createTrigger"]
        assert steps["updateTrigger"]["triggerConfig"]["enable"] is False
        assert [each["triggerName"] for each in steps["listTriggers"]["triggers"]] == ["clock"]

    def test_ends(self, steps):
        assert steps["notEmpty"]["code"] == "ServiceNotEmpty"
        assert steps["gone"]["code"] == "ServiceNotFound"
