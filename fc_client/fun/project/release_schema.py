"""The model of the versions and aliases of a service."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from fc_client.fun.project.model import Model
from fc_client.fun.project.reader import Word
from fc_client.fun.project.types import Boolean, Text, pattern, shape_error, share

__all__ = ["NEWEST", "AliasMap", "AliasSettings", "Publication", "PublicationOrFlag"]

# The version of an alias that moves with each deployment.
NEWEST = "latest published"

_VERSION = pattern(
    f"[1-9][0-9]*|{NEWEST}", f"must be the number of a version or {NEWEST!r}", may_be_number=True
)
_Version = Annotated[str, _VERSION]


class Publication(Model):
    """That a version is published when something has changed."""

    description: Text | None = None


def _publication(value: Any) -> Any:
    if isinstance(value, Word) and value.is_plain and value.lower() in ("true", "false"):
        return {} if value.lower() == "true" else None
    if isinstance(value, dict):
        return value
    raise shape_error("expected true, false or a mapping with description", value)


PublicationOrFlag = Annotated[
    Publication | None,
    BeforeValidator(_publication, json_schema_input_type=Boolean | Publication),
]


class AliasSettings(Model):
    """The version that an alias names."""

    version: _Version
    weight: Annotated[float, share()] | None = None
    description: Text | None = None


def _alias(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    # Checked here, since the file has no key version to point at.
    _VERSION.read(value)
    return {"version": value}


AliasMap = dict[
    str,
    Annotated[
        AliasSettings, BeforeValidator(_alias, json_schema_input_type=_Version | AliasSettings)
    ],
]
