from __future__ import annotations

import base64
import hashlib
import json
import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests
from local.support import (
    TRIGGER_FIELDS,
    VERSION,
    Api,
    FakePools,
    Server,
    function_fields,
    zip_code,
    zipped,
)

from fc_client import signing
from fc_client.local.api.routes import ROUTES
from fc_client.local.engine import Settings

VECTORS = Path(__file__).parents[2] / "vectors"
GUIDE = json.loads((VECTORS / "api.json").read_text())
OPERATIONS = {operation["name"]: operation for operation in GUIDE["operations"]}

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")


def assert_error(reply: requests.Response, status: int, code: str, *words: str) -> None:
    document = reply.json()
    assert (reply.status_code, document["ErrorCode"]) == (status, code)
    assert set(document) == {"ErrorCode", "ErrorMessage"}
    for word in words:
        assert word in document["ErrorMessage"]


class TestGuide:
    def test_the_operations_are_those_of_the_guide(self):
        served = {
            (route.method, "/" + "/".join(route.pattern)) for route in ROUTES if not route.presigned
        }

        assert served == {(row["method"], row["path"]) for row in OPERATIONS.values()}

    @pytest.mark.parametrize("name", OPERATIONS)
    def test_a_success_has_the_status_headers_and_fields_of_the_guide(self, api, name):
        prepare_success(api, name)
        operation = OPERATIONS[name]

        reply = send(api, operation)

        assert reply.status_code == operation["success"]["status"][0]
        assert all(reply.headers[header] for header in operation["success"]["headers"])
        schema = operation["success"]["schema"]
        if isinstance(schema, str) and schema in GUIDE["schemas"]:
            assert set(reply.json()) == set(GUIDE["schemas"][schema]["fields"])

    @pytest.mark.parametrize(
        ("name", "status", "code"),
        [
            (name, int(status), code)
            for name, operation in OPERATIONS.items()
            for status, codes in operation["errors"].items()
            for code in codes
        ],
    )
    def test_every_error_of_the_guide(self, server, name, status, code):
        operation = OPERATIONS[name]

        reply = provoke(server, operation, code)

        assert_error(reply, status, code)
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
}
MISSING = {"ServiceNotFound": "s", "FunctionNotFound": "f", "TriggerNotFound": "t"}
NAMES = {"{serviceName}": "s", "{functionName}": "f", "{triggerName}": "t"}


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


def path_of(operation: dict[str, Any], **replaced: str) -> str:
    path = operation["path"].removeprefix(VERSION)
    for placeholder, name in NAMES.items():
        path = path.replace(placeholder, replaced.get(name, name))
    return path


def send(api: Api, operation: dict[str, Any], path: str | None = None, **options: Any):
    body = options.pop("body", BODIES.get(operation["name"]))
    return api.call(operation["method"], path or path_of(operation), body, **options)


def provoke(server: Server, operation: dict[str, Any], code: str) -> requests.Response:
    """Send a request that has to end in this error."""
    server.api.create_all()
    if code in MISSING:
        missing = path_of(operation, **{MISSING[code]: "missing"})
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
        db.execute("DROP TABLE services")
    return send(server.api, operation)


def send_an_invalid_argument(server: Server, operation: dict[str, Any]) -> requests.Response:
    if operation["name"] in BODIES:
        return send(server.api, operation, body=b"{")
    if operation["name"].startswith("List"):
        return send(server.api, operation, path_of(operation) + "?limit=0")
    last = [name for placeholder, name in NAMES.items() if placeholder in operation["path"]][-1]
    return send(server.api, operation, path_of(operation, **{last: "1-is-no-name"}))


PROVOKING = {
    "AccessDenied": send_unsigned,
    "InvalidAccessKeyId": send_signed_with("somebody", None),
    "SignatureNotMatch": send_signed_with(None, "guessed"),
    "RequestTimeTooSkewed": send_late,
    "InternalServerError": send_with_the_store_broken,
    "InvalidArgument": send_an_invalid_argument,
}


class TestServices:
    def test_a_new_service_has_its_fields_defaults_and_times(self, api):
        reply = api.create_service(description="d", role="acs:ram::1:role/r")

        document = reply.json()
        assert TIME.fullmatch(document.pop("createdTime"))
        assert TIME.fullmatch(document.pop("lastModifiedTime"))
        assert len(document.pop("serviceId")) == 36
        assert document == {
            "serviceName": "s",
            "description": "d",
            "role": "acs:ram::1:role/r",
            "internetAccess": True,
            "logConfig": {"project": "", "logstore": ""},
            "vpcConfig": {"vpcId": "", "vSwitchIds": [], "securityGroupId": ""},
        }

    def test_get_gives_what_create_gave(self, api):
        created = api.create_service()
        got = api.call("GET", "/services/s")

        assert got.json() == created.json()
        assert got.headers["ETag"] == created.headers["ETag"]

    def test_an_update_changes_what_it_names(self, api):
        created = api.create_service(description="d").json()

        updated = api.call("PUT", "/services/s", {"internetAccess": False}).json()

        assert updated["internetAccess"] is False
        assert updated["lastModifiedTime"] >= created["lastModifiedTime"]
        unchanged = set(created) - {"internetAccess", "lastModifiedTime"}
        assert all(updated[name] == created[name] for name in unchanged)

    def test_a_field_can_be_cleared(self, api):
        api.create_service(description="d")

        assert api.call("PUT", "/services/s", {"description": ""}).json()["description"] == ""

    def test_null_is_a_field_left_out(self, api):
        api.create_service(description="d", role=None)

        updated = api.call("PUT", "/services/s", {"description": None}).json()

        assert (updated["description"], updated["role"]) == ("d", "")

    def test_so_it_is_in_what_the_guide_gives_fields(self, api):
        config = {"vpcId": "v", "vSwitchIds": None, "securityGroupId": None}
        created = api.create_service(vpcConfig=config, logConfig={"project": None}).json()

        assert created["vpcConfig"] == {"vpcId": "v"}
        assert created["logConfig"] == {}

    def test_unknown_fields_are_stored_and_returned(self, api):
        api.create_service(nasConfig={"userId": -1, "mounts": [{"é": None}]})
        api.call("PUT", "/services/s", {"tracingConfig": {"type": "Jaeger"}})

        document = api.call("GET", "/services/s").json()

        assert document["nasConfig"] == {"userId": -1, "mounts": [{"é": None}]}
        assert document["tracingConfig"] == {"type": "Jaeger"}

    def test_what_the_service_makes_is_not_the_callers(self, api):
        document = api.create_service(serviceId="mine", createdTime="mine").json()

        assert "mine" not in document.values()

    def test_deleting_makes_room_for_a_new_one(self, api):
        first = api.create_service().json()
        assert api.call("DELETE", "/services/s").status_code == 204

        assert api.create_service().json()["serviceId"] != first["serviceId"]


class TestValidation:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("serviceName", ""),
            ("serviceName", "1a"),
            ("serviceName", "-a"),
            ("serviceName", "a.b"),
            ("serviceName", "é"),
            ("serviceName", "a\n"),
            ("serviceName", "a" * 129),
            ("serviceName", 5),
            ("serviceName", None),
            ("description", 5),
            ("internetAccess", "true"),
            ("internetAccess", 1),
            ("logConfig", "x"),
            ("logConfig", {"project": 1}),
            ("role", {}),
            ("vpcConfig", []),
            ("vpcConfig", {"vSwitchIds": "a"}),
            ("vpcConfig", {"vSwitchIds": [1]}),
        ],
    )
    def test_a_bad_field_of_a_service_is_named(self, api, field, value):
        reply = api.call("POST", "/services", {"serviceName": "s", field: value})

        assert_error(reply, 400, "InvalidArgument", f"{field}:")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("functionName", "a" * 65),
            ("functionName", None),
            ("runtime", ""),
            ("runtime", None),
            ("handler", 1),
            ("handler", "m.\0"),
            ("handler", None),
            ("code", None),
            ("code", "zip"),
            ("code", {}),
            ("code", {"zipFile": "!"}),
            ("code", {"zipFile": "AAAA"}),
            ("code", {"ossBucketName": "b", "ossObjectName": "o"}),
            ("memorySize", 64),
            ("memorySize", 129),
            ("memorySize", 3136),
            ("memorySize", "128"),
            ("memorySize", 128.0),
            ("memorySize", True),
            ("timeout", 0),
            ("timeout", 301),
            ("timeout", True),
            ("timeout", 1.5),
            ("environmentVariables", {"A": 1}),
            ("environmentVariables", {"A=B": "x"}),
            ("environmentVariables", {"": "x"}),
            ("environmentVariables", {"A": "\0"}),
            ("environmentVariables", []),
            ("initializer", 1),
            ("initializationTimeout", 0),
            ("initializationTimeout", 301),
        ],
    )
    def test_a_bad_field_of_a_function_is_named(self, api, field, value):
        api.create_service()

        assert_error(api.create_function(**{field: value}), 400, "InvalidArgument", f"{field}:")
        assert api.call("GET", "/services/s/functions").json() == {"functions": []}

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("timeout", 300),
            ("memorySize", 3072),
            ("environmentVariables", {}),
            ("runtime", "cobol85"),
            ("initializationTimeout", 300),
        ],
    )
    def test_the_limits_themselves_are_allowed(self, api, field, value):
        api.create_service()

        assert api.create_function(**{field: value}).json()[field] == value

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("triggerName", ""),
            ("triggerName", None),
            ("triggerType", "http"),
            ("triggerType", []),
            ("triggerType", None),
            ("triggerConfig", "x"),
            ("triggerConfig", None),
            ("sourceArn", 1),
            ("invocationRole", 1),
        ],
    )
    def test_a_bad_field_of_a_trigger_is_named(self, api, field, value):
        api.create_service()
        api.create_function()

        assert_error(api.create_trigger(**{field: value}), 400, "InvalidArgument", f"{field}:")

    @pytest.mark.parametrize(
        ("fields", "named"),
        [
            ({"triggerConfig": {}}, "triggerConfig.cronExpression:"),
            ({"triggerConfig": {"cronExpression": "x"}}, "triggerConfig.cronExpression:"),
            (
                {"triggerType": "oss", "sourceArn": "a", "invocationRole": "r"},
                "triggerConfig.events:",
            ),
        ],
    )
    def test_a_configuration_that_cannot_fire_is_rejected(self, api, fields, named):
        api.create_service()
        api.create_function()

        assert_error(api.create_trigger(**fields), 400, "InvalidArgument", named)

    def test_an_update_cannot_make_one_either(self, api):
        api.create_all()

        changed = api.call(
            "PUT", "/services/s/functions/f/triggers/t", {"triggerConfig": {"enable": False}}
        )

        assert_error(changed, 400, "InvalidArgument", "triggerConfig.cronExpression:")

    @pytest.mark.parametrize("trigger_type", ["oss", "logs"])
    @pytest.mark.parametrize("missing", ["sourceArn", "invocationRole"])
    def test_only_a_timer_needs_no_source_and_role(self, api, trigger_type, missing):
        api.create_service()
        api.create_function()
        fields = {
            "triggerType": trigger_type,
            "triggerConfig": {"events": ["oss:ObjectCreated:*"]},
            "sourceArn": "acs:oss:cn-shanghai:12345:pictures",
            "invocationRole": "role",
        }

        refused = api.create_trigger(**{**fields, missing: None})

        assert_error(refused, 400, "InvalidArgument", f"{missing}:")
        assert api.create_trigger(**fields).status_code == 200

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b'"s"',
            b"null",
            b"\xff\xfe",
            b'{"serviceName": "s", "x": NaN}',
            b'{"serviceName": "s", "x": 1e999}',
            b'{"serviceName": "s", "x": "\\ud800"}',
            b'{"serviceName": "s", "x": ' + b"[" * 70 + b"]" * 70 + b"}",
            b"[" * 100_000,
            b'{"serviceName": "s", "x": ' + b"9" * 5000 + b"}",
        ],
    )
    def test_a_body_that_is_not_an_object_is_rejected(self, api, body):
        assert_error(api.call("POST", "/services", body), 400, "InvalidArgument", "body:")

    @pytest.mark.parametrize(
        ("path", "changes"),
        [
            ("/services/s", {"serviceName": "other"}),
            ("/services/s/functions/f", {"functionName": "other"}),
            ("/services/s/functions/f/triggers/t", {"triggerName": "other"}),
            ("/services/s/functions/f/triggers/t", {"triggerType": "oss"}),
            ("/services/s/functions/f/triggers/t", {"sourceArn": "other"}),
        ],
    )
    def test_what_cannot_be_changed_is_refused_unless_it_is_the_same(self, api, path, changes):
        api.create_all()
        (field,) = changes
        same = {field: api.call("GET", path).json()[field]}

        assert_error(api.call("PUT", path, changes), 400, "InvalidArgument", f"{field}:")
        assert api.call("PUT", path, same).status_code == 200


class TestErrors:
    def test_a_404_names_the_outermost_thing_that_is_missing(self, api):
        path = "/services/s1/functions/f1/triggers/t1"
        assert_error(api.call("GET", path), 404, "ServiceNotFound", "'s1'")
        api.create_service("s1")
        assert_error(api.call("GET", path), 404, "FunctionNotFound", "'f1'")
        api.create_function("f1", "s1")
        assert_error(api.call("GET", path), 404, "TriggerNotFound", "'t1'")

    def test_conflicts_name_what_is_there(self, api):
        api.create_all()

        assert_error(api.create_service(), 409, "ServiceAlreadyExists", "'s'")
        assert_error(api.create_function(), 409, "FunctionAlreadyExists", "'f'")
        assert_error(api.create_trigger(), 409, "TriggerAlreadyExists", "'t'")
        assert_error(api.call("DELETE", "/services/s"), 409, "ServiceNotEmpty", "'s'")
        assert_error(api.call("DELETE", "/services/s/functions/f"), 409, "FunctionNotEmpty", "'f'")


class TestIfMatch:
    PATHS = ("/services/s", "/services/s/functions/f", "/services/s/functions/f/triggers/t")

    @pytest.mark.parametrize("path", PATHS)
    def test_an_update_with_an_old_etag_is_rejected(self, api, path):
        api.create_all()
        old = api.call("GET", path).headers["ETag"]
        changes = {"invocationRole": "r"} if "triggers" in path else {"description": "d"}
        first = api.call("PUT", path, changes, headers={"If-Match": old})
        second = api.call("PUT", path, changes, headers={"If-Match": old})

        assert first.status_code == 200
        assert first.headers["ETag"] != old
        assert_error(
            second, 412, "PreconditionFailed", "the resource being modified has been changed"
        )

    @pytest.mark.parametrize("path", PATHS)
    def test_a_deletion_with_another_etag_is_rejected(self, api, path):
        api.create_all()

        reply = api.call("DELETE", path, headers={"If-Match": "other"})

        assert_error(reply, 412, "PreconditionFailed")
        assert api.call("GET", path).status_code == 200

    def test_quotes_around_the_etag_are_tolerated(self, api):
        etag = api.create_service().headers["ETag"]

        reply = api.call("DELETE", "/services/s", headers={"If-Match": f'"{etag}"'})

        assert reply.status_code == 204

    def test_a_refused_code_update_leaves_the_code(self, api):
        api.create_all()
        before = api.call("GET", "/services/s/functions/f").json()

        reply = api.call(
            "PUT",
            "/services/s/functions/f",
            {"code": zip_code(zipped(m="new"))},
            headers={"If-Match": "other"},
        )

        assert_error(reply, 412, "PreconditionFailed")
        assert api.call("GET", "/services/s/functions/f").json() == before


class TestLists:
    @pytest.fixture
    def names(self, api):
        names = [f"s{number:02d}" for number in range(25)]
        for name in reversed(names):
            api.create_service(name)
        return names

    @staticmethod
    def listed(api, query=""):
        document = api.call("GET", f"/services{query}").json()
        return [item["serviceName"] for item in document["services"]], document.get("nextToken")

    def test_a_page_has_20_by_default(self, api, names):
        page, token = self.listed(api)

        assert page == names[:20]
        assert self.listed(api, f"?nextToken={token}") == (names[20:], None)

    def test_pages_follow_each_other(self, api, names):
        found, token = self.listed(api, "?limit=4")
        while token:
            page, token = self.listed(api, f"?limit=4&nextToken={token}")
            found += page

        assert found == names

    def test_a_full_last_page_has_no_token(self, api, names):
        assert self.listed(api, "?limit=25") == (names, None)

    def test_start_key_is_inclusive_and_the_token_has_priority(self, api, names):
        page, token = self.listed(api, "?limit=2&startKey=s03")
        assert page == names[3:5]
        assert self.listed(api, f"?limit=2&startKey=s20&nextToken={token}")[0] == names[5:7]

    def test_the_prefix_applies_with_a_token(self, api, names):
        page, token = self.listed(api, "?limit=6&prefix=s1")
        rest, last = self.listed(api, f"?limit=6&prefix=s1&nextToken={token}")

        assert page + rest == names[10:20]
        assert last is None

    def test_a_token_survives_the_deletion_of_its_name(self, api, names):
        _, token = self.listed(api, "?limit=3")
        api.call("DELETE", "/services/s02")

        assert self.listed(api, f"?limit=2&nextToken={token}")[0] == names[3:5]

    def test_empty_values_are_none(self, api, names):
        assert self.listed(api, "?limit=100&nextToken=&prefix=&startKey=")[0] == names

    @pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.0", "1e1", "\uff19", "9" * 30])
    def test_a_bad_limit_is_named(self, api, limit):
        assert_error(
            api.call("GET", f"/services?limit={limit}"), 400, "InvalidArgument", "limit", "100"
        )

    @pytest.mark.parametrize("token", ["x", "%00", "é", "c29tZXRoaW5n", "YWZ0ZXI6"])
    def test_a_bad_token_is_named(self, api, token):
        reply = api.call("GET", f"/services?nextToken={token}")

        assert_error(reply, 400, "InvalidArgument", "nextToken")

    @pytest.mark.parametrize("prefix", ["%", "%ff", "%00", "'", "é"])
    def test_any_prefix_is_only_text(self, api, prefix):
        assert self.listed(api, f"?prefix={prefix}") == ([], None)

    def test_functions_and_triggers_are_listed_below_their_parent(self, api):
        api.create_all()
        api.create_service("other")
        api.create_function("g", "other")

        functions = api.call("GET", "/services/s/functions").json()
        triggers = api.call("GET", "/services/s/functions/f/triggers").json()

        assert [item["functionName"] for item in functions["functions"]] == ["f"]
        assert [item["triggerName"] for item in triggers["triggers"]] == ["t"]


class TestFunctions:
    def test_no_reply_has_the_code(self, api):
        api.create_service()
        created = api.create_function().json()

        listed = api.call("GET", "/services/s/functions").json()["functions"]

        assert "code" not in created
        assert listed == [created]
        content = base64.b64decode(function_fields()["code"]["zipFile"])
        assert created["codeSize"] == len(content)

    def test_fields_later_than_the_guide_are_kept(self, api):
        api.create_service()

        created = api.create_function(environmentVariables={"A": "b"}, instanceConcurrency=10)

        assert created.json()["environmentVariables"] == {"A": "b"}
        assert created.json()["instanceConcurrency"] == 10

    def test_new_code_has_a_new_checksum_and_the_old_zip_is_removed(self, server, api):
        api.create_service()
        old = api.create_function().json()
        zips = server.data.code / "zips"
        changes = {"code": zip_code(zipped(m="new"))}

        new = api.call("PUT", "/services/s/functions/f", changes).json()

        assert new["codeChecksum"] != old["codeChecksum"]
        assert [path.stem for path in zips.iterdir()] == [new["codeChecksum"]]

    def test_a_zip_stays_as_long_as_any_function_has_it(self, server, api):
        api.create_service()
        api.create_function("f")
        api.create_function("g")
        zips = server.data.code / "zips"

        api.call("DELETE", "/services/s/functions/f")
        assert len(list(zips.iterdir())) == 1

        api.call("DELETE", "/services/s/functions/g")
        assert list(zips.iterdir()) == []

    def test_a_deleted_function_has_its_instances_ended(self, api, pools):
        api.create_service()
        api.create_function()

        api.call("DELETE", "/services/s/functions/f")

        assert pools.retired == [("s", "f")]

    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_the_checksum_header_is_checked(self, api, method):
        api.create_service()
        path = "/services/s/functions"
        if method == "PUT":
            api.create_function()
            path += "/f"
        fields = function_fields()
        checksum = "12345"

        reply = api.call(method, path, fields, headers={"x-fc-code-checksum": checksum})

        assert_error(reply, 400, "InvalidArgument", "code", checksum)

    def test_the_right_checksum_is_accepted(self, api):
        api.create_service()
        checksum = api.create_function("f").json()["codeChecksum"]

        reply = api.call(
            "POST",
            "/services/s/functions",
            function_fields("g"),
            headers={"X-Fc-Code-Checksum": checksum},
        )

        assert reply.status_code == 200

    def test_code_is_read_from_oss_root(self, tmp_path):
        (tmp_path / "bucket").mkdir()
        (tmp_path / "bucket" / "code.zip").write_bytes(zipped())
        settings = Settings(oss_root=tmp_path, make_pools=lambda _: FakePools())
        code = {"ossBucketName": "bucket", "ossObjectName": "code.zip"}
        with Server(settings) as server:
            server.api.create_service()

            assert server.api.create_function(code=code).json()["codeSize"] == len(zipped())

            with (tmp_path / "bucket" / "code.zip").open("wb") as file:
                file.truncate(500 * 1024 * 1024 + 1)
            assert_error(server.api.create_function("g", code=code), 400, "EntityTooLarge", "code")


class TestGetFunctionCode:
    @pytest.fixture
    def link(self, api):
        api.create_service()
        api.create_function(code=zip_code(zipped(m="x = 1")))
        return api.call("GET", "/services/s/functions/f/code").json()

    def test_the_url_gives_the_zip_to_anybody(self, link, server):
        reply = requests.get(link["url"], timeout=5)

        assert reply.content == zipped(m="x = 1")
        assert reply.headers["Content-Type"] == "application/zip"
        assert reply.headers["X-Fc-Request-Id"]
        assert link["url"].startswith(server.endpoint)

    def test_the_url_is_where_the_caller_came_in(self, link, api, server):
        port = server.address[1]
        headers = {**api.signed("GET", "/2016-08-15/services/s/functions/f/code")}
        headers["Host"] = f"localhost:{port}"

        reply = requests.get(
            f"{server.endpoint}/2016-08-15/services/s/functions/f/code", headers=headers, timeout=5
        )

        assert reply.json()["url"].startswith(f"http://localhost:{port}/")
        assert reply.json()["checksum"] == link["checksum"]

    @pytest.mark.parametrize(
        ("pattern", "replacement"),
        [
            (r"expires=\d", "expires=9"),
            (r"expires=\d+", "expires=x"),
            (r"expires=\d+&", ""),
            (r"code/\d+", "code/1"),
            (r"signature=.", "signature=%C3%A9"),
            (r"signature=.*", ""),
            (r"\?.*", ""),
        ],
    )
    def test_a_changed_url_is_rejected(self, link, pattern, replacement):
        changed = re.sub(pattern, replacement, link["url"])
        assert changed != link["url"]

        assert_error(requests.get(changed, timeout=5), 403, "AccessDenied")

    def test_the_url_expires(self):
        clock = FakeClock()
        with Server(Settings(clock=clock, make_pools=lambda _: FakePools())) as server:
            server.api.create_service()
            server.api.create_function()
            url = server.api.call("GET", "/services/s/functions/f/code").json()["url"]

            clock.ahead = 599
            assert requests.get(url, timeout=5).status_code == 200
            clock.ahead = 602
            assert_error(requests.get(url, timeout=5), 403, "AccessDenied", "expired")

    def test_the_url_of_deleted_code(self, link, api):
        api.call("DELETE", "/services/s/functions/f")

        assert_error(requests.get(link["url"], timeout=5), 404, "FunctionNotFound")


class FakeClock:
    ahead = 0.0

    def __call__(self) -> float:
        return datetime.now(timezone.utc).timestamp() + self.ahead


class TestContentMd5:
    BODY = b'{"serviceName": "s"}'

    @pytest.mark.parametrize(
        "value",
        [
            base64.b64encode(hashlib.md5(BODY).digest()).decode(),
            base64.b64encode(hashlib.md5(BODY).hexdigest().encode()).decode(),
            hashlib.md5(BODY).hexdigest(),
        ],
    )
    def test_three_forms_are_right(self, api, value):
        reply = api.call("POST", "/services", self.BODY, headers={"Content-MD5": value})

        assert reply.status_code == 200

    @pytest.mark.parametrize("value", ["x", hashlib.md5(b"other").hexdigest()])
    def test_another_is_rejected(self, api, value):
        reply = api.call("POST", "/services", self.BODY, headers={"Content-MD5": value})

        assert_error(reply, 400, "InvalidArgument", "Content-MD5")
