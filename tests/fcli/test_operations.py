"""Every operation of the API is reached by a command, or a reason says why not."""

import json
import re
from pathlib import Path

import pytest
from fcli.support import run

VECTORS = Path(__file__).parents[1] / "vectors"
OPERATIONS = {
    each["name"]: each
    for name in ("api.json", "api-later.json")
    for each in json.loads((VECTORS / name).read_text(encoding="utf-8"))["operations"]
}

# What a command line of each operation is; most resources do not exist, but the request is sent.
COMMANDS = {
    "CreateService": "mks x",
    "GetService": "info x",
    "UpdateService": "ups x -d y",
    "DeleteService": "rm x --yes",
    "ListServices": "ls",
    "CreateFunction": "mkf x/f -t python3 -h index.handler -d code",
    "GetFunction": "info x/f",
    "GetFunctionCode": "dlc x/f -o -",
    "UpdateFunction": "upf x/f -m 128",
    "DeleteFunction": "rm x/f --yes",
    "ListFunctions": "ls x",
    "InvokeFunction": "invk x/f",
    "CreateTrigger": "mkt x/f/t -t timer -c timer.yml",
    "GetTrigger": "info x/f/t",
    "UpdateTrigger": "upt x/f/t -r role",
    "DeleteTrigger": "rm x/f/t --yes",
    "ListTriggers": "ls x/f",
    "PublishServiceVersion": "version publish x",
    "ListServiceVersions": "version list x",
    "DeleteServiceVersion": "version delete x/1 --yes",
    "CreateAlias": "alias create x/a -v 1",
    "GetAlias": "alias get x/a",
    "UpdateAlias": "alias update x/a -v 1",
    "DeleteAlias": "alias delete x/a --yes",
    "ListAliases": "alias list x",
    "CreateCustomDomain": "domain create x.example.com",
    "GetCustomDomain": "domain get x.example.com",
    "UpdateCustomDomain": "domain update x.example.com -p HTTP",
    "DeleteCustomDomain": "domain delete x.example.com --yes",
    "ListCustomDomains": "domain list",
    "ListReservedCapacities": "account reserved",
    "TagResource": "tag set x -t a=b",
    "UntagResource": "tag unset x -k a",
    "GetResourceTags": "tag get x",
    "ListTaggedResources": "tag list",
    "PutProvisionConfig": "provision put x/f/LATEST --target 1",
    "GetProvisionConfig": "provision get x/f/LATEST",
    "ListProvisionConfigs": "provision list",
    "PutOnDemandConfig": "on-demand put x/f/LATEST -m 1",
    "GetOnDemandConfig": "on-demand get x/f/LATEST",
    "DeleteOnDemandConfig": "on-demand delete x/f/LATEST --yes",
    "ListOnDemandConfigs": "on-demand list",
    "PutFunctionAsyncInvokeConfig": "async-config put x/f/LATEST --max-retries 1",
    "GetFunctionAsyncInvokeConfig": "async-config get x/f/LATEST",
    "DeleteFunctionAsyncInvokeConfig": "async-config delete x/f/LATEST --yes",
    "ListFunctionAsyncInvokeConfigs": "async-config list x/f",
    "GetStatefulAsyncInvocation": "stateful get x/f/i",
    "ListStatefulAsyncInvocations": "stateful list x/f",
    "StopStatefulAsyncInvocation": "stateful stop x/f/i",
    "ListStatefulAsyncInvocationFunctions": "stateful functions",
    "PublishLayerVersion": "layer publish l -d code -r python3",
    "ListLayers": "layer list",
    "ListLayerVersions": "layer versions l",
    "GetLayerVersion": "layer get l/1",
    "GetLayerVersionByArn": "layer find m#l#1",
    "DeleteLayerVersion": "layer delete l/1 --yes",
    "PutLayerACL": "layer acl l --public",
    "GetAccountSettings": "account settings",
    "GetAccountConfigs": "account limits",
    "CreateVpcBinding": "vpc-binding create x/vpc-1",
    "DeleteVpcBinding": "vpc-binding delete x/vpc-1 --yes",
    "ListVpcBindings": "vpc-binding list x",
    "ListInstances": "instance list x/f",
    "HTTPInvokeFunction": "call x/f -p /y",
}

# By other ways than a request of the client.
OTHERS = {
    "HTTPInvokeFunctionByDomain": "call --domain http://x.localhost -p /y --debug",
    "InstanceExec": "exec --instance i x/f ls",
    "PresignedHTTPInvokeURL": "presign x/f -p /y",
}

NOT_REACHED = {
    "GetTempBucketToken": "the client itself asks for it, to upload the code of a large layer",
    "GetTempCodeBucketToken": "the client itself asks for it, to upload large code",
    "PublishPublicLayerVersion": "'layer acl --public' shares a layer; this is for Alibaba Cloud",
    "PermanentDeleteLayerVersion": "only administrators of Function Compute are allowed to call it",
}

TIMER = 'triggerConfig: {cronExpression: "@every 1m", enable: false}\n'


def test_every_operation_is_here():
    assert {*COMMANDS, *OTHERS, *NOT_REACHED} == OPERATIONS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_command_sends_the_request_of_the_operation(server, folder, name):
    (folder / "timer.yml").write_text(TIMER)
    operation = OPERATIONS[name]
    path = re.escape(operation["path"]).replace(r"\[\.\{qualifier\}\]", r"(\.\w+)?")
    pattern = re.sub(r"\\\{path\\\}", ".*", path)
    pattern = re.sub(r"\\\{\w+\\\}", "[^/?]+", pattern)
    method = "[A-Z]+" if operation["method"] == "ANY" else operation["method"]
    result = run(*COMMANDS[name].split(), "--debug")
    wanted = rf"> {method} {re.escape(server.endpoint)}{pattern}(\?\S*)?$"
    assert re.search(wanted, result.err, re.MULTILINE), result.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("HTTPInvokeFunctionByDomain", "> GET http://x.localhost/y"),
        ("InstanceExec", "InstanceExec failed: 404"),
        ("PresignedHTTPInvokeURL", "/2016-08-15/proxy/x/f/y?x-fc-"),
    ],
)
def test_command_does_what_the_operation_does(server, name, text):
    result = run(*OTHERS[name].split())
    assert text in result.out + result.err
    assert server
