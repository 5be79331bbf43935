"""What the models of the file of a project have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.fields import FieldInfo

from fc_client.fun.project.types import NOTHING, Text, pattern, shape_error

__all__ = ["NAME", "REGION", "LogConfig", "Model", "RoleName"]

REGION = "[a-z]+(?:-[a-z0-9]+)+"
NAME = r"[A-Za-z_][A-Za-z0-9_\-]*"
RoleName = Annotated[
    str,
    pattern(
        r"acs:ram::[0-9]+:role/\S+|[A-Za-z0-9.\-]{1,64}", "must be the ARN or the name of a role"
    ),
]


class Model(BaseModel):
    """A mapping with fixed keys; others must begin with ``x-``, and are left alone."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)

    @model_validator(mode="before")
    @classmethod
    def _without_ignored(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise shape_error("expected a mapping", value)
        by_key = {field.alias or key: field for key, field in cls.model_fields.items()}
        return {
            key: NOTHING if each is None and _is_section(by_key.get(key)) else each
            for key, each in value.items()
            if not key.startswith("x-") and not (each is None and _may_be_empty(by_key.get(key)))
        }

    @property
    def defaults(self) -> dict[str, Any]:
        """The settings that the file does not have, by their keys, and what they are.

        ``parameters.q.type`` is that of the parameter q.
        """
        return dict(self._defaults())

    def _defaults(self) -> Iterator[tuple[str, Any]]:
        for name, field in type(self).model_fields.items():
            key, value = field.alias or name, getattr(self, name)
            if isinstance(value, Model):
                yield from _prefixed(key, value)
            elif _is_list_of_models(value):
                for each in value:
                    yield from _prefixed(f"{key}.{each.name}", each)
            elif name not in self.model_fields_set and value not in (None, "", (), {}):
                yield key, value


def _prefixed(prefix: str, model: Model) -> Iterator[tuple[str, Any]]:
    return ((f"{prefix}.{key}", value) for key, value in model.defaults.items())


def _is_list_of_models(value: object) -> bool:
    return isinstance(value, tuple) and any(isinstance(each, Model) for each in value)


def _may_be_empty(field: FieldInfo | None) -> bool:
    """Return whether a key without a value means the same as no key: that of an optional text."""
    if field is None or field.is_required():
        return False
    kinds = [field.annotation, *get_args(field.annotation)]
    return not any(get_origin(kind) in (tuple, dict) or _is_model(kind) for kind in kinds)


def _is_section(field: FieldInfo | None) -> bool:
    """Return whether a key is that of a mapping, which a file that is half written may lack."""
    return field is not None and any(map(_is_model, get_args(field.annotation)))


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


class LogConfig(Model):
    """Where the logs of a service's functions are written."""

    project: Text
    logstore: Text
