"""docs/openapi.yaml is the API of the guide and later; tests/long/fuzz sends what it allows."""

import json
import re
from pathlib import Path

import pytest
import yaml

from fc_client.local.api.routes import ROUTES, STORED_ROUTES

HERE = Path(__file__).parent
DOCUMENT = yaml.safe_load((HERE.parent / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
NAMED_SCHEMAS = DOCUMENT["components"]["schemas"]
GUIDE, LATER = (
    json.loads((HERE / "vectors" / name).read_text(encoding="utf-8"))
    for name in ("api.json", "api-later.json")
)
SCHEMAS = {
    **{name: schema for name, schema in LATER["schemas"].items() if name in NAMED_SCHEMAS},
    **GUIDE["schemas"],
}
ALL_OPERATIONS = {each["name"]: each for api in (LATER, GUIDE) for each in api["operations"]}
# Those that the server has; the URL of GetFunctionCode is not an operation.
OPERATIONS = {
    route.title: ALL_OPERATIONS[route.title]
    for route in (*ROUTES, *STORED_ROUTES)
    if not route.presigned
}

# What every request needs; the guide tells it once, not by operation.
COMMON = {"Date"}

# Statuses that the deployed service has, though not the guide's tables: names are checked
# everywhere, If-Match can fail, and instances can run out.
LATER_STATUSES = {
    "GetFunctionCode": {"400"},
    "InvokeFunction": {"400", "412", "429", "502"},
    **{
        f"{verb}{kind}": {"412"}
        for verb in ("Update", "Delete")
        for kind in ("Service", "Function", "Trigger")
    },
}

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
        for method in item.keys() - {"parameters"}:
            operation = item[method]
            parameters = [resolved(each) for each in [*common, *operation.get("parameters", [])]]
            found[operation["operationId"]] = (
                method.upper(),
                path,
                {**operation, "parameters": parameters},
            )
    return found


DOCUMENTED = documented()
each_operation = pytest.mark.parametrize("name", OPERATIONS)


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


def in_guide(fields: dict[str, dict]) -> set[str]:
    return {name for name, field in fields.items() if not resolved(field).get("x-later")}


class TestDocument:
    def test_operations_are_those_of_the_server(self):
        assert DOCUMENTED.keys() == OPERATIONS.keys()

    def test_none_of_the_guide_is_missing(self):
        assert {operation["name"] for operation in GUIDE["operations"]} <= DOCUMENTED.keys()

    @each_operation
    def test_method_and_path(self, name):
        guide = OPERATIONS[name]
        # Here a qualifier is part of the parameter serviceName.
        path = re.sub(r"\[?\.\{qualifier\}\]?", "", guide["path"])
        assert DOCUMENTED[name][:2] == (guide["method"], path)

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
            assert (here["in"], here.get("required", False)) == (told["in"], told["required"])
            assert schema.get("type") == told["type"].partition(" ")[0]
            for key in ("default", "maximum", "enum"):
                assert schema.get(key) == told.get(key)

    @each_operation
    def test_statuses(self, name):
        guide = OPERATIONS[name]
        told = {*map(str, guide["success"]["status"]), *guide["errors"]}
        assert DOCUMENTED[name][2]["responses"].keys() == told | LATER_STATUSES.get(name, set())

    @each_operation
    def test_errors_are_named(self, name):
        for status, codes in OPERATIONS[name]["errors"].items():
            reply = resolved(DOCUMENTED[name][2]["responses"][status])
            for code in codes:
                assert code in reply["description"]
            schema = reply["content"]["application/json"]["schema"]
            assert fields_of(schema).keys() == {"ErrorCode", "ErrorMessage"}

    @each_operation
    def test_success(self, name):
        success = OPERATIONS[name]["success"]
        for status in success["status"]:
            reply = resolved(DOCUMENTED[name][2]["responses"][str(status)])
            assert {*success["headers"], "X-Fc-Request-Id"} <= reply["headers"].keys()
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
            assert list(content) == (["application/octet-stream"] if body else [])

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
