"""The operations of the guide, and one row per operation: its call, its request, a reply."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fc_client import Client, Code, LogConfig, VPCConfig

GUIDE = json.loads((Path(__file__).parents[1] / "vectors" / "api.json").read_text(encoding="utf-8"))
OPERATIONS = {operation["name"]: operation for operation in GUIDE["operations"]}

# Headers that the service has, though not the guide.
LATER_HEADERS = {
    "x-fc-code-checksum",
    "x-fc-enable-eventbridge-trigger",
    "x-fc-log-type",
    "x-fc-stateful-async-invocation-id",
    "x-fc-trace-id",
}

# Public names of Client that are no operation of their own.
NO_OPERATIONS = {
    "close",
    "download_function_code",
    "endpoint",
    "exec",
    "from_context",
    "iter_aliases",
    "iter_custom_domains",
    "iter_function_async_invoke_configs",
    "iter_functions",
    "iter_instances",
    "iter_layer_versions",
    "iter_layers",
    "iter_on_demand_configs",
    "iter_provision_configs",
    "iter_reserved_capacities",
    "iter_service_versions",
    "iter_services",
    "iter_stateful_async_invocation_functions",
    "iter_stateful_async_invocations",
    "iter_tagged_resources",
    "iter_triggers",
    "map_function",
    "presign",
    "request",
    "stream",
    "wait_for_invocation",
    "with_options",
}

EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
EMPTY_ZIP_CHECKSUM = "2220831586920633690"

SERVICE = "/2016-08-15/services/{serviceName}"
FUNCTION = SERVICE + "/functions/{functionName}"
TRIGGER = FUNCTION + "/triggers/{triggerName}"

# The values of the names in paths.
NAMES = {
    "serviceName": "s",
    "functionName": "f",
    "triggerName": "t",
    "qualifier": "prod",
    "versionId": "2",
    "aliasName": "a",
    "domainName": "d.example.com",
    "invocationId": "i",
    "instanceId": "c-1",
    "layerName": "l",
    "layerOwnerUserId": "1",
    "version": "3",
    "arn": "m#l#3",
}
PAGE = {"limit": 7, "next_token": "n/1", "prefix": "p", "start_key": "q"}
PAGE_QUERY = {"limit": "7", "nextToken": "n/1", "prefix": "p", "startKey": "q"}

SERVICE_ARGUMENTS = {
    "description": "",
    "internet_access": False,
    "log_config": LogConfig("p", "l"),
    "role": "acs:ram::1:role/r",
    "vpc_config": VPCConfig("vpc", ("v1", "v2"), "sg"),
    "nas_config": {"userId": -1, "groupId": -1, "mountPoints": []},
    "tracing_config": {},
    "oss_mount_config": {"mountPoints": []},
}
SERVICE_FIELDS = {
    "description": "",
    "internetAccess": False,
    "logConfig": {"project": "p", "logstore": "l"},
    "role": "acs:ram::1:role/r",
    "vpcConfig": {"vpcId": "vpc", "vSwitchIds": ["v1", "v2"], "securityGroupId": "sg"},
    "nasConfig": {"userId": -1, "groupId": -1, "mountPoints": []},
    "tracingConfig": {},
    "ossMountConfig": {"mountPoints": []},
}
FUNCTION_ARGUMENTS = {
    "runtime": "python3",
    "handler": "index.handler",
    "code": Code.from_zip(EMPTY_ZIP),
    "description": "",
    "memory_size": 128,
    "timeout": 3,
    "environment_variables": {"a_key": "1"},
    "initializer": "index.start",
    "initialization_timeout": 30,
    "custom_container_config": {"image": "i", "command": '["/server"]'},
    "ca_port": 9000,
    "layers": ("acs:fc:::layers/l/versions/1",),
    "instance_concurrency": 10,
    "instance_type": "e1",
    "instance_soft_concurrency": 5,
    "gpu_memory_size": 0,
    "cpu": 0.5,
    "disk_size": 512,
    "custom_runtime_config": {"command": ["./server"]},
    "instance_lifecycle_config": {"preStop": {"handler": "index.stop", "timeout": 3}},
    "custom_dns": {"nameServers": []},
    "custom_health_check_config": {"httpGetUrl": "/"},
}
FUNCTION_FIELDS = {
    "runtime": "python3",
    "handler": "index.handler",
    "code": {"zipFile": base64.b64encode(EMPTY_ZIP).decode()},
    "description": "",
    "memorySize": 128,
    "timeout": 3,
    "environmentVariables": {"a_key": "1"},
    "initializer": "index.start",
    "initializationTimeout": 30,
    "customContainerConfig": {"image": "i", "command": '["/server"]'},
    "caPort": 9000,
    "layers": ["acs:fc:::layers/l/versions/1"],
    "instanceConcurrency": 10,
    "instanceType": "e1",
    "instanceSoftConcurrency": 5,
    "gpuMemorySize": 0,
    "cpu": 0.5,
    "diskSize": 512,
    "customRuntimeConfig": {"command": ["./server"]},
    "instanceLifecycleConfig": {"preStop": {"handler": "index.stop", "timeout": 3}},
    "customDNS": {"nameServers": []},
    "customHealthCheckConfig": {"httpGetUrl": "/"},
}
TRIGGER_HEADERS = {"x-fc-enable-eventbridge-trigger": "enable"}
TRIGGER_CONFIG = {"cronExpression": "@every 1m", "enable": True, "payload": "", "a_key": None}
SERVICE_REPLY = {"serviceName": "s", **SERVICE_FIELDS}
FUNCTION_REPLY = {"functionName": "f", "codeChecksum": EMPTY_ZIP_CHECKSUM}
TRIGGER_REPLY = {"triggerName": "t", "triggerConfig": TRIGGER_CONFIG}


@dataclass
class Row:
    """A call, what it sends, and a reply to it.

    Attributes:
        path: As in the API, with ``[.{qualifier}]`` where a qualifier may be.
        unsent: Fields, headers and parameters of the query that the client does not send.
    """

    operation: str
    call: Callable[[Client], Any]
    verb: str
    path: str
    query: dict[str, str | list[str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | bytes = b""
    reply: dict[str, Any] | bytes = b""
    unsent: frozenset[str] = frozenset()

    @property
    def method(self) -> str:
        # An abbreviation is one word: PutLayerACL is put_layer_acl.
        return re.sub("(?<=[a-z])(?=[A-Z])", "_", self.operation).lower()

    @property
    def sent_path(self) -> str:
        """The path that is sent: rows of operations that take a qualifier give one."""
        names = {name: quote(value, safe="") for name, value in NAMES.items()}
        return self.path.replace("[", "").replace("]", "").format(**names)


ROWS = [
    Row(
        "CreateService",
        lambda client: client.create_service("s", **SERVICE_ARGUMENTS),
        "POST",
        "/2016-08-15/services",
        body={"serviceName": "s", **SERVICE_FIELDS},
        reply=SERVICE_REPLY,
    ),
    Row(
        "ListServices",
        lambda client: client.list_services(**PAGE),
        "GET",
        "/2016-08-15/services",
        query=PAGE_QUERY,
        reply={"services": [SERVICE_REPLY], "nextToken": "n/2"},
    ),
    Row("GetService", lambda client: client.get_service("s"), "GET", SERVICE, reply=SERVICE_REPLY),
    Row(
        "UpdateService",
        lambda client: client.update_service("s", **SERVICE_ARGUMENTS, if_match="e"),
        "PUT",
        SERVICE,
        headers={"If-Match": "e"},
        body=SERVICE_FIELDS,
        reply=SERVICE_REPLY,
    ),
    Row(
        "DeleteService",
        lambda client: client.delete_service("s", if_match="e"),
        "DELETE",
        SERVICE,
        headers={"If-Match": "e"},
    ),
    Row(
        "CreateFunction",
        lambda client: client.create_function("s", "f", **FUNCTION_ARGUMENTS),
        "POST",
        SERVICE + "/functions",
        headers={"x-fc-code-checksum": EMPTY_ZIP_CHECKSUM},
        body={"functionName": "f", **FUNCTION_FIELDS},
        reply=FUNCTION_REPLY,
    ),
    Row(
        "ListFunctions",
        lambda client: client.list_functions("s", **PAGE),
        "GET",
        SERVICE + "/functions",
        query=PAGE_QUERY,
        reply={"functions": [FUNCTION_REPLY], "nextToken": None},
    ),
    Row(
        "GetFunction",
        lambda client: client.get_function("s", "f"),
        "GET",
        FUNCTION,
        reply=FUNCTION_REPLY,
    ),
    Row(
        "UpdateFunction",
        lambda client: client.update_function("s", "f", **FUNCTION_ARGUMENTS, if_match="e"),
        "PUT",
        FUNCTION,
        headers={"If-Match": "e", "x-fc-code-checksum": EMPTY_ZIP_CHECKSUM},
        body=FUNCTION_FIELDS,
        reply=FUNCTION_REPLY,
    ),
    Row(
        "DeleteFunction",
        lambda client: client.delete_function("s", "f", if_match="e"),
        "DELETE",
        FUNCTION,
        headers={"If-Match": "e", **TRIGGER_HEADERS},
    ),
    Row(
        "GetFunctionCode",
        lambda client: client.get_function_code("s", "f"),
        "GET",
        FUNCTION + "/code",
        reply={"url": "http://oss.test/code?Signature=x", "checksum": "1"},
    ),
    Row(
        "InvokeFunction",
        lambda client: client.invoke_function(
            "s", "f", b"\xff", invocation_type="Sync", log_type="Tail", trace_id="id"
        ),
        "POST",
        FUNCTION + "/invocations",
        headers={
            "Content-Type": "application/octet-stream",
            "x-fc-invocation-type": "Sync",
            "x-fc-log-type": "Tail",
            "x-fc-trace-id": "id",
        },
        body=b"\xff",
        reply=b"\xfe",
    ),
    Row(
        "CreateTrigger",
        lambda client: client.create_trigger(
            "s",
            "f",
            "t",
            trigger_type="timer",
            trigger_config=TRIGGER_CONFIG,
            source_arn="",
            invocation_role="acs:ram::1:role/r",
            description="",
            qualifier="prod",
        ),
        "POST",
        FUNCTION + "/triggers",
        headers=TRIGGER_HEADERS,
        body={
            "triggerName": "t",
            "triggerType": "timer",
            "triggerConfig": TRIGGER_CONFIG,
            "sourceArn": "",
            "invocationRole": "acs:ram::1:role/r",
            "description": "",
            "qualifier": "prod",
        },
        reply=TRIGGER_REPLY,
    ),
    Row(
        "ListTriggers",
        lambda client: client.list_triggers("s", "f", **PAGE),
        "GET",
        FUNCTION + "/triggers",
        query=PAGE_QUERY,
        headers=TRIGGER_HEADERS,
        reply={"triggers": [TRIGGER_REPLY]},
    ),
    Row(
        "GetTrigger",
        lambda client: client.get_trigger("s", "f", "t"),
        "GET",
        TRIGGER,
        headers=TRIGGER_HEADERS,
        reply=TRIGGER_REPLY,
    ),
    Row(
        "UpdateTrigger",
        lambda client: client.update_trigger(
            "s",
            "f",
            "t",
            trigger_config={},
            invocation_role="",
            description="",
            qualifier="2",
            if_match="e",
        ),
        "PUT",
        TRIGGER,
        headers={"If-Match": "e", **TRIGGER_HEADERS},
        body={"triggerConfig": {}, "invocationRole": "", "description": "", "qualifier": "2"},
        unsent=frozenset({"triggerType"}),
        reply=TRIGGER_REPLY,
    ),
    Row(
        "DeleteTrigger",
        lambda client: client.delete_trigger("s", "f", "t", if_match="e"),
        "DELETE",
        TRIGGER,
        headers={"If-Match": "e", **TRIGGER_HEADERS},
    ),
]
