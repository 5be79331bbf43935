"""docs/openapi.yaml is the API of the guide and later; tests/long/fuzz sends what it allows."""

import json
import re
from pathlib import Path

import pytest
import yaml
from support.later import REPLY_ONLY

from fc_client.local.api.routes import ROUTES, STORED_ROUTES

HERE = Path(__file__).parent
DOCUMENT = yaml.safe_load((HERE.parent / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
NAMED_SCHEMAS = DOCUMENT["components"]["schemas"]
GUIDE, LATER = (
    json.loads((HERE / "vectors" / name).read_text(encoding="utf-8"))
    for name in ("api.json", "api-later.json")
)
# What a field is, unless it is an object with a schema of its own.
KINDS = {"array", "boolean", "integer", "number", "object", "string"}
SCHEMAS = {
    **{name: schema for name, schema in LATER["schemas"].items() if name in NAMED_SCHEMAS},
    **GUIDE["schemas"],
}
OPERATIONS = {each["name"]: each for api in (LATER, GUIDE) for each in api["operations"]}
CHANGED = {each["name"]: each for each in LATER["operations_changed"]}

# Calls of HTTP functions, which have no route of their own and any method.
HTTP_OPERATIONS = {name for name, each in OPERATIONS.items() if each["method"] == "ANY"}
NO_METHODS = {"parameters", "servers"}

# What every request needs; the guide tells it once, not by operation.
COMMON = {"Date"}

# Statuses that the deployed service has, though not the guide's tables: names are checked
# everywhere, If-Match can fail, and a function can be too busy, or no match for its caller.
LATER_STATUSES = {
    "GetFunctionCode": {"400"},
    **{name: {"404", "405", "412", "429", "502", "default"} for name in HTTP_OPERATIONS},
    **{
        f"{verb}{kind}": {"412"}
        for verb in ("Update", "Delete")
        for kind in ("Service", "Function", "Trigger")
    },
}

# Fields that an update cannot change.
FIXED = {"UpdateTrigger": {"triggerType"}}

# Required by the guide's schema, and by its own text only for some types.
SOMETIMES_REQUIRED = {"Trigger": {"invocationRole", "sourceArn"}}


def resolved(node: dict) -> dict:
    """Return what a reference leads to, and anything else as it is."""
    while "$ref" in node:
        target = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def documented() -> dict[str, tuple[str, str, dict]]:
    """Return method, path and operation by the operation's name, parameters of the path added."""
    found = {}
    for path, item in DOCUMENT["paths"].items():
        common = item.get("parameters", [])
        for method in item.keys() - NO_METHODS:
            operation = item[method]
            name = operation.get("x-operation", operation["operationId"])
            # Of several methods, the others are like the first.
            if name != operation["operationId"]:
                continue
            parameters = [resolved(each) for each in [*common, *operation.get("parameters", [])]]
            found[name] = (method.upper(), path, {**operation, "parameters": parameters})
    return found


DOCUMENTED = documented()
each_operation = pytest.mark.parametrize("name", OPERATIONS)
each_changed = pytest.mark.parametrize("name", CHANGED)


def fields_of(schema: dict) -> dict[str, dict]:
    """Return the fields of a schema, those of its parts included."""
    schema = resolved(schema)
    fields = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        fields |= fields_of(part)
    return fields


def required_of(schema: dict) -> set[str]:
    schema = resolved(schema)
    return set(schema.get("required", ())).union(*map(required_of, schema.get("allOf", ())))


def later_of(fields: dict[str, dict]) -> set[str]:
    return fields.keys() - in_guide(fields)


def in_guide(fields: dict[str, dict]) -> set[str]:
    return {name for name, field in fields.items() if not resolved(field).get("x-later")}


class TestDocument:
    def test_operations_are_the_71_of_the_api(self):
        assert len(DOCUMENTED) == 71
        assert DOCUMENTED.keys() == OPERATIONS.keys()

    def test_operations_are_those_of_the_server(self):
        served = {route.title for route in (*ROUTES, *STORED_ROUTES) if not route.presigned}
        assert served | HTTP_OPERATIONS == DOCUMENTED.keys()

    def test_each_id_is_used_once(self):
        ids = [
            item[method]["operationId"]
            for item in DOCUMENT["paths"].values()
            for method in item.keys() - NO_METHODS
        ]
        assert len(ids) == len(set(ids))

    @each_operation
    def test_method_and_path(self, name):
        guide = OPERATIONS[name]
        # Here a qualifier is part of the parameter serviceName.
        path = re.sub(r"\[?\.\{qualifier\}\]?", "", guide["path"])
        method = "GET" if name in HTTP_OPERATIONS else guide["method"]
        assert DOCUMENTED[name][:2] == (method, path)

    @pytest.mark.parametrize("name", sorted(HTTP_OPERATIONS))
    def test_methods_of_an_http_function(self, name):
        item = DOCUMENT["paths"][DOCUMENTED[name][1]]
        methods = {method.upper(): item[method] for method in item.keys() - NO_METHODS}
        assert methods.keys() == set(OPERATIONS[name]["methods"])
        assert {each["x-operation"] for each in methods.values()} == {name}
        assert all(each["responses"] == item["get"]["responses"] for each in methods.values())

    @each_operation
    def test_parameters(self, name):
        guide = {
            parameter: told
            for parameter, told in OPERATIONS[name]["parameters"].items()
            if (parameter, told["in"]) != ("qualifier", "path")
        }
        parameters = {each["name"]: each for each in DOCUMENTED[name][2]["parameters"]}

        assert in_guide(parameters) - COMMON == guide.keys()
        for parameter, told in guide.items():
            here = parameters[parameter]
            schema = resolved(here["schema"])
            # OpenAPI requires what is in a path, which may be empty for an HTTP function.
            required = told["required"] or told["in"] == "path"
            assert (here["in"], here.get("required", False)) == (told["in"], required)
            kind = "object" if told["type"] == "any" else told["type"].partition(" ")[0]
            assert schema.get("type") == kind
            for key in ("default", "maximum", "enum"):
                assert schema.get(key) == told.get(key)

    @each_operation
    def test_statuses(self, name):
        guide = OPERATIONS[name]
        added = CHANGED.get(name, {}).get("errors_added", {})
        told = {*map(str, guide["success"]["status"]), *guide["errors"], *added}
        assert DOCUMENTED[name][2]["responses"].keys() == told | LATER_STATUSES.get(name, set())

    @each_operation
    def test_errors_are_named(self, name):
        for status, codes in OPERATIONS[name]["errors"].items():
            reply = resolved(DOCUMENTED[name][2]["responses"][status])
            if codes[0].startswith("(function error"):
                assert "X-Fc-Error-Type" in reply["headers"]
                continue
            for code in codes:
                assert code in reply["description"]
            schema = reply["content"]["application/json"]["schema"]
            assert fields_of(schema).keys() == {"ErrorCode", "ErrorMessage"}

    @each_changed
    def test_later_errors_are_named(self, name):
        for status, codes in CHANGED[name].get("errors_added", {}).items():
            reply = resolved(DOCUMENTED[name][2]["responses"][status])
            assert [code for code in codes if code not in reply["description"]] == []

    @each_changed
    def test_later_parameters(self, name):
        later = {
            parameter: told
            for parameter, told in CHANGED[name].get("parameters", {}).items()
            if parameter != "qualifier"
        }
        parameters = {each["name"]: each for each in DOCUMENTED[name][2]["parameters"]}
        assert later.keys() <= later_of(parameters)
        for parameter, told in later.items():
            here = parameters[parameter]
            assert (here["in"], here.get("required", False)) == (told["in"], told["required"])
            assert here["schema"].get("enum") == told.get("enum")
            assert here["schema"].get("default") == told.get("default")
            # One parameter for each tag.
            kind = "object" if parameter == "tag_{key}" else told["type"]
            assert here["schema"]["type"] == kind

    @each_changed
    def test_later_headers_of_a_success(self, name):
        responses = DOCUMENTED[name][2]["responses"]
        reply = next(resolved(responses[each]) for each in ("200", "204") if each in responses)
        assert {*CHANGED[name].get("success_headers", ())} <= reply.get("headers", {}).keys()

    @pytest.mark.parametrize(
        "name", [name for name, changed in CHANGED.items() if changed.get("body_added")]
    )
    def test_later_fields(self, name):
        added = LATER["schemas"][CHANGED[name]["body_added"]]["fields"]
        guide = {**SCHEMAS[OPERATIONS[name]["body"]]["fields"]}
        body = DOCUMENTED[name][2]["requestBody"]["content"]["application/json"]["schema"]
        reply = resolved(DOCUMENTED[name][2]["responses"]["200"])
        replied = fields_of(reply["content"]["application/json"]["schema"])

        changeable = added.keys() - REPLY_ONLY - FIXED.get(name, set())
        assert fields_of(body).keys() == guide.keys() | changeable
        assert added.keys() <= replied.keys()
        for field in added:
            kind = re.split(r"[ :]", added[field])[0]
            schema = resolved(replied[field])
            assert schema["type"] == (kind if kind in KINDS else "object")

    @each_operation
    def test_success(self, name):
        success = OPERATIONS[name]["success"]
        replies = [
            resolved(DOCUMENTED[name][2]["responses"][str(status)]) for status in success["status"]
        ]
        reply = replies[0]
        # With the second status, a function has not run yet.
        assert {*success["headers"]} <= reply["headers"].keys()
        assert all("X-Fc-Request-Id" in each["headers"] for each in replies)
        schema = success["schema"]
        if isinstance(schema, dict):
            assert fields_of(reply["content"]["application/json"]["schema"]).keys() == schema.keys()
        elif schema in SCHEMAS:
            reference = reply["content"]["application/json"]["schema"]["$ref"]
            assert reference == f"#/components/schemas/{schema}"

    @each_operation
    def test_body(self, name):
        body = OPERATIONS[name]["body"]
        content = DOCUMENTED[name][2].get("requestBody", {}).get("content", {})
        if body in SCHEMAS:
            reference = content["application/json"]["schema"]["$ref"]
            assert reference == f"#/components/schemas/{body}"
        else:
            # A GET has no body in OpenAPI.
            has_body = bool(body) and name not in HTTP_OPERATIONS
            assert list(content) == (["application/octet-stream"] if has_body else [])

    @pytest.mark.parametrize("name", sorted(SCHEMAS.keys() - {"Error"}))
    def test_schemas(self, name):
        guide = SCHEMAS[name]
        schema = DOCUMENT["components"]["schemas"][name]
        fields = fields_of(schema)

        assert in_guide(fields) == guide["fields"].keys()
        if not name.endswith("Response"):
            assert required_of(schema) == set(guide["required"]) - SOMETIMES_REQUIRED.get(
                name, set()
            )
        for field, told in guide["fields"].items():
            kind = re.split(r"[ :]", told)[0]
            reference = fields[field].get("$ref", "").rpartition("/")[2]
            assert kind in (resolved(fields[field]).get("type"), reference)
