"""The JSON Schema of the file of a project, for editors."""

from __future__ import annotations

import json
from typing import Any

from fc_client.fun.project.schema import ProjectFile

__all__ = ["json_schema"]


def json_schema() -> str:
    """Return the JSON Schema as text."""
    schema = ProjectFile.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["description"] = "A project of fun: functions, and the API gateway in front of them."
    schema["anyOf"] = [{"required": ["function-compute"]}, {"required": ["api-gateway"]}]
    # Stands for a trigger of a type that does not exist.
    del schema["$defs"]["Trigger"]
    triggers = schema["$defs"]["Function"]["properties"]["triggers"]["items"]["oneOf"]
    triggers.remove({"$ref": "#/$defs/Trigger"})
    # As checks.py has it: a program of a custom runtime needs no handler.
    custom = {"properties": {"runtime": {"pattern": "^custom"}}, "required": ["runtime"]}
    schema["$defs"]["Function"]["anyOf"] = [{"required": ["handler"]}, custom]
    for model in (schema, *schema["$defs"].values()):
        _simplify(model)
    schema["title"] = "faas.yml"
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def _simplify(model: dict[str, Any]) -> None:
    """Allow keys that begin with x-, and drop titles, which repeat the keys."""
    model.pop("title", None)
    if model.get("type") == "object":
        model["patternProperties"] = {"^x-": {}}
    for each in model.get("properties", {}).values():
        each.pop("title", None)


if __name__ == "__main__":
    print(json_schema(), end="")  # noqa: T201 - what the module is run for
