"""The official Node SDKs of API Gateway and RAM, and fc-helper behind the gateway."""

import json
import shutil
import subprocess

import pytest
from support.node import needs_node, printed_by

from fc_client import Code
from fc_client.cloud import ApiDefinition, ApiFunction, ApiParameter, GatewayClient
from fc_client.credentials import Credentials
from fc_client.local import LocalFunctionCompute

# Version 1.1.0. Since version 2, which npm installs by default, hook() gets a context.
GUIDES, LATEST = "fc-helper", "fc-helper-2"

# The file of the guide, word for word.
HELLO = """'use strict';

const hook = require('fc-helper');

exports.index = hook((req, res) => {
  res.send('Hello world!\\n');
});
"""

FURTHER = """'use strict';

const hook = require('fc-helper');

exports.index = hook((req, res) => {
  res.status = 201;
  res.type = 'application/x-test';
  res.setHeader('X-Given', req.headers['X-Given']);
  res.send({method: req.method, path: req.path, query: req.query, id: req.params.id,
    body: req.body});
});
"""

ENDING = """'use strict';

const hook = require('fc-helper');

exports.index = hook((req, res) => {
  res.status = 204;
  res.end();
});
"""


CONTEXT = """'use strict';

const { hook } = require('fc-helper');

exports.index = hook(async (ctx) => {
  ctx.body = Buffer.from([0x61, 0x62]);
});
"""


@pytest.fixture(scope="module")
def fc():
    with LocalFunctionCompute() as running:
        yield running


def deploy(fc, folder, helper, source):
    """Create the function of the guide, with fc-helper in its package."""
    code = folder / "code"
    shutil.copytree(helper, code / "node_modules" / "fc-helper")
    (code / "hello.js").write_text(source, encoding="utf-8")
    with fc.client() as client:
        client.create_service("fc")
        client.create_function(
            "fc",
            "helloworld",
            runtime="nodejs6",
            handler="hello.index",
            code=Code.from_directory(code),
        )


def curl(url, *options):
    done = subprocess.run(
        ["curl", "-sSi", "--noproxy", "*", url, *options],
        capture_output=True,
        check=True,
        text=True,
    )
    head, _, body = done.stdout.partition("\n\n")
    return head, body


@needs_node
class TestSdks:
    @pytest.fixture(scope="class")
    @classmethod
    def steps(cls, fc, node_scripts, tmp_path_factory):
        deploy(fc, tmp_path_factory.mktemp("hello"), node_scripts / "node_modules" / GUIDES, HELLO)
        steps = printed_by(
            node_scripts / "gateway.js", function_compute=fc, FC_SECRET=fc.access_key_secret
        )
        yield steps
        fc.reset()

    def test_groups(self, steps):
        assert steps["noGroups"]["ApiGroupAttributes"]["ApiGroupAttribute"] == []
        (group,) = steps["groups"]["ApiGroupAttributes"]["ApiGroupAttribute"]
        created = steps["createApiGroup"]
        assert group["GroupName"] == "apigw_fc"
        assert (group["GroupId"], group["SubDomain"]) == (created["GroupId"], created["SubDomain"])

    def test_apis(self, steps):
        assert steps["noApis"]["ApiSummarys"]["ApiSummary"] == []
        (summary,) = steps["apis"]["ApiSummarys"]["ApiSummary"]
        api = steps["describeApi"]
        assert api["ApiId"] == summary["ApiId"]
        config = api["ServiceConfig"]["FunctionComputeConfig"]
        assert config["RoleArn"].endswith(":role/apigatewayaccessfc")
        deployed = {
            each["StageName"]: each["DeployedStatus"]
            for each in api["DeployedInfos"]["DeployedInfo"]
        }
        assert deployed == {"RELEASE": "DEPLOYED", "PRE": "NONDEPLOYED", "TEST": "DEPLOYED"}

    def test_the_url_with_curl(self, steps):
        head, body = curl(steps["url"])

        assert head.startswith("HTTP/1.1 200")
        assert "content-type: text/plain" in head.lower()
        assert body == "Hello world!\n"

    def test_errors(self, steps):
        assert steps["missingGroup"]["code"] == "NotFoundApiGroup"
        assert steps["missingApi"]["code"] == "NotFoundApi"
        assert steps["missingStage"]["code"] == "NotFoundStage"
        assert steps["wrongSecret"]["code"] == "SignatureDoesNotMatch"


@needs_node
class TestHelper:
    @pytest.fixture
    def serve(self, fc, node_scripts, tmp_path):
        """Return the URL of an API whose function has a source."""

        def serve(source, helper=GUIDES, **fields):
            deploy(fc, tmp_path, node_scripts / "node_modules" / helper, source)
            key = Credentials(fc.access_key_id, fc.access_key_secret)
            gateway = GatewayClient(fc.endpoint, key)
            group = gateway.create_group("helpers")
            definition = ApiDefinition(
                "hello", ApiFunction("cn-shanghai", "fc", "helloworld"), **fields
            )
            api_id = gateway.create_api(group.group_id, definition)
            gateway.deploy_api(group.group_id, api_id, description="a test")
            return group.url("")

        yield serve
        fc.reset()

    def test_the_guides_function(self, serve):
        url = serve(HELLO, path="/helloworld")

        assert curl(f"{url}/helloworld")[1] == "Hello world!\n"

    def test_requests_and_responses(self, serve):
        url = serve(
            FURTHER,
            path="/users/[id]",
            method="POST",
            body_format="STREAM",
            parameters=(
                ApiParameter("id", "Path"),
                ApiParameter("q"),
                ApiParameter("X-Given", "Head"),
            ),
        )

        head, body = curl(f"{url}/users/7?q=1", "-H", "x-given: yes", "--data-binary", "{中}")

        assert head.startswith("HTTP/1.1 201")
        assert "application/x-test" in head
        assert "X-Given: yes" in head
        assert json.loads(body) == {
            "method": "POST",
            "path": "/users/7",
            "query": {"q": "1"},
            "id": "7",
            "body": "{中}",
        }

    def test_without_a_body(self, serve):
        url = serve(ENDING, path="/end")

        head, body = curl(f"{url}/end")

        assert head.startswith("HTTP/1.1 204")
        assert body == ""

    def test_the_latest_version(self, serve):
        url = serve(CONTEXT, LATEST, path="/context")

        head, body = curl(f"{url}/context")
        assert "application/octet-stream" in head
        assert body == "ab"
