"""Builds and extends the documents of policies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fc_client.exceptions import ResponseError

__all__ = ["as_text", "parse_document", "policy_document", "trust_document", "with_statement"]

Document = dict[str, Any]


def trust_document(*services: str) -> Document:
    """Return the document of a role that services, such as fc.aliyuncs.com, may assume."""
    statement = {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
    }
    return {"Statement": [statement], "Version": "1"}


def policy_document(actions: Sequence[str], resources: Sequence[str]) -> Document:
    """Return the document of a policy that allows *actions* on *resources*."""
    return {"Version": "1", "Statement": [_statement(actions, resources)]}


def with_statement(
    document: Document, actions: Sequence[str], resources: Sequence[str]
) -> Document:
    """Return a document that allows *actions* on *resources* as well.

    All of its statements remain. It is *document* itself if that allows them already.
    """
    statements = document.get("Statement", [])
    if any(_allows(statement, actions, resources) for statement in statements):
        return document
    return {**document, "Statement": [*statements, _statement(actions, resources)]}


def _statement(actions: Sequence[str], resources: Sequence[str]) -> Document:
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def _allows(statement: Mapping[str, Any], actions: Sequence[str], resources: Sequence[str]) -> bool:
    """Return whether a statement names all of these; wildcards but "*" are not looked into."""
    return (
        statement.get("Effect") == "Allow"
        and not statement.get("Condition")
        and _names_all(statement.get("Action"), actions)
        and _names_all(statement.get("Resource"), resources)
    )


def _names_all(given: object, wanted: Sequence[str]) -> bool:
    named = given if isinstance(given, list) else [given]
    return "*" in named or set(wanted) <= {each for each in named if isinstance(each, str)}


def as_text(document: Mapping[str, Any] | str) -> str:
    """Return a document as JSON; a text is returned as it is."""
    return document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)


def parse_document(text: str | None) -> Document | None:
    """Return the document in a response, or None without one.

    Raises:
        ResponseError: it is not a JSON object.
    """
    if not text:
        return None
    try:
        document = json.loads(text)
    except ValueError as exc:
        raise ResponseError(f"the response has a policy that is not JSON: {exc}") from exc
    if not isinstance(document, dict):
        raise ResponseError("the response has a policy that is not a JSON object")
    return document
