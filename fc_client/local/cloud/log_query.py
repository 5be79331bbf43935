"""Searches entries with the part of Log Service's query language that is in use.

A query is words and phrases, all of which an entry must have: ``hello``,
``"cold start"``, ``functionName: hello``, ``not error``, ``err*``. A word is
compared with the tokens of the fields that the index of the logstore names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fc_client.local.cloud.messages import ServiceError

__all__ = ["Query", "parse_query"]

_PART = re.compile(
    r"\s*(?:(?P<not>not)\s+)?(?:(?P<field>[A-Za-z_][\w.-]*)\s*:\s*)?"
    r'(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"()|:]+))',
    re.IGNORECASE,
)
_UNSUPPORTED = re.compile(r"\b(?:or)\b|[()|<>]|\[", re.IGNORECASE)


@dataclass(frozen=True)
class _Condition:
    field: str | None
    text: str
    is_phrase: bool
    is_negated: bool


@dataclass(frozen=True)
class Query:
    """A parsed query, and the index that it uses."""

    conditions: tuple[_Condition, ...]
    index: Mapping[str, Any]

    def matches(self, entry: Mapping[str, str]) -> bool:
        """Return whether an entry satisfies all conditions."""
        return all(
            self._is_found(condition, entry) is not condition.is_negated
            for condition in self.conditions
        )

    def _is_found(self, condition: _Condition, entry: Mapping[str, str]) -> bool:
        fields = self._fields(entry) if condition.field is None else {condition.field}
        for field in fields:
            settings = self._settings(field)
            value, wanted = entry.get(field, ""), condition.text
            if not settings.get("caseSensitive", False):
                value, wanted = value.lower(), wanted.lower()
            if _has(value, wanted, settings, is_phrase=condition.is_phrase):
                return True
        return False

    def _fields(self, entry: Mapping[str, str]) -> set[str]:
        """Return the fields that a condition without a field searches."""
        return set(entry) if "line" in self.index else set(self.index.get("keys") or {})

    def _settings(self, field: str) -> Mapping[str, Any]:
        keys = self.index.get("keys") or {}
        settings: Mapping[str, Any] = keys.get(field) or self.index.get("line") or {}
        return settings


def _has(value: str, wanted: str, settings: Mapping[str, Any], *, is_phrase: bool) -> bool:
    separators = [each for each in settings.get("token") or () if isinstance(each, str)]
    if is_phrase or any(separator in wanted for separator in separators):
        return wanted in value
    tokens = re.split("|".join(map(re.escape, separators)), value) if separators else [value]
    if wanted.endswith("*"):
        return any(token.startswith(wanted[:-1]) for token in tokens)
    return wanted in tokens


def parse_query(text: str, index: Mapping[str, Any]) -> Query:
    """Return a query.

    Args:
        text: The query; "" and "*" match every entry.
        index: The index of the logstore.

    Raises:
        ServiceError: ParameterInvalid, for a query that is malformed or
            not supported here, or a field that the index does not have.
    """
    if text.strip() in ("", "*"):
        return Query((), index)
    outside = re.sub('"[^"]*"', "", text)
    if _UNSUPPORTED.search(outside):
        raise _invalid(
            f"the embedded Log Service supports words, phrases, field:value, and, not; got {text!r}"
        )
    conditions = []
    for part in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE):
        position = 0
        while position < len(part.rstrip()):
            match = _PART.match(part, position)
            if match is None:
                raise _invalid(f"the query is malformed: {text!r}")
            conditions.append(_condition(match, index))
            position = match.end()
    return Query(tuple(conditions), index)


def _condition(match: re.Match[str], index: Mapping[str, Any]) -> _Condition:
    field = match["field"]
    if field is not None and field not in (index.get("keys") or {}):
        raise _invalid(f"key ({field}) is not config as key value config in the index")
    phrase = match["phrase"]
    text = match["word"] if phrase is None else phrase
    return _Condition(field, text, phrase is not None, match["not"] is not None)


def _invalid(problem: str) -> ServiceError:
    return ServiceError(400, "ParameterInvalid", problem)
