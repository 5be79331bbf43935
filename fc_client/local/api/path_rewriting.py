"""Rewrites the paths of requests to custom domains.

The ``rewriteConfig`` of a route has rules of three kinds. A path is rewritten by the first
rule that matches it: of the equal rules, then of the wildcard rules, then of the regex rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

from fc_client.local.api.errors import invalid_argument

__all__ = ["check_rewrite_config", "rewrite_path"]

_GROUP = re.compile(r"\$(?:([0-9]{1,2})|\{([0-9]{1,2})\})")
# What RFC 3986 allows in a path besides letters, digits and "-._~".
_UNQUOTED = "/!$&'()*+,;=:@"
_MAX_RULES = 100
_MAX_LENGTH = 1024


def _equal(match: str) -> re.Pattern[str]:
    return re.compile(rf"\A{re.escape(match)}\Z")


def _wildcard(match: str) -> re.Pattern[str]:
    parts = (re.escape(part) for part in match.split("*"))
    return re.compile(rf"\A{'(.*)'.join(parts)}\Z", re.DOTALL)


# In the order in which they are tried; each makes a pattern of what a rule matches.
_KINDS: Mapping[str, Callable[[str], re.Pattern[str]]] = {
    "equalRules": _equal,
    "wildcardRules": _wildcard,
    "regexRules": re.compile,
}


def rewrite_path(config: Mapping[str, Any] | None, path: str) -> str:
    """Return the path that a function sees in place of *path*, both percent-encoded.

    Args:
        config: The ``rewriteConfig`` of a route, if it has one.
        path: The path as the client sent it.
    """
    # Bytes that are not UTF-8 stay as they are.
    decoded = unquote(path, errors="surrogateescape")
    for kind in _KINDS:
        for rule in (config or {}).get(kind) or ():
            found = _pattern(kind, rule["match"]).search(decoded)
            if found is not None:
                start, end = found.span()
                new = decoded[:start] + _expand(rule["replacement"], found) + decoded[end:]
                return quote(f"/{new.removeprefix('/')}", _UNQUOTED, errors="surrogateescape")
    return path


def check_rewrite_config(where: str, config: Mapping[str, Any]) -> None:
    """Raise ApiError unless all rules of a configuration are valid.

    Args:
        where: Name of the field, for the message.
        config: The configuration.
    """
    for kind in _KINDS:
        rules = config.get(kind)
        if rules is None:
            continue
        if not isinstance(rules, list) or len(rules) > _MAX_RULES:
            raise invalid_argument(f"{where}.{kind}", f"must be a list of at most {_MAX_RULES}")
        for number, rule in enumerate(rules):
            _check_rule(f"{where}.{kind}[{number}]", kind, rule)


def _check_rule(where: str, kind: str, rule: Any) -> None:
    if not isinstance(rule, dict):
        raise invalid_argument(where, "must be an object")
    for name in ("match", "replacement"):
        value = rule.get(name)
        if not isinstance(value, str) or len(value) > _MAX_LENGTH:
            raise invalid_argument(
                f"{where}.{name}", f"is required and must have at most {_MAX_LENGTH} characters"
            )
    try:
        _pattern(kind, rule["match"])
    # A pattern may be deprecated, which is an error under python -W error.
    except (re.error, RecursionError, OverflowError, Warning) as exc:
        raise invalid_argument(
            f"{where}.match", f"is not a valid regular expression: {exc}"
        ) from exc


@lru_cache(maxsize=256)
def _pattern(kind: str, match: str) -> re.Pattern[str]:
    return _KINDS[kind](match)


def _expand(replacement: str, found: re.Match[str]) -> str:
    """Return a replacement with the groups that ``$1`` and ``${1}`` name; others are empty."""

    def group(name: re.Match[str]) -> str:
        number = int(name[1] or name[2])
        return (found[number] or "") if number <= found.re.groups else ""

    return _GROUP.sub(group, replacement)
