"""Reads values of the parameters of API Gateway, and refuses those that are not valid."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from fc_client.local.cloud.inputs import json_value
from fc_client.local.cloud.messages import ServiceError
from fc_client.local.cloud.rpc_signatures import required

__all__ = ["choice", "invalid", "json_list", "json_object", "name", "text"]

_MAX_NAME = 50


def invalid(field: str, problem: str) -> ServiceError:
    """Return the InvalidParameter error of a field."""
    return ServiceError(400, "InvalidParameter", f"{field} {problem}.")


def name(parameters: Mapping[str, str], field: str) -> str:
    """Return the name of a group or an API."""
    value = required(parameters, field)
    if len(value) > _MAX_NAME or not value.isprintable():
        raise invalid(field, f"must have 1 to {_MAX_NAME} printable characters, got {value!r}")
    return value


def json_object(parameters: Mapping[str, str], field: str) -> dict[str, Any] | None:
    """Return a parameter that is a JSON object, or None without it."""
    found: dict[str, Any] | None = _json(parameters, field, dict, "a JSON object")
    return found


def json_list(parameters: Mapping[str, str], field: str) -> list[dict[str, Any]]:
    """Return a parameter that is a JSON list of objects, or an empty list without it."""
    found = _json(parameters, field, list, "a JSON list") or []
    if not all(isinstance(each, dict) for each in found):
        raise invalid(field, "must be a JSON list of objects")
    return found


def _json(parameters: Mapping[str, str], field: str, kind: type, description: str) -> Any:
    source = parameters.get(field, "")
    if not source:
        return None
    try:
        value = json_value(source)
    except ValueError as exc:
        raise invalid(field, f"must be {description}: {exc}") from exc
    if not isinstance(value, kind):
        raise invalid(field, f"must be {description}, got {source[:100]!r}")
    return value


def text(document: Mapping[str, Any], path: str, *, default: str | None = None) -> str:
    """Return a text of a document.

    Args:
        document: What has the text.
        path: The name of the text, after those of what it is part of:
            ``RequestConfig.RequestPath``.
        default: Returned if the document does not have it; None if it must.
    """
    value = document.get(path.rpartition(".")[2])
    if value is None or value == "":
        if default is None:
            raise ServiceError(400, "MissingParameter", f"The parameter {path} is required.")
        return default
    if not isinstance(value, str):
        raise invalid(path, f"must be a text, got {value!r}")
    return value


def choice(
    document: Mapping[str, Any], path: str, allowed: Collection[str], default: str | None = None
) -> str:
    """Return a text of a document that must be one of *allowed*."""
    value = text(document, path, default=default)
    if value not in allowed:
        raise invalid(path, f"must be one of {', '.join(allowed)}, got {value!r}")
    return value
