"""Bad values in every parameter of every action: an error in the form of the service, never 500."""

import json
import math

import pytest
from local.cloud_support import INDEX, POLICY, TRUST, custom
from local.gateway_support import VERSION, definition

BAD = (
    *("", "\x00", "é中", "x" * 20_000, "-1", "--1", "0", "9" * 5000, "1".zfill(5000)),
    *("1.5", "NaN", "null", "[]", "{}", "[1]", "[null]", '{"a": NaN}', '"\\ud800"', "[" * 990),
    *("a\r\nb: c", "../..", "=&?#%", '{"Version": "1", "Statement": [{"Effect": ["Allow"]}]}'),
)

# By action: parameters with which it gets as far as it can.
RAM = {
    "CreateRole": {"RoleName": "bad", "AssumeRolePolicyDocument": TRUST, "Description": "d"},
    "GetRole": {"RoleName": "r"},
    "UpdateRole": {"RoleName": "r", "NewAssumeRolePolicyDocument": TRUST, "NewDescription": "d"},
    "ListRoles": {"MaxItems": "10", "Marker": ""},
    "DeleteRole": {"RoleName": "none"},
    "AttachPolicyToRole": custom("p", RoleName="r"),
    "DetachPolicyFromRole": custom("p", RoleName="r"),
    "ListPoliciesForRole": {"RoleName": "r"},
    "ListEntitiesForPolicy": custom("p"),
    "CreatePolicy": {"PolicyName": "bad", "PolicyDocument": POLICY, "Description": "d"},
    "GetPolicy": custom("p"),
    "ListPolicies": {"PolicyType": "Custom", "MaxItems": "10", "Marker": ""},
    "DeletePolicy": {"PolicyName": "none"},
    "CreatePolicyVersion": {"PolicyName": "p", "PolicyDocument": POLICY, "SetAsDefault": "true"},
    "GetPolicyVersion": custom("p", VersionId="v1"),
    "ListPolicyVersions": custom("p"),
    "SetDefaultPolicyVersion": {"PolicyName": "p", "VersionId": "v1"},
    "DeletePolicyVersion": {"PolicyName": "p", "VersionId": "v9"},
}
ONE_API = {"GroupId": "", "ApiId": ""}
GATEWAY = {
    "CreateApiGroup": {"GroupName": "bad", "Description": "d"},
    "DescribeApiGroup": {"GroupId": ""},
    "DescribeApiGroups": {"GroupId": "", "GroupName": "g", "PageNumber": "1", "PageSize": "10"},
    "ModifyApiGroup": {"GroupId": "", "GroupName": "g", "Description": "d"},
    "DeleteApiGroup": {"GroupId": "0"},
    "CreateApi": {"GroupId": "", **definition("bad", path="/bad"), "OpenIdConnectConfig": "{}"},
    "ModifyApi": {**ONE_API, **definition()},
    "DescribeApi": ONE_API,
    "DescribeApis": {**ONE_API, "ApiName": "h", "PageNumber": "1", "PageSize": "10"},
    "DeleteApi": {"GroupId": "", "ApiId": "0"},
    "DeployApi": {**ONE_API, "StageName": "PRE", "Description": "d"},
    "AbolishApi": {**ONE_API, "StageName": "TEST"},
    "DescribeDeployedApi": {**ONE_API, "StageName": "PRE"},
}

# What replaces a value of a JSON document.
VALUES = (
    *(None, True, -1, 1.5, 10**30, math.nan, math.inf, "", "x", "\ud800", "\x00", "a\r\nb"),
    *([], {}, [[]], [None], {"a": 1}, "/[p]/[p]", "/%2e"),
)


def variants(document):
    """Yield a JSON value with each value in it replaced or left out."""
    if isinstance(document, list):
        for number, item in enumerate(document):
            for variant in variants(item):
                yield [*document[:number], variant, *document[number + 1 :]]
        yield from ([*document, *document], [*document, None])
    elif isinstance(document, dict):
        for name, value in document.items():
            rest = {key: each for key, each in document.items() if key != name}
            yield rest
            yield from ({**rest, name: each} for each in VALUES)
            yield from ({**rest, name: each} for each in variants(value))
        yield {**document, "Unknown": math.nan}


def checked(reply):
    """Return the JSON of a reply, which must be valid for all clients."""
    assert reply.status_code < 500, reply.text
    assert len(reply.text) < 200_000

    def refuse(name):
        raise ValueError(name)

    return json.loads(reply.content.decode("utf-8"), parse_constant=refuse)


@pytest.fixture(scope="module")
def ids(cloud):
    """Make what the actions are about; return the IDs of the group and of the API."""
    cloud.rpc("CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUST)
    cloud.rpc("CreatePolicy", PolicyName="p", PolicyDocument=POLICY)
    group = cloud.rpc("CreateApiGroup", Version=VERSION, GroupName="g").json()["GroupId"]
    made = cloud.rpc("CreateApi", Version=VERSION, GroupId=group, **definition())
    return {"GroupId": group, "ApiId": made.json()["ApiId"]}


@pytest.fixture(scope="module")
def call(cloud):
    def call(action, parameters):
        version = VERSION if action in GATEWAY else "2015-05-01"
        return cloud.rpc(action, **{"Version": version, **parameters})

    return call


def filled(parameters, ids):
    return {name: value or ids.get(name, value) for name, value in parameters.items()}


@pytest.mark.parametrize("action", [*RAM, *GATEWAY])
def test_of_parameters(call, ids, action):
    good = filled({**RAM, **GATEWAY}[action], ids)
    for name in good:
        for value in (*BAD, None):
            document = checked(call(action, {**good, name: value}))
            assert document["RequestId"]
            assert len(document.get("Message", "")) <= 1003


@pytest.mark.parametrize("name", ["RequestConfig", "ServiceConfig", "RequestParameters"])
def test_of_definitions(call, ids, name):
    parameters = ({"ApiParameterName": "q", "Location": "Query", "Required": "OPTIONAL"},)
    given = definition()
    good = {**ids, **given, "RequestParameters": json.dumps(parameters)}
    for variant in variants(json.loads(good[name])):
        checked(call("ModifyApi", {**good, name: json.dumps(variant)}))
    checked(call("DescribeApi", ids))


def test_of_an_index(cloud, project, store):
    path = f"/logstores/{store}"
    cloud.log("POST", f"{path}/index", INDEX, project=project).raise_for_status()
    search = {"type": "log", "from": "0", "to": "99999999999", "query": "functionName:a"}
    for variant in variants(INDEX):
        changed = cloud.log("PUT", f"{path}/index", variant, project=project)
        assert changed.status_code in (200, 400)
        if changed.status_code == 200:
            checked(cloud.log("GET", f"{path}/index", project=project))
            checked(cloud.log("GET", path, project=project, query=search))


def test_of_a_search(cloud, project, store):
    path = f"/logstores/{store}"
    cloud.log("POST", f"{path}/index", INDEX, project=project).raise_for_status()
    good = {"type": "log", "from": "0", "to": "9", "line": "1", "offset": "0", "query": "a"}
    for name in good:
        for value in BAD:
            checked(cloud.log("GET", path, project=project, query={**good, name: value}))
