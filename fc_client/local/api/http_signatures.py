"""Checks who calls an HTTP function, and the limits of such calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import unquote, unquote_plus

from fc_client.local.api import authentication
from fc_client.local.api.errors import invalid_argument

__all__ = ["check_call", "check_limits", "queries_of"]

_MAX_HEADERS = 8 * 1024
_MAX_TARGET = 4 * 1024

Queries = dict[str, list[str]]


def queries_of(query: str) -> Queries:
    """Return the decoded parameters of a query; one without ``=`` has no values."""
    queries: Queries = {}
    for part in filter(None, query.split("&")):
        name, equals, value = part.partition("=")
        values = queries.setdefault(unquote_plus(name), [])
        if equals:
            values.append(unquote_plus(value))
    return queries


def check_limits(target: str, headers: Mapping[str, str]) -> None:
    """Raise ApiError for a path or headers that are longer than the service accepts."""
    if len(target) > _MAX_TARGET:
        raise invalid_argument(
            "path", f"must have at most {_MAX_TARGET} bytes with its query, got {len(target)}"
        )
    size = sum(len(name) + len(value.encode()) for name, value in headers.items())
    if size > _MAX_HEADERS:
        raise invalid_argument("headers", f"must have at most {_MAX_HEADERS} bytes, got {size}")


def check_call(
    keys: authentication.Keys,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    now: float,
    is_frozen: Callable[[], bool],
) -> None:
    """Raise ApiError unless a call is signed, in its headers or its query.

    Args:
        keys: The access key that the server accepts.
        method: The HTTP method.
        path: The path as sent. The service signs the decoded path, the official
            Node SDK the one that it sends: both are accepted.
        query: The query as sent.
        headers: All headers, names in lower case.
        now: Seconds since the epoch.
        is_frozen: As for :func:`authentication.check_signature`.
    """
    queries = queries_of(query)
    if "x-fc-signature" in queries and "authorization" not in headers:
        authentication.check_presigned_call(keys, method, unquote(path), queries, headers, now)
    else:
        authentication.check_signature(
            keys, method, unquote(path), path, headers, now, is_frozen, queries
        )
