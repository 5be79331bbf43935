"""One row per operation: what a call sends, and what its reply becomes."""

import base64
import inspect
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import responses
from responses import matchers

from fc_client import Client, Code, LogConfig, VPCConfig

GUIDE = json.loads((Path(__file__).parent / "vectors" / "api.json").read_text(encoding="utf-8"))
OPERATIONS = {operation["name"]: operation for operation in GUIDE["operations"]}

# Fields and headers that the service has, though not the guide.
LATER = {"environmentVariables", "initializer", "initializationTimeout"}
LATER_HEADERS = {"x-fc-code-checksum", "x-fc-log-type", "x-fc-trace-id"}

# Public names of Client that are no operation of their own.
NO_OPERATIONS = {
    "close",
    "download_function_code",
    "endpoint",
    "iter_functions",
    "iter_services",
    "iter_triggers",
    "map_function",
    "with_options",
}

EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
EMPTY_ZIP_CHECKSUM = "2220831586920633690"

SERVICE = "/2016-08-15/services/{serviceName}"
FUNCTION = SERVICE + "/functions/{functionName}"
TRIGGER = FUNCTION + "/triggers/{triggerName}"

NAMES = {"serviceName": "s", "functionName": "f", "triggerName": "t"}
PAGE = {"limit": 7, "next_token": "n/1", "prefix": "p", "start_key": "q"}
PAGE_QUERY = {"limit": "7", "nextToken": "n/1", "prefix": "p", "startKey": "q"}

SERVICE_ARGUMENTS = {
    "description": "",
    "internet_access": False,
    "log_config": LogConfig("p", "l"),
    "role": "acs:ram::1:role/r",
    "vpc_config": VPCConfig("vpc", ("v1", "v2"), "sg"),
}
SERVICE_FIELDS = {
    "description": "",
    "internetAccess": False,
    "logConfig": {"project": "p", "logstore": "l"},
    "role": "acs:ram::1:role/r",
    "vpcConfig": {"vpcId": "vpc", "vSwitchIds": ["v1", "v2"], "securityGroupId": "sg"},
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
}
TRIGGER_CONFIG = {"cronExpression": "@every 1m", "enable": True, "payload": "", "a_key": None}
SERVICE_REPLY = {"serviceName": "s", **SERVICE_FIELDS}
FUNCTION_REPLY = {"functionName": "f", "codeChecksum": EMPTY_ZIP_CHECKSUM}
TRIGGER_REPLY = {"triggerName": "t", "triggerConfig": TRIGGER_CONFIG}


@dataclass
class Row:
    operation: str
    call: Callable[[Client], Any]
    verb: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | bytes = b""
    reply: dict[str, Any] | bytes = b""

    @property
    def method(self) -> str:
        return re.sub("(?<!^)([A-Z])", r"_\1", self.operation).lower()


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
        headers={"If-Match": "e"},
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
        ),
        "POST",
        FUNCTION + "/triggers",
        body={
            "triggerName": "t",
            "triggerType": "timer",
            "triggerConfig": TRIGGER_CONFIG,
            "sourceArn": "",
            "invocationRole": "acs:ram::1:role/r",
        },
        reply=TRIGGER_REPLY,
    ),
    Row(
        "ListTriggers",
        lambda client: client.list_triggers("s", "f", **PAGE),
        "GET",
        FUNCTION + "/triggers",
        query=PAGE_QUERY,
        reply={"triggers": [TRIGGER_REPLY]},
    ),
    Row(
        "GetTrigger",
        lambda client: client.get_trigger("s", "f", "t"),
        "GET",
        TRIGGER,
        reply=TRIGGER_REPLY,
    ),
    Row(
        "UpdateTrigger",
        lambda client: client.update_trigger(
            "s", "f", "t", trigger_config={}, invocation_role="", if_match="e"
        ),
        "PUT",
        TRIGGER,
        headers={"If-Match": "e"},
        body={"triggerConfig": {}, "invocationRole": ""},
        reply=TRIGGER_REPLY,
    ),
    Row(
        "DeleteTrigger",
        lambda client: client.delete_trigger("s", "f", "t", if_match="e"),
        "DELETE",
        TRIGGER,
        headers={"If-Match": "e"},
    ),
]

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.operation)


def json_matcher(fields: dict[str, Any]) -> Callable[[Any], tuple[bool, str]]:
    """Match a JSON body, which is sent in pieces where code is in it."""

    def match(request: Any) -> tuple[bool, str]:
        body = request.body
        sent = json.loads(body if isinstance(body, bytes) else b"".join(body))
        return sent == fields, f"sent was {sent}"

    return match


def fake(row: Row) -> None:
    """Answer the row's call, if it is made exactly as the row says."""
    match = [
        matchers.query_param_matcher(row.query),
        matchers.header_matcher({"Content-Type": "application/json", **row.headers}),
    ]
    if isinstance(row.body, dict):
        match.append(json_matcher(row.body))
    success = OPERATIONS[row.operation]["success"]
    responses.add(
        row.verb,
        "http://fc.test" + row.path.format(**NAMES),
        json.dumps(row.reply) if isinstance(row.reply, dict) else row.reply,
        status=success["status"][0],
        headers={"X-Fc-Request-Id": "id-1", **dict.fromkeys(success["headers"], '"e1"')},
        match=match,
    )


class TestCompleteness:
    def test_rows_are_the_operations_of_the_guide(self):
        assert len(ROWS) == 17
        assert sorted(row.operation for row in ROWS) == sorted(OPERATIONS)

    def test_every_public_method_has_a_row(self):
        public = {name for name in dir(Client) if not name.startswith("_")}
        assert public == {row.method for row in ROWS} | NO_OPERATIONS

    @each_row
    def test_row_is_what_the_guide_says(self, row):
        operation = OPERATIONS[row.operation]
        places = {"query": set(), "header": set(), "path": set()}
        for name, parameter in operation["parameters"].items():
            places[parameter["in"]].add(name.lower())

        assert (row.verb, row.path) == (operation["method"], operation["path"])
        assert {name.lower() for name in row.query} == places["query"]
        headers = {name.lower() for name in row.headers}
        assert headers - LATER_HEADERS - {"content-type"} == places["header"]

    @each_row
    def test_row_gives_every_field_of_the_guides_body(self, row):
        schema = GUIDE["schemas"].get(OPERATIONS[row.operation]["body"])
        fields = set(row.body) if isinstance(row.body, dict) else set()
        assert fields - LATER == (set(schema["fields"]) if schema else set())


class TestDocstrings:
    @each_row
    def test_api_line_is_the_row(self, row):
        text = inspect.getdoc(getattr(Client, row.method))
        found = re.findall(r"^API: (\S+)\s+(\S+)\s+\(guide: (\w+)\)$", text, re.MULTILINE)
        assert found == [(row.verb, row.path, row.operation)]

    @pytest.mark.parametrize("name", sorted(NO_OPERATIONS - {"close", "endpoint", "with_options"}))
    def test_api_line_of_a_helper_is_that_of_its_operation(self, name):
        text = inspect.getdoc(getattr(Client, name))
        [found] = re.findall(r"^API: (\S+)\s+(\S+)\s+\(guide: (\w+)\)$", text, re.MULTILINE)
        assert found in [(row.verb, row.path, row.operation) for row in ROWS]

    @pytest.mark.parametrize("name", sorted({row.method for row in ROWS} | NO_OPERATIONS))
    def test_every_argument_is_told(self, name):
        member = inspect.getattr_static(Client, name)
        text = inspect.getdoc(member)
        arguments = list(inspect.signature(member).parameters)[1:] if callable(member) else []
        told = re.findall(r"^ {4}(\w+): ", text.partition("Args:")[2], re.MULTILINE)
        assert [argument for argument in arguments if argument not in told] == []


class TestCalls:
    @responses.activate
    @each_row
    def test_sends_what_the_row_says(self, client, row):
        fake(row)

        row.call(client)

        assert len(responses.calls) == 1
        if isinstance(row.body, bytes):
            assert (responses.calls[0].request.body or b"") == row.body

    @responses.activate
    @each_row
    def test_returns_what_the_reply_says(self, client, row):
        fake(row)

        result = row.call(client)

        if isinstance(row.reply, dict):
            assert result.raw == row.reply
            assert result.request_id == "id-1"
        else:
            assert getattr(result, "payload", b"") == row.reply

    @responses.activate
    @each_row
    def test_etag_is_returned_where_the_guide_has_one(self, client, row):
        fake(row)

        result = row.call(client)

        with_etag = OPERATIONS[row.operation]["success"]["headers"] == ["ETag"]
        assert getattr(result, "etag", None) == ('"e1"' if with_etag else None)

    @responses.activate
    @each_row
    def test_a_deletion_returns_none(self, client, row):
        fake(row)

        result = row.call(client)

        assert (result is None) == (row.verb == "DELETE")

    @responses.activate
    def test_what_is_left_out_is_not_sent(self, client):
        responses.add(
            "PUT",
            "http://fc.test/2016-08-15/services/s/functions/f",
            json=FUNCTION_REPLY,
            match=[matchers.json_params_matcher({}), matchers.query_param_matcher({})],
        )

        client.update_function("s", "f")

        headers = {name.lower() for name in responses.calls[0].request.headers}
        assert headers.isdisjoint({"if-match", "x-fc-code-checksum", "x-fc-account-id"})
