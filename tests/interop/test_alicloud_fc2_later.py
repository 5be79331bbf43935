"""The official Node SDK's later operations against the embedded Function Compute."""

import base64
import io
import zipfile

import pytest
from support.node import needs_node, printed_by

from fc_client.local import LocalFunctionCompute

HANDLER = "exports.handler = (event, context, callback) => callback(null, lent());\n"
LAZY = "const lent = () => require('lent').text;\n"


def zip_of(name, text):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(name, text)
    return base64.b64encode(archive.getvalue()).decode()


@pytest.fixture(scope="module")
def steps(node_scripts):
    code = zip_of("index.js", LAZY + HANDLER)
    lent = zip_of("nodejs/node_modules/lent/index.js", "exports.text = 'lent';\n")
    with LocalFunctionCompute() as function_compute:
        return printed_by(
            str(node_scripts / "later.js"), code, lent, function_compute=function_compute
        )


@needs_node
class TestLater:
    def test_account(self, steps):
        assert steps["settings"]["availableAZs"]
        assert steps["configs"] == {"CodeSizeLimit": "104857600"}
        assert steps["capacities"] == {"reservedCapacities": []}
        assert steps["token"]["ossBucket"] == steps["codeToken"]["ossBucket"]

    def test_tags(self, steps):
        assert steps["tags"]["tags"] == {"k1": "v1", "k2": "v2"}
        assert [each["serviceName"] for each in steps["tagged"]] == ["node-later"]
        assert steps["untagged"] == {"k2": "v2"}

    def test_layers(self, steps):
        names = ("layers", "versions", "publicLayers")
        assert [[each["version"] for each in steps[name]] for name in names] == [[1]] * 3
        for name in ("version", "byArn", "byOldArn"):
            assert steps[name]["arnV2"] == steps["layer"]["arnV2"]
        assert steps["lent"] == "lent"
        assert steps["noLayer"]["code"] == "LayerNotFound"

    def test_concurrency(self, steps):
        assert steps["onDemandAgain"] == steps["onDemand"]
        assert steps["onDemands"] == [steps["onDemand"]]
        assert steps["noOnDemand"]["code"] == "OnDemandConfigNotFound"
        assert steps["provision"]["target"] == steps["provisionAgain"]["target"] == 1
        assert len(steps["provisions"]) == 1

    def test_async_configs(self, steps):
        assert steps["asyncAgain"] == steps["asyncConfig"]
        assert steps["asyncConfigs"] == [steps["asyncConfig"]]
        assert steps["noAsync"]["code"] == "AsyncConfigNotExists"

    def test_instances(self, steps):
        assert steps["instances"][0]["versionId"] == 0
        assert steps["exec"] == "got héllo\n"
