"""Large code by way of OSS, and the official Node SDK's helpers, with the embedded server."""

import pytest
from local.support import zip_of
from support.node import needs_node, printed_by

from fc_client.local import LocalFunctionCompute

HANDLER = "exports.handler = (event, context, callback) => callback(null, 'large');\n"


@pytest.fixture(scope="module")
def steps(node_scripts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    (folder / "oss").mkdir()
    (folder / "code.zip").write_bytes(zip_of({"index.js": HANDLER}))
    with LocalFunctionCompute(oss_root=folder / "oss") as function_compute:
        return printed_by(
            node_scripts / "large.js",
            folder / "oss",
            folder / "code.zip",
            function_compute=function_compute,
        )


@needs_node
class TestLargeCode:
    def test_of_functions(self, steps):
        assert steps["created"] == steps["parts"] == "large"
        assert steps["updated"] == "new"
        assert steps["timeout"] == 7

    def test_of_a_layer(self, steps):
        assert (steps["layer"]["layerName"], steps["layer"]["version"]) == ("large", 1)


@needs_node
class TestHelpers:
    def test_numbers_and_text_of_a_function(self, steps):
        assert steps["normalized"] == {"memorySize": 256, "timeout": 5, "functionName": "1"}

    def test_request(self, steps):
        assert {"accept", "date", "host", "user-agent"} <= set(steps["headers"])
        assert steps["requested"] == "node-large"

    def test_websocket(self, steps):
        assert steps["closed"] == 1000
        assert steps["refused"] == 404
