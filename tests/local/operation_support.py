"""The operations of the API: what each needs, how it is sent, and what makes each error."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from local.support import (
    TRIGGER_FIELDS,
    VERSION,
    Api,
    Server,
    function_fields,
    zip_code,
    zipped,
)

from fc_client import signing

VECTORS = Path(__file__).parents[1] / "vectors"
GUIDE, LATER = (json.loads((VECTORS / name).read_text()) for name in ("api.json", "api-later.json"))
SCHEMAS = {**LATER["schemas"], **GUIDE["schemas"]}

# Their replies are WebSockets or the function's own: test_instances.py and
# test_http_triggers.py have them.
OTHER_REPLIES = {
    "InstanceExec",
    "HTTPInvokeFunction",
    "HTTPInvokeFunctionByDomain",
    "PresignedHTTPInvokeURL",
}

LATER_NAMES = {operation["name"] for operation in LATER["operations"]} - OTHER_REPLIES

OPERATIONS = {
    operation["name"]: operation
    for operation in (*GUIDE["operations"], *LATER["operations"])
    if operation["name"] not in OTHER_REPLIES
}

# The guide's operations with the paths and the errors that the service added.
CHANGED = {
    operation["name"]: {**OPERATIONS[operation["name"]], **operation}
    for operation in LATER["operations_changed"]
}

# What an operation sends beside its path, where that is needed.
BODIES: dict[str, Any] = {
    "CreateService": {"serviceName": "s"},
    "UpdateService": {"description": "new"},
    "CreateFunction": function_fields("f"),
    "UpdateFunction": {"description": "new"},
    "InvokeFunction": b"event",
    "CreateTrigger": TRIGGER_FIELDS,
    "UpdateTrigger": {"invocationRole": "role"},
    "PublishServiceVersion": {},
    "CreateAlias": {"aliasName": "a", "versionId": "1"},
    "UpdateAlias": {"description": "new"},
    "CreateCustomDomain": {"domainName": "www.example.com"},
    "UpdateCustomDomain": {"protocol": "HTTP"},
    "TagResource": {"resourceArn": "services/s", "tags": {"k": "v"}},
    "UntagResource": {"resourceArn": "services/s", "tagKeys": ["k"]},
    "CreateVpcBinding": {"vpcId": "vpc-1"},
    "DeleteVpcBinding": {"vpcId": "vpc-1"},
    "PutFunctionAsyncInvokeConfig": {"statefulInvocation": True},
    "PutOnDemandConfig": {"maximumInstanceCount": 5},
    "PutProvisionConfig": {"target": 1},
    "PublishLayerVersion": {"code": zip_code(zipped()), "compatibleRuntime": ["python3"]},
}

QUERIES = {
    "GetAccountConfigs": "?config=CodeSizeLimit",
    "GetResourceTags": "?resourceArn=services/s",
    "PutLayerACL": "?public=true",
}


def arn_of_layer(name: str = "l", number: int = 1) -> str:
    return quote(f"acs:fc:local:1:layers/{name}/versions/{number}", safe="")


# What of a path makes an error: each placeholder with a name that is not there.
MISSING = {
    "ServiceNotFound": {"{serviceName}": "missing"},
    "FunctionNotFound": {"{functionName}": "missing"},
    "TriggerNotFound": {"{triggerName}": "missing"},
    "VersionNotFound": {"{versionId}": "77", "{qualifier}": "77"},
    "AliasNotFound": {"{aliasName}": "missing", "{qualifier}": "missing"},
    "DomainNameNotFound": {"{domainName}": "missing.example"},
    "LayerNotFound": {"{layerName}": "missing", "{arn}": arn_of_layer("missing")},
    "LayerVersionNotFound": {"{version}": "77", "{arn}": arn_of_layer(number=77)},
    "StatefulAsyncInvocationNotFound": {"{invocationId}": "missing"},
}

# The last one in a path is what a request is about.
NAMES = {
    "{qualifier}": "LATEST",
    # Any name is valid.
    "{invocationId}": "job",
    "{serviceName}": "s",
    "{functionName}": "f",
    "{triggerName}": "t",
    "{versionId}": "1",
    "{aliasName}": "a",
    "{domainName}": "www.example.com",
    "{layerName}": "l",
    "{version}": "1",
    "{arn}": arn_of_layer(),
}


def prepare_success(api: Api, name: str) -> None:
    """Make what an operation needs so that it succeeds."""
    # A creation needs all but what it makes, a deletion none below.
    made = {
        "CreateService": 0,
        "CreateFunction": 1,
        "DeleteService": 1,
        "CreateTrigger": 2,
        "DeleteFunction": 2,
    }.get(name, 3)
    for create in (api.create_service, api.create_function, api.create_trigger)[:made]:
        create().raise_for_status()
    if name in LATER_NAMES:
        make_later(api, up_to=name)


def make_later(api: Api, up_to: str = "") -> None:
    """Make one of each resource that came after the guide, but none that the operation makes.

    The operations that do the same when they are sent again come first.
    """
    for name in (
        "TagResource",
        "CreateVpcBinding",
        "PutFunctionAsyncInvokeConfig",
        "PutOnDemandConfig",
        "PutProvisionConfig",
        "PublishLayerVersion",
        "CreateCustomDomain",
        "PublishServiceVersion",
        "CreateAlias",
    ):
        if name == up_to:
            break
        send(api, OPERATIONS[name]).raise_for_status()
    if "StatefulAsyncInvocation" in up_to:
        invoke_later(api)


def invoke_later(api: Api) -> None:
    """Accept a stateful invocation that does not run during a test."""
    headers = {
        "X-Fc-Invocation-Type": "Async",
        "X-Fc-Stateful-Async-Invocation-Id": NAMES["{invocationId}"],
        "X-Fc-Async-Delay": "60",
    }
    send(api, OPERATIONS["InvokeFunction"], headers=headers).raise_for_status()


def path_of(operation: dict[str, Any], **replaced: str) -> str:
    """Return the path and the query of an operation, some of its names replaced."""
    path = operation["path"].removeprefix(VERSION)
    qualifier = f".{replaced['{qualifier}']}" if "{qualifier}" in replaced else ""
    path = path.replace("[.{qualifier}]", qualifier)
    for placeholder, name in {**NAMES, **replaced}.items():
        path = path.replace(placeholder, name)
    return path + QUERIES.get(operation["name"], "")


def send(api: Api, operation: dict[str, Any], path: str | None = None, **options: Any):
    body = options.pop("body", BODIES.get(operation["name"]))
    path = (path or path_of(operation)).replace("{layerOwnerUserId}", api.account_id)
    return api.call(operation["method"], path, body, **options)


def provoke(server: Server, operation: dict[str, Any], code: str) -> requests.Response:
    """Send a request that has to end in this error."""
    server.api.create_all()
    make_later(server.api)
    if "{invocationId}" in operation["path"]:
        invoke_later(server.api)
    for placeholder, name in MISSING.get(code, {}).items():
        if placeholder in operation["path"]:
            return send(server.api, operation, path_of(operation, **{placeholder: name}))
        if placeholder == "{qualifier}" and operation["name"] in ("CreateTrigger", "UpdateTrigger"):
            fields = (
                {**TRIGGER_FIELDS, "triggerName": "new"} if "Create" in operation["name"] else {}
            )
            return send(server.api, operation, body={**fields, "qualifier": name})
    # What is not in the table is a conflict: with what is there already, or
    # with what is below it.
    provoking = PROVOKING.get(code, lambda server, operation: send(server.api, operation))
    return provoking(server, operation)


def send_unsigned(server: Server, operation: dict[str, Any]) -> requests.Response:
    path = path_of(operation).replace("{layerOwnerUserId}", server.api.account_id)
    url = server.endpoint + VERSION + path
    return server.api.session.request(operation["method"], url)


def send_signed_with(key_id: str | None, key_secret: str | None):
    def provoking(server: Server, operation: dict[str, Any]) -> requests.Response:
        api = server.api
        keys = (key_id or api.key_id, key_secret or api.key_secret)
        other = Api(server.endpoint, *keys, api.account_id)
        other.session = api.session
        return send(other, operation)

    return provoking


def send_late(server: Server, operation: dict[str, Any]) -> requests.Response:
    date = signing.gmt_date(datetime.now(timezone.utc) - timedelta(minutes=16))
    return send(server.api, operation, headers={"Date": date})


def send_with_the_store_broken(server: Server, operation: dict[str, Any]) -> requests.Response:
    with closing(sqlite3.connect(server.data.database)) as db:
        db.executescript("DROP TABLE services; DROP TABLE cloud_resources;")
    return send(server.api, operation)


def send_an_invalid_argument(server: Server, operation: dict[str, Any]) -> requests.Response:
    path = path_of(operation)
    if operation["name"] == "InvokeFunction":
        # Any bytes are an event.
        return send(server.api, operation, headers={"X-Fc-Log-Type": "All"})
    if operation["name"] in BODIES:
        return send(server.api, operation, body=b"{")
    if operation["name"] in QUERIES:
        name, _, _ = path.partition("?")
        return send(server.api, operation, name + INVALID_QUERIES[operation["name"]])
    if "limit" in operation["parameters"]:
        return send(server.api, operation, path + "?limit=-1")
    last = [placeholder for placeholder in NAMES if placeholder in operation["path"]][-1]
    return send(server.api, operation, path_of(operation, **{last: "1-is-no-name"}))


INVALID_QUERIES = {
    "GetAccountConfigs": "",
    "GetResourceTags": "",
    "PutLayerACL": "?public=maybe",
}


def send_about_a_missing_service(server: Server, operation: dict[str, Any]) -> requests.Response:
    """Send a request that has the service in its body or query."""
    missing = "services/missing"
    if operation["name"] in QUERIES:
        path, _, _ = path_of(operation).partition("?")
        return send(server.api, operation, f"{path}?resourceArn={missing}")
    body = {**BODIES[operation["name"]], "resourceArn": missing}
    return send(server.api, operation, body=body)


def send_after(name: str):
    """Send an operation after another one has ended what it is about."""

    def provoking(server: Server, operation: dict[str, Any]) -> requests.Response:
        send(server.api, OPERATIONS[name]).raise_for_status()
        return send(server.api, operation)

    return provoking


def send_beside_eventbridge(server: Server, operation: dict[str, Any]) -> requests.Response:
    """Send a request that does not see the only trigger of its function."""
    send(server.api, OPERATIONS["DeleteTrigger"]).raise_for_status()
    trigger = {
        "triggerName": "t",
        "triggerType": "eventbridge",
        "triggerConfig": {"eventSourceConfig": {"eventSourceType": "Default"}},
    }
    headers = {"x-fc-enable-eventbridge-trigger": "enable"}
    made = send(server.api, OPERATIONS["CreateTrigger"], body=trigger, headers=headers)
    made.raise_for_status()
    return send(server.api, operation)


class Announced:
    """A body that is announced as larger than any may be. The server does not wait for it."""

    def __len__(self) -> int:
        return 1 << 30

    def __iter__(self) -> Iterator[bytes]:
        return iter(())


def send_a_large_body(server: Server, operation: dict[str, Any]) -> requests.Response:
    return send(server.api, operation, body=Announced())


def send_with_another_etag(server: Server, operation: dict[str, Any]) -> requests.Response:
    return send(server.api, operation, headers={"If-Match": "other"})


def send_with(**fields: Any):
    """Send the body of an alias with these fields; its name is free if it is created."""

    def provoking(server: Server, operation: dict[str, Any]) -> requests.Response:
        name = "new" if operation["name"].startswith("Create") else "a"
        return send(server.api, operation, body={"aliasName": name, "versionId": "1", **fields})

    return provoking


# Where the service spells a code in another way than the guide.
ON_THE_WIRE = {"InvalidAccessKeyId": "InvalidAccessKeyID"}

PROVOKING = {
    "AccessDenied": send_unsigned,
    "InvalidAccessKeyId": send_signed_with("unknown", None),
    "SignatureNotMatch": send_signed_with(None, "guessed"),
    "RequestTimeTooSkewed": send_late,
    "InternalServerError": send_with_the_store_broken,
    "InvalidArgument": send_an_invalid_argument,
    "PreconditionFailed": send_with_another_etag,
    "EntityTooLarge": send_a_large_body,
    "EventBridgeTriggerConflict": send_beside_eventbridge,
    # Of the body: those of a path are in MISSING.
    "VersionNotFound": send_with(versionId="77"),
    "ServiceNotFound": send_about_a_missing_service,
    "OnDemandConfigNotFound": send_after("DeleteOnDemandConfig"),
    "AsyncConfigNotExists": send_after("DeleteFunctionAsyncInvokeConfig"),
    "AsyncInvocationStopped": send_after("StopStatefulAsyncInvocation"),
}
