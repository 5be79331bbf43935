"""The server does what docs/openapi.yaml says, whatever it is asked."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

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
    "arn": "0#l#1",
    "invocationId": "job",
    "instanceId": "i",
    "layerOwnerUserId": "5",
}

# Parameters of the query without which an operation cannot succeed.
QUERIES = {
    "GetResourceTags": {"resourceArn": "services/s"},
    "GetAccountConfigs": {"config": ["Concurrency"]},
}

# What cannot succeed here: it is a WebSocket, needs what only an invocation makes, or has a
# "#" in its path, which schemathesis does not encode.
NOT_TRIED = {
    "InstanceExec",
    "GetStatefulAsyncInvocation",
    "StopStatefulAsyncInvocation",
    "GetLayerVersionByArn",
}

# What must be done before an operation can succeed.
SERVICE = f"{VERSION}/services/s"
BEFORE = {
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
        path = unquote(urlsplit(request.url).path)
        signed = self.target.signed(request.method, path, headers)
        signed.pop("Host")
        request.headers.update(signed)
        return request


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


@pytest.fixture
def auth(target):
    return Signed(target)


class TestConformance:
    @pytest.mark.parametrize("mode", schemathesis.GenerationMode)
    @pytest.mark.parametrize("name", OPERATIONS)
    @fewer_cases
    @given(data=st.data())
    def test_every_reply_conforms(self, target, auth, name, mode, data):
        case = data.draw(OPERATIONS[name].as_strategy(generation_mode=mode))
        if data.draw(st.booleans()):
            case.path_parameters |= {key: PATHS[key] for key in case.path_parameters}
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

    @pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - NOT_TRIED))
    def test_a_right_request_succeeds(self, target, auth, name):
        """The cases above could otherwise all be refused for a reason of their own."""
        for call in BEFORE.get(name, ()):
            assert target.call(*call).status in (200, 204)
        body = dict(BODIES.get(name, {}))
        case = OPERATIONS[name].Case(
            path_parameters={
                **PATHS,
                "layerOwnerUserId": target.function_compute.account_id,
            },
            query=QUERIES.get(name, {}),
            headers={"Date": ""},
            body=body or schemathesis.core.NOT_SET,
            media_type="application/json",
        )
        response = case.call(base_url=target.function_compute.endpoint, auth=auth)
        assert response.status_code in (200, 204), response.content
        case.validate_response(response, checks=CHECKS)
