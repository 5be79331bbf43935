"""Lists resources in pages: limit, prefix, startKey and nextToken."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from fc_client.local.api.errors import invalid_argument
from fc_client.local.api.validation import integer_between
from fc_client.local.storage.schema import Kind, Record
from fc_client.local.storage.store import Store

__all__ = ["decode_token", "encode_token", "list_numbered", "list_page", "list_records"]

_FORWARD, _BACKWARD = "FORWARD", "BACKWARD"
# Within the integers of the database.
_NUMBER = re.compile(r"[0-9]{1,18}")

# The content of a token before encoding. Tokens are opaque to clients.
_TOKEN = re.compile(r"after:([A-Za-z0-9_.#/-]+)")


def list_page(
    store: Store, kind: Kind, parent: tuple[str, ...], query: Mapping[str, str], items: str
) -> dict[str, Any]:
    """Return the reply of a List operation.

    Args:
        store: The store with the resources.
        kind: The kind of resource to list.
        parent: The key of their parent.
        query: The query of the request.
        items: The key of the list in the reply.

    Raises:
        ApiError: InvalidArgument, for a bad limit or nextToken.
    """
    records, token = list_records(store, kind, parent, query)
    return {items: [record.document for record in records], **token}


def list_records(
    store: Store,
    kind: Kind,
    parent: tuple[str, ...],
    query: Mapping[str, str],
    *,
    within: str = "",
    accepts: Callable[[Record], bool] | None = None,
) -> tuple[list[Record], dict[str, str]]:
    """Return one page of resources, and the nextToken of the reply if another page follows.

    An empty value in the query counts as missing: the guide's own example
    sends ``nextToken=&prefix=&startKey=``.

    Args:
        store: The store with the resources.
        kind: The kind of resource to list.
        parent: The key of their parent.
        query: The query of the request.
        within: The start of the names of all resources of this list. Prefix and
            startKey of the query continue it.
        accepts: Returns whether a resource belongs to the list; None for all.

    Raises:
        ApiError: InvalidArgument, for a bad limit or nextToken.
    """
    limit = integer_between("limit", query.get("limit") or "20", 1, 100)
    after = decode_token(query.get("nextToken", ""))
    start = query.get("startKey", "")
    found = _records(
        store,
        kind,
        parent,
        # One more than requested, to know whether another page follows.
        limit=limit + 1,
        prefix=within + query.get("prefix", ""),
        start=within + start if start and not after else "",
        after=after,
    )
    records = list(islice(filter(accepts, found) if accepts else found, limit + 1))
    page = records[:limit]
    token = {"nextToken": encode_token(page[-1].key[-1])} if len(records) > limit else {}
    return page, token


def _records(
    store: Store,
    kind: Kind,
    parent: tuple[str, ...],
    *,
    limit: int,
    prefix: str,
    start: str,
    after: str,
) -> Iterator[Record]:
    """Return resources in the order of their names; *limit* are read at a time."""
    while True:
        records = store.page(kind, parent, limit=limit, prefix=prefix, start=start, after=after)
        yield from records
        if len(records) < limit:
            return
        after = records[-1].key[-1]


def list_numbered(
    store: Store, kind: Kind, parent: tuple[str, ...], query: Mapping[str, str], items: str
) -> dict[str, Any]:
    """Return the reply of a List operation of what has numbers, not names: versions.

    Args:
        store: The store with the resources.
        kind: The kind of resource to list.
        parent: The key of their parent.
        query: The query of the request. Its *direction* is FORWARD or, by
            default, BACKWARD: the newest first.
        items: The key of the list in the reply.

    Raises:
        ApiError: InvalidArgument, for a bad limit, direction, startKey or nextToken.
    """
    direction = query.get("direction") or _BACKWARD
    if direction not in (_FORWARD, _BACKWARD):
        raise invalid_argument("direction", f"must be FORWARD or BACKWARD, got {direction!r}")
    limit = integer_between("limit", query.get("limit") or "20", 1, 100)
    after = decode_token(query.get("nextToken", ""))
    start = "" if after else query.get("startKey", "")
    for name, value in (("nextToken", after), ("startKey", start)):
        if value and _NUMBER.fullmatch(value) is None:
            raise invalid_argument(name, f"must be of a number, got {value!r}")
    records = store.page(
        kind,
        parent,
        limit=limit + 1,
        start=start,
        after=after,
        descending=direction == _BACKWARD,
    )
    page = {items: [record.document for record in records[:limit]], "direction": direction}
    if len(records) > limit:
        page["nextToken"] = encode_token(records[limit - 1].key[-1])
    return page


def encode_token(name: str) -> str:
    """Return the token of the page after this name."""
    return base64.urlsafe_b64encode(f"after:{name}".encode()).decode()


def decode_token(token: str) -> str:
    """Return the name after which the page starts; "" without a token.

    Raises:
        ApiError: InvalidArgument, for a token that :func:`encode_token` has not made.
    """
    if not token:
        return ""
    try:
        text = base64.b64decode(token, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as exc:
        raise invalid_argument("nextToken", f"is not a token of this server: {token!r}") from exc
    match = _TOKEN.fullmatch(text)
    if match is None:
        raise invalid_argument("nextToken", f"is not a token of this server: {token!r}")
    return match[1]
