"""One row per operation: what a call sends, and what its reply becomes."""

import inspect
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import responses
from responses import matchers
from support.later import (
    ALL_ROWS,
    CHANGED,
    LATER_OPERATIONS,
    LATER_ROWS,
    OPERATIONS,
    OTHER_METHODS,
    fields_of_body,
    has_result,
)
from support.later.changed import QUALIFIER_ROWS
from support.operations import (
    FUNCTION_REPLY,
    GUIDE,
    LATER_HEADERS,
    NO_OPERATIONS,
    ROWS,
    Row,
)

from fc_client import Client

each_row = pytest.mark.parametrize("row", ALL_ROWS, ids=lambda row: row.operation)
each_qualified = pytest.mark.parametrize("row", QUALIFIER_ROWS, ids=lambda row: row.operation)

# Headers of one official SDK, of the API after this one, or without effect today.
NOT_SENT = {
    "x-fc-account-id",
    "x-fc-invocation-code-version",
    "x-fc-invoker-identity",
    "x-fc-stateful-async-invocation-enable",
    "x-fc-tracing-opentracing-span-context",
}

# The last line of the docstring of an operation: of the guide, or of one that came after it.
API_LINE = re.compile(r"^API: (\S+)\s+(\S+)\s+\((guide|later): (\w+)\)$", re.MULTILINE)


def source_of(operation: str) -> str:
    return "later" if operation in LATER_OPERATIONS else "guide"


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
        "http://fc.test" + row.sent_path,
        json.dumps(row.reply) if isinstance(row.reply, dict) else row.reply,
        status=success["status"][0],
        headers={"X-Fc-Request-Id": "id-1", **dict.fromkeys(success["headers"], '"e1"')},
        match=match,
    )


class TestCompleteness:
    def test_rows_are_the_operations_of_the_guide(self):
        names = [operation["name"] for operation in GUIDE["operations"]]
        assert sorted(row.operation for row in ROWS) == sorted(names)

    def test_rows_are_the_operations_that_came_later(self):
        rows = [row.operation for row in LATER_ROWS]
        assert sorted([*rows, *OTHER_METHODS]) == sorted(LATER_OPERATIONS)

    def test_operations_that_take_a_qualifier_now_have_a_row_with_one(self):
        rows = {row.operation: row.path for row in QUALIFIER_ROWS}
        assert rows == {
            name: operation["path"]
            for name, operation in CHANGED.items()
            if "{qualifier}" in operation["path"]
        }

    def test_every_public_method_has_a_row(self):
        public = {name for name in dir(Client) if not name.startswith("_")}
        assert public == {row.method for row in ALL_ROWS} | NO_OPERATIONS

    @each_row
    def test_row_is_what_the_api_says(self, row):
        operation = OPERATIONS[row.operation]
        places = {"query": set(), "header": set(), "path": set()}
        for name, parameter in operation["parameters"].items():
            places[parameter["in"]].add(name.lower())

        assert (row.verb, row.path) == (operation["method"], operation["path"])
        assert {name.lower() for name in row.query} == places["query"] - row.unsent
        headers = {name.lower() for name in row.headers}
        assert headers - LATER_HEADERS - {"content-type"} == places["header"] - row.unsent

    @each_row
    def test_row_gives_every_field_of_the_body(self, row):
        fields = set(row.body) if isinstance(row.body, dict) else set()
        assert fields == fields_of_body(row.operation) - row.unsent

    @each_row
    def test_every_field_has_an_argument(self, row):
        """No row needs *extra*, which is for fields that the library does not know."""
        given = []

        class Recorder:
            def __getattr__(self, _name):
                return lambda *_args, **options: given.append(options)

        row.call(Recorder())

        assert [options for options in given if "extra" in options] == []

    @pytest.mark.parametrize("name", CHANGED)
    def test_every_later_header_is_sent(self, name):
        rows = [row for row in (*ROWS, *QUALIFIER_ROWS) if row.operation == name]
        later = {
            header.lower()
            for header, parameter in CHANGED[name].get("parameters", {}).items()
            if parameter["in"] == "header"
        }

        assert later - NOT_SENT <= {header.lower() for row in rows for header in row.headers}

    def test_extra_is_an_argument_where_there_is_a_body(self):
        with_body = {row.method for row in ALL_ROWS if isinstance(row.body, dict) and row.body}

        assert {
            name
            for name in with_body
            if "extra" not in inspect.signature(getattr(Client, name)).parameters
        } == set()


# They call no operation.
NO_HELPERS = {"close", "endpoint", "from_context", "with_options"}


class TestDocstrings:
    @each_row
    def test_api_line_is_the_row(self, row):
        found = API_LINE.findall(inspect.getdoc(getattr(Client, row.method)))
        assert found == [(row.verb, row.path, source_of(row.operation), row.operation)]

    @pytest.mark.parametrize("name", sorted(NO_OPERATIONS - NO_HELPERS))
    def test_api_line_of_a_helper_is_that_of_its_operation(self, name):
        [found] = API_LINE.findall(inspect.getdoc(getattr(Client, name)))
        operation = OPERATIONS[found[-1]]
        verb, path = operation["method"], operation["path"]
        assert found == (verb, path, source_of(operation["name"]), operation["name"])

    @pytest.mark.parametrize("name", sorted({row.method for row in ALL_ROWS} | NO_OPERATIONS))
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
    @each_qualified
    def test_sends_the_qualifier_in_the_path(self, client, row):
        fake(row)

        row.call(client)

        assert len(responses.calls) == 1

    @responses.activate
    @each_row
    def test_returns_what_the_reply_says(self, client, row):
        fake(row)

        result = row.call(client)

        if not has_result(row.operation):
            assert result is None
        elif isinstance(row.reply, dict):
            assert result.raw == row.reply
            assert result.request_id == "id-1"
        else:
            assert result.payload == row.reply

    @responses.activate
    @each_row
    def test_etag_is_returned_where_the_api_has_one(self, client, row):
        fake(row)

        result = row.call(client)

        with_etag = "ETag" in OPERATIONS[row.operation]["success"]["headers"]
        assert getattr(result, "etag", None) == ('"e1"' if with_etag else None)

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
