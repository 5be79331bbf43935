from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests
from local.support import TRIGGER_FIELDS, VERSION, Api, Server, assert_error, function_fields

from fc_client import signing
from fc_client.local.api.routes import ROUTES

VECTORS = Path(__file__).parents[2] / "vectors"


GUIDE, LATER = (json.loads((VECTORS / name).read_text()) for name in ("api.json", "api-later.json"))
SCHEMAS = {**LATER["schemas"], **GUIDE["schemas"]}

# The operations after the guide that are tested here, too.
LATER_NAMES = {
    "PublishServiceVersion",
    "ListServiceVersions",
    "DeleteServiceVersion",
    "CreateAlias",
    "GetAlias",
    "UpdateAlias",
    "DeleteAlias",
    "ListAliases",
    "CreateCustomDomain",
    "GetCustomDomain",
    "UpdateCustomDomain",
    "DeleteCustomDomain",
    "ListCustomDomains",
}

OPERATIONS = {
    **{operation["name"]: operation for operation in GUIDE["operations"]},
    **{each["name"]: each for each in LATER["operations"] if each["name"] in LATER_NAMES},
}


# Fields that not every reply has.
OPTIONAL_FIELDS = {"routePolicy", "resolvePolicy"}

# Fields with a default that the service has had since the guide.
LATER_FIELDS = {"instanceType"}


NEVER_RAISED = {
    # The documentation has it, and the official SDKs' tests expect that there is no error.
    "AdditionalVersionContainsMajorVersion",
    # The embedded server does not ask the name service about domains.
    "DomainNameNotResolved",
    "DomainNameResolveError",
}


class TestGuide:
    def test_the_operations_of_the_guide_and_later_ones_are_served(self):
        served = {
            (route.method, "/" + "/".join(route.pattern)) for route in ROUTES if not route.presigned
        }

        assert served >= {(row["method"], row["path"]) for row in OPERATIONS.values()}

    @pytest.mark.parametrize("name", OPERATIONS)
    def test_a_success_has_the_status_headers_and_fields_of_the_guide(self, api, name):
        prepare_success(api, name)
        operation = OPERATIONS[name]

        reply = send(api, operation)

        assert reply.status_code == operation["success"]["status"][0]
        assert all(reply.headers[header] for header in operation["success"]["headers"])
        schema = operation["success"]["schema"]
        if isinstance(schema, str) and schema in SCHEMAS:
            fields = set(reply.json()) - LATER_FIELDS
            assert fields == set(SCHEMAS[schema]["fields"]) - OPTIONAL_FIELDS

    @pytest.mark.parametrize(
        ("name", "status", "code"),
        [
            (name, int(status), code)
            for name, operation in OPERATIONS.items()
            for status, codes in operation["errors"].items()
            for code in codes
            if code not in NEVER_RAISED
        ],
    )
    def test_every_error_of_the_guide(self, server, name, status, code):
        operation = OPERATIONS[name]

        reply = provoke(server, operation, code)

        assert_error(reply, status, ON_THE_WIRE.get(code, code))
        assert reply.headers["X-Fc-Request-Id"]


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
}


MISSING = {
    "ServiceNotFound": "{serviceName}",
    "FunctionNotFound": "{functionName}",
    "TriggerNotFound": "{triggerName}",
    "VersionNotFound": "{versionId}",
    "AliasNotFound": "{aliasName}",
    "DomainNameNotFound": "{domainName}",
}


NAMES = {
    "{serviceName}": "s",
    "{functionName}": "f",
    "{triggerName}": "t",
    "{versionId}": "1",
    "{aliasName}": "a",
    "{domainName}": "www.example.com",
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
        make_versions(api, up_to=name)


def make_versions(api: Api, up_to: str) -> None:
    """Make version 1, alias a and a domain, unless the operation makes it."""
    for name in ("CreateCustomDomain", "PublishServiceVersion", "CreateAlias"):
        if name == up_to:
            break
        send(api, OPERATIONS[name]).raise_for_status()


def path_of(operation: dict[str, Any], **replaced: str) -> str:
    path = operation["path"].removeprefix(VERSION)
    for placeholder, name in NAMES.items():
        path = path.replace(placeholder, replaced.get(placeholder, name))
    return path


def send(api: Api, operation: dict[str, Any], path: str | None = None, **options: Any):
    body = options.pop("body", BODIES.get(operation["name"]))
    return api.call(operation["method"], path or path_of(operation), body, **options)


def provoke(server: Server, operation: dict[str, Any], code: str) -> requests.Response:
    """Send a request that has to end in this error."""
    server.api.create_all()
    make_versions(server.api, up_to="")
    if code in MISSING and MISSING[code] in operation["path"]:
        name = {"VersionNotFound": "77", "DomainNameNotFound": "missing.example"}.get(
            code, "missing"
        )
        missing = path_of(operation, **{MISSING[code]: name})
        return send(server.api, operation, missing)
    # What is not in the table is a conflict: with what is there already, or
    # with what is below it.
    provoking = PROVOKING.get(code, lambda server, operation: send(server.api, operation))
    return provoking(server, operation)


def send_unsigned(server: Server, operation: dict[str, Any]) -> requests.Response:
    url = server.endpoint + VERSION + path_of(operation)
    return server.api.session.request(operation["method"], url)


def send_signed_with(key_id: str | None, key_secret: str | None):
    def provoking(server: Server, operation: dict[str, Any]) -> requests.Response:
        api = server.api
        other = Api(server.endpoint, key_id or api.key_id, key_secret or api.key_secret)
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
    if operation["name"] in BODIES:
        return send(server.api, operation, body=b"{")
    if operation["name"].startswith("List"):
        return send(server.api, operation, path_of(operation) + "?limit=0")
    last = [placeholder for placeholder in NAMES if placeholder in operation["path"]][-1]
    return send(server.api, operation, path_of(operation, **{last: "1-is-no-name"}))


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
    "InvalidAccessKeyId": send_signed_with("somebody", None),
    "SignatureNotMatch": send_signed_with(None, "guessed"),
    "RequestTimeTooSkewed": send_late,
    "InternalServerError": send_with_the_store_broken,
    "InvalidArgument": send_an_invalid_argument,
    "PreconditionFailed": send_with_another_etag,
    # Of the body: those of a path are in MISSING.
    "VersionNotFound": send_with(versionId="77"),
}
