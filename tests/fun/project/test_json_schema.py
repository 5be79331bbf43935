"""The JSON Schema for editors."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from fun.support import FAAS

from fc_client.fun.project.json_schema import json_schema

DOCS = Path(__file__).parents[3] / "docs"


def read(name):
    # As editors do, with numbers and booleans for the words that are ones.
    text = (FAAS / name).read_text(encoding="utf-8")
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def test_in_the_documents_is_current():
    """``python -m fc_client.fun.project.json_schema > docs/faas.schema.json`` writes it."""
    assert (DOCS / "faas.schema.json").read_text(encoding="utf-8") == json_schema()


@pytest.mark.parametrize(
    "name",
    [path.name for path in FAAS.iterdir() if path.name[:3] in ("r01", "r04", "r08", "r09", "d04")],
)
def test_takes_valid_files(name):
    jsonschema_rs.validate(json.loads(json_schema()), read(name))


@pytest.mark.parametrize(
    "name", [path.name for path in FAAS.iterdir() if path.name[:3] in ("d06", "d15", "r14", "r19")]
)
def test_refuses_others(name):
    assert not jsonschema_rs.is_valid(json.loads(json_schema()), read(name))
