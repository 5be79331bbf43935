"""Builds and extends the documents of policies."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fc_client.exceptions import ResponseError

__all__ = [
    "as_text",
    "parse_document",
    "policy_document",
    "trust_document",
    "trusts",
    "with_statement",
]

Document = dict[str, Any]

_ASSUME = "sts:AssumeRole"


def trust_document(*services: str) -> Document:
    """Return the document of a role that services, such as fc.aliyuncs.com, may assume."""
    statement = {
        "Action": _ASSUME,
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
    }
    return {"Statement": [statement], "Version": "1"}


def trusts(document: Mapping[str, Any] | None, service: str) -> bool:
    """Return whether a service may assume the role of a document.

    A statement must allow it, and none may deny it. Conditions are not looked into: one
    that allows under a condition counts, one that denies under a condition does not.
    """
    statements = [
        each for each in _as_list((document or {}).get("Statement")) if isinstance(each, Mapping)
    ]
    about = [each for each in statements if _is_about(each, service)]
    return any(each.get("Effect") == "Allow" for each in about) and not any(
        each.get("Effect") == "Deny" and not each.get("Condition") for each in about
    )


def _is_about(statement: Mapping[str, Any], service: str) -> bool:
    """Return whether a statement says whether a service may assume the role."""
    principal = statement.get("Principal")
    services = _as_list(principal.get("Service")) if isinstance(principal, Mapping) else []
    return service in services and any(
        isinstance(each, str) and _matches(each, _ASSUME)
        for each in _as_list(statement.get("Action"))
    )


def _matches(pattern: str, action: str) -> bool:
    """Return whether a pattern with ``*`` and ``?`` covers an action, in any case of letters."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, action, re.IGNORECASE) is not None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


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
    named = _as_list(given)
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
