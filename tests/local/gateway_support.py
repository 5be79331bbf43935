"""Creates groups and APIs by signed requests, and calls them by the URLs that come back."""

from __future__ import annotations

import json
import uuid
from typing import Any

import requests
from local.cloud_support import CloudApi

VERSION = "2016-07-14"

FUNCTION = {
    "FcRegionId": "cn-shanghai",
    "ServiceName": "s",
    "FunctionName": "f",
    "RoleArn": "acs:ram::1:role/r",
}


def parameter(name: str, location: str = "Query", kind: str = "String", **more: Any) -> Any:
    """Return a request parameter, which the function gets under the same name and place."""
    return {"ApiParameterName": name, "Location": location, "ParameterType": kind, **more}


def definition(
    name: str = "hello",
    *,
    method: str = "GET",
    path: str = "/hello",
    mode: str | None = None,
    body_format: str = "",
    parameters: tuple[dict[str, Any], ...] = (),
    timeout: object = 3000,
    **more: Any,
) -> dict[str, str]:
    """Return the parameters of CreateApi that the original fun sends."""
    request = {
        "RequestHttpMethod": method,
        "RequestProtocol": "HTTP",
        "BodyFormat": body_format,
        "PostBodyDescription": "",
        "RequestPath": path,
        **({"RequestMode": mode} if mode else {}),
    }
    service = {
        "ServiceProtocol": "FunctionCompute",
        "ContentTypeValue": "application/x-www-form-urlencoded; charset=UTF-8",
        "Mock": "FALSE",
        "MockResult": "",
        "ServiceTimeout": timeout,
        "ServiceAddress": "",
        "ServicePath": "",
        "ServiceHttpMethod": "",
        "ContentTypeCatagory": "DEFAULT",
        "ServiceVpcEnable": "FALSE",
        "FunctionComputeConfig": FUNCTION,
    }
    names = [each["ApiParameterName"] for each in parameters]
    documents = {
        "RequestConfig": request,
        "ServiceConfig": service,
        "RequestParameters": list(parameters),
        "ServiceParameters": [
            {
                "ServiceParameterName": each["ApiParameterName"],
                "Location": each["Location"],
                "Type": each["ParameterType"],
                "ParameterCatalog": "REQUEST",
            }
            for each in parameters
        ],
        "ServiceParametersMap": [
            {"ServiceParameterName": each, "RequestParameterName": each} for each in names
        ],
        **more,
    }
    return {
        "ApiName": name,
        "Visibility": "PUBLIC",
        "AuthType": "ANONYMOUS",
        "ResultType": "TEXT",
        "ResultSample": "result sample",
        **{key: as_text(value) for key, value in documents.items()},
    }


def as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class Gateway:
    """API Gateway as a signed client sees it."""

    def __init__(self, cloud: CloudApi) -> None:
        self.cloud = cloud

    def call(self, action: str, **parameters: Any) -> requests.Response:
        return self.cloud.rpc(action, Version=VERSION, **parameters)

    def done(self, action: str, **parameters: Any) -> dict[str, Any]:
        reply = self.call(action, **parameters)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def group(self) -> Group:
        """Create a group of its own."""
        made = self.done("CreateApiGroup", GroupName=f"g_{uuid.uuid4().hex[:12]}")
        return Group(self, made["GroupId"], made["SubDomain"])


class Group:
    """A group, and calls of its APIs."""

    def __init__(self, gateway: Gateway, group_id: str, domain: str) -> None:
        self.gateway = gateway
        self.id = group_id
        self.domain = domain

    def create(self, **fields: Any) -> str:
        """Create an API and return its ID."""
        made = self.gateway.done("CreateApi", GroupId=self.id, **definition(**fields))
        return str(made["ApiId"])

    def done(self, action: str, api_id: str, **parameters: Any) -> dict[str, Any]:
        return self.gateway.done(action, GroupId=self.id, ApiId=api_id, **parameters)

    def deploy(self, stage: str = "RELEASE", **fields: Any) -> str:
        """Create an API, deploy it and return its ID."""
        api_id = self.create(**fields)
        self.done("DeployApi", api_id, StageName=stage, Description="by a test")
        return api_id

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call an API by the URL that the original fun prints."""
        return self.gateway.cloud.session.request(method, f"http://{self.domain}{path}", **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.send("GET", path, **options)


def assert_refused(reply: requests.Response, status: int, code: str, *words: str) -> None:
    """Check an error of the gateway itself."""
    assert (reply.status_code, reply.headers.get("X-Ca-Error-Code", "")) == (status, code)
    assert reply.content == b""
    assert uuid.UUID(reply.headers["X-Ca-Request-Id"])
    for word in words:
        assert word in reply.headers["X-Ca-Error-Message"]
