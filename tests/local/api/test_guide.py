from __future__ import annotations

import re
from typing import Any

import pytest
from local.operation_support import (
    CHANGED,
    ON_THE_WIRE,
    OPERATIONS,
    SCHEMAS,
    prepare_success,
    provoke,
    send,
)
from local.support import assert_error

from fc_client.local.api.routes import ROUTES, STORED_ROUTES

# Fields that not every reply has.
OPTIONAL_FIELDS = {"routePolicy", "resolvePolicy", "license"}

# Fields that replies have had since the guide.
LATER_FIELDS = {
    f"{kind}Response": set(SCHEMAS[f"{kind}Later"]["fields"])
    for kind in ("Service", "Function", "Trigger")
}


# Fields of a reply that the items of a list do not have.
REPLY_FIELDS = {"requestId"}

# The embedded server has no capacities, and instances may not have started yet.
EMPTY_LISTS = {"reservedCapacities", "instances"}


NEVER_RAISED = {
    # The documentation has it, and the official SDKs' tests expect that there is no error.
    "AdditionalVersionContainsMajorVersion",
    # The embedded server does not ask the name service about domains.
    "DomainNameNotResolved",
    "DomainNameResolveError",
    # The server has no limit for the whole account.
    "ResourceThrottled",
    # The client that it is for is gone.
    "ClientClosedRequest",
    # No argument can be wrong.
    ("GetAccountSettings", "InvalidArgument"),
    ("GetTempBucketToken", "InvalidArgument"),
    # They do not read the store.
    ("GetAccountSettings", "InternalServerError"),
    ("GetAccountConfigs", "InternalServerError"),
    ("GetTempBucketToken", "InternalServerError"),
}

# They take programs or busy instances: custom/test_programs.py and test_invoke.py have them.
OTHER_TESTS = {
    ("InvokeFunction", code)
    for code in (
        "CAExited",
        "CAFileNotFound",
        "CAFilePermission",
        "BadResponse",
        "ResourceExhausted",
    )
}


def errors_of(operations: dict[str, Any], key: str) -> list[tuple[str, int, str]]:
    """Return operation, status and code of the errors under a key that can be provoked."""
    left_out = NEVER_RAISED | OTHER_TESTS
    return [
        (name, int(status), code)
        for name, operation in operations.items()
        for status, codes in operation.get(key, {}).items()
        for code in codes
        if code not in left_out and (name, code) not in left_out
    ]


def assert_fields(document: dict[str, Any], schema: str, others: set[str]) -> None:
    """Assert that a document has the fields of a schema, except perhaps the *others*."""
    fields = set(SCHEMAS[schema]["fields"])

    assert fields - others <= set(document) <= fields | LATER_FIELDS.get(schema, set())


def assert_page(document: dict[str, Any], schema: dict[str, str]) -> None:
    """Assert that a page has its list, whose items have the fields of their schema."""
    (field, kind), *_ = schema.items()
    assert {field} <= set(document) <= set(schema)
    name = re.match(r"array of (\w+)", kind)
    assert name
    assert document[field] or field in EMPTY_LISTS
    for item in document[field]:
        if name[1] in SCHEMAS:
            assert_fields(item, name[1], OPTIONAL_FIELDS | REPLY_FIELDS)
        else:
            assert isinstance(item, str)


class TestGuide:
    def test_the_operations_of_the_guide_and_later_ones_are_served(self):
        served = {
            (route.method, "/" + "/".join(route.pattern))
            for route in (*ROUTES, *STORED_ROUTES)
            if not route.presigned
        }

        assert served >= {
            (row["method"], re.sub(r"\[?\.{qualifier}\]?", "", row["path"]))
            for row in OPERATIONS.values()
        }

    @pytest.mark.parametrize("name", OPERATIONS)
    def test_a_success_has_the_status_headers_and_fields_of_the_api(self, api, name):
        prepare_success(api, name)
        operation = OPERATIONS[name]

        reply = send(api, operation)

        assert reply.status_code == operation["success"]["status"][0]
        assert all(reply.headers[header] for header in operation["success"]["headers"])
        schema = operation["success"]["schema"]
        if isinstance(schema, str) and schema in SCHEMAS:
            assert_fields(reply.json(), schema, OPTIONAL_FIELDS)
        elif isinstance(schema, dict):
            assert_page(reply.json(), schema)
        elif schema is None:
            assert reply.content == b""

    @pytest.mark.parametrize(
        ("name", "field"),
        [
            ("PublishServiceVersion", "createdTime"),
            ("CreateAlias", "lastModifiedTime"),
            ("CreateCustomDomain", "createdTime"),
            ("PutFunctionAsyncInvokeConfig", "lastModifiedTime"),
            ("PublishLayerVersion", "createTime"),
        ],
    )
    def test_times_of_later_resources_have_whole_seconds(self, api, name, field):
        prepare_success(api, name)

        document = send(api, OPERATIONS[name]).json()

        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document[field])

    @pytest.mark.parametrize(
        ("name", "status", "code"),
        errors_of(OPERATIONS, "errors"),
    )
    def test_every_error_of_the_api(self, server, name, status, code):
        operation = OPERATIONS[name]

        reply = provoke(server, operation, code)

        assert_error(reply, status, ON_THE_WIRE.get(code, code))
        assert reply.headers["X-Fc-Request-Id"]

    @pytest.mark.parametrize(("name", "status", "code"), errors_of(CHANGED, "errors_added"))
    def test_every_error_that_the_service_added(self, server, name, status, code):
        assert_error(provoke(server, CHANGED[name], code), status, code)
