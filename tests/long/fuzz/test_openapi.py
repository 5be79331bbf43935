"""The server does what docs/openapi.yaml says, whatever it is asked."""

import json
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import pytest
import requests
import schemathesis
import yaml
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fuzz.attack import (
    FUNCTION,
    FUNCTION_FIELDS,
    LAYER_FIELDS,
    SERVICE_FIELDS,
    TRIGGER_FIELDS,
    VERSION,
    Target,
    fewer_cases,
    zip_file,
)

DOCUMENT = yaml.safe_load(
    (Path(__file__).parents[3] / "docs" / "openapi.yaml").read_text(encoding="utf-8")
)
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {
    operation.ok().definition.raw["operationId"]: operation.ok()
    for operation in SCHEMA.get_all_operations()
}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

# Names of what is there, so that more than a 404 is seen.
PATHS = {
    "serviceName": "s",
    "functionName": "f",
    "triggerName": "t",
    "versionId": "1",
    "aliasName": "a",
    "domainName": "www.example.com",
    "layerName": "l",
    "version": 1,
    # Encoded, since schemathesis does not encode it.
    "arn": "0%23l%231",
    "invocationId": "job",
    "instanceId": "i",
    "path": "a/b",
    "layerOwnerUserId": "5",
}

# Parameters of the query without which an operation cannot succeed.
QUERIES = {
    "GetResourceTags": {"resourceArn": "services/s"},
    "GetAccountConfigs": {"config": ["Concurrency"]},
    "InstanceExec": {"command": ["true"], "tty": "false"},
}

# What must be done before an operation can succeed.
SERVICE = f"{VERSION}/services/s"
INVOCATIONS = f"{FUNCTION}/invocations"
# A stateful invocation that does not end during a test.
LATER = {
    "X-Fc-Invocation-Type": "Async",
    "X-Fc-Stateful-Async-Invocation-Id": PATHS["invocationId"],
    "X-Fc-Async-Delay": "600",
}
BEFORE = {
    "InstanceExec": [("POST", INVOCATIONS, b"event")],
    "GetStatefulAsyncInvocation": [("POST", INVOCATIONS, b"event", LATER)],
    "StopStatefulAsyncInvocation": [("POST", INVOCATIONS, b"event", LATER)],
    "DeleteFunction": [("DELETE", f"{FUNCTION}/triggers/t")],
    "DeleteService": [
        ("DELETE", f"{FUNCTION}/triggers/t"),
        ("DELETE", FUNCTION),
        ("DELETE", f"{SERVICE}/versions/1"),
    ],
    "PublishServiceVersion": [("PUT", SERVICE, b'{"description": "new"}')],
}
BODIES = {
    "CreateService": {**SERVICE_FIELDS, "serviceName": "new"},
    "CreateFunction": {**FUNCTION_FIELDS, "functionName": "new"},
    "CreateTrigger": {**TRIGGER_FIELDS, "triggerName": "new"},
    "UpdateService": {"description": "new"},
    "UpdateFunction": {"description": "new"},
    "UpdateTrigger": {"invocationRole": "new"},
    "CreateAlias": {"aliasName": "new", "versionId": "1"},
    "UpdateAlias": {"description": "new"},
    "TagResource": {"resourceArn": "services/s", "tags": {"a": "b"}},
    "UntagResource": {"resourceArn": "services/s", "all": True},
    "CreateVpcBinding": {"vpcId": "vpc-1"},
    "DeleteVpcBinding": {"vpcId": "vpc-1"},
    "PutFunctionAsyncInvokeConfig": {"maxAsyncRetryAttempts": 1},
    "PutProvisionConfig": {"target": 1},
    "PutOnDemandConfig": {"maximumInstanceCount": 1},
    "PublishLayerVersion": LAYER_FIELDS,
    "CreateCustomDomain": {"domainName": "new.example.com"},
    "UpdateCustomDomain": {"protocol": "HTTP,HTTPS"},
}

# A WebSocket starts as a request with these; the key is the one of RFC 6455.
WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}

HEADERS = {
    "InstanceExec": WEBSOCKET,
    "HTTPInvokeFunctionByDomain": {"Host": PATHS["domainName"]},
}

# An HTTP function, its trigger, and the domain that leads to it.
METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"]
WEB = "web"
WEB_FIELDS = {
    **FUNCTION_FIELDS,
    "functionName": WEB,
    "code": {
        "zipFile": zip_file(
            "def h(environ, start_response):\n"
            "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
            "    return [environ['wsgi.input'].read()]\n"
        )
    },
}
WEB_TRIGGER = {
    "triggerName": "http",
    "triggerType": "http",
    "triggerConfig": {"authType": "function", "methods": METHODS},
}
WEB_ROUTE = {"path": "/*", "serviceName": "s", "functionName": WEB}
HTTP = {name for name, each in OPERATIONS.items() if "x-operation" in each.definition.raw}

# Of an HTTP function, the methods without and with a body: the others are like these.
VARIED = [name for name in OPERATIONS if "-" not in name or name.endswith("-POST")]

QUALIFIED = {
    name
    for name, operation in OPERATIONS.items()
    if any(
        parameter.get("$ref", "").endswith("/qualifiedServiceName")
        for parameter in operation.definition.raw.get("parameters", ())
    )
}


class Signed(requests.auth.AuthBase):
    """Signs a request as it is about to be sent."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        headers = {
            _text(name): _text(value)
            for name, value in request.headers.items()
            if name.lower() not in ("authorization", "date")
        }
        url = urlsplit(request.url)
        is_operation = url.path.startswith(f"{VERSION}/") and "/proxy/" not in url.path
        queries = None if is_operation else parse_qs(url.query, keep_blank_values=True)
        if queries and "x-fc-signature" in queries:
            return request
        signed = self.target.signed(request.method, unquote(url.path), headers, queries)
        signed.pop("Host")
        request.headers.update(signed)
        return request


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


@pytest.fixture
def target(target, name):
    """Return the server under attack, with an HTTP function for the operations that call one."""
    if name in HTTP:
        for method, path, fields in (
            ("POST", f"{SERVICE}/functions", WEB_FIELDS),
            ("POST", f"{SERVICE}/functions/{WEB}/triggers", WEB_TRIGGER),
            (
                "PUT",
                f"{VERSION}/custom-domains/{PATHS['domainName']}",
                {"routeConfig": {"routes": [WEB_ROUTE]}},
            ),
        ):
            assert target.call(method, path, json.dumps(fields).encode()).status == 200
    return target


def names_in_path(target, name):
    """Return the names of what is there, for an operation."""
    names = {**PATHS, "layerOwnerUserId": target.function_compute.account_id}
    if name in HTTP:
        names["functionName"] = WEB
    if name.startswith("PresignedHTTPInvokeURL"):
        names["path"] = "/a/b"
    if name == "InstanceExec":
        [instance] = target.call("GET", f"{FUNCTION}/instances").json()["instances"]
        names["instanceId"] = instance["instanceId"]
    return names


def query_of(target, name, method):
    """Return the parameters of the query of a right request."""
    if not name.startswith("PresignedHTTPInvokeURL"):
        return QUERIES.get(name, {})
    with target.function_compute.client() as client:
        url = client.presign(method, "s", WEB, "/a/b")
    return dict(parse_qsl(urlsplit(url).query))


@pytest.fixture
def auth(target):
    return Signed(target)


class TestConformance:
    @pytest.mark.parametrize("mode", schemathesis.GenerationMode)
    @pytest.mark.parametrize("name", VARIED)
    @fewer_cases
    @given(data=st.data())
    def test_every_reply_conforms(self, target, auth, name, mode, data):
        case = data.draw(OPERATIONS[name].as_strategy(generation_mode=mode))
        if data.draw(st.booleans()):
            names = {**PATHS, **({"functionName": WEB} if name in HTTP else {})}
            case.path_parameters |= {key: names[key] for key in case.path_parameters}
            if name in QUALIFIED:
                case.path_parameters["serviceName"] = data.draw(
                    st.sampled_from(["s", "s.1", "s.a"])
                )
        if name == "PutProvisionConfig" and isinstance(case.body, dict):
            # Each instance is a process, which would be started now.
            case.body.pop("target", None)
        response = case.call(base_url=target.function_compute.endpoint, auth=auth)
        case.validate_response(response, checks=CHECKS)
        target.assert_unharmed()
        if response.status_code == 204:
            target.fill()

    @pytest.mark.parametrize("name", sorted(OPERATIONS))
    def test_a_right_request_succeeds(self, target, auth, name):
        """The cases above could otherwise all be refused for a reason of their own."""
        for call in BEFORE.get(name, ()):
            assert target.call(*call).status in (200, 202, 204)
        operation = OPERATIONS[name]
        body = dict(BODIES.get(name, {}))
        case = operation.Case(
            path_parameters=names_in_path(target, name),
            query=query_of(target, name, operation.method.upper()),
            headers={"Date": "", **HEADERS.get(name.partition("-")[0], {})},
            body=body or schemathesis.core.NOT_SET,
            media_type="application/json",
        )
        response = case.call(base_url=target.function_compute.endpoint, auth=auth)
        assert response.status_code in (101, 200, 204), response.content
        # To schemathesis, 101 is an error of the server.
        checks = CHECKS[1:] if response.status_code == 101 else CHECKS
        case.validate_response(response, checks=checks)
