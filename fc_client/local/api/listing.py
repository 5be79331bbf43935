"""Pages of resources: limit, prefix, startKey and nextToken."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from fc_client.local.api.errors import invalid_argument
from fc_client.local.api.validation import integer_between
from fc_client.local.storage.schema import Kind
from fc_client.local.storage.store import Store

__all__ = ["list_page"]

# What a token says before it is encoded; a token is opaque to callers.
_TOKEN = re.compile(r"after:([A-Za-z0-9_-]+)")


def list_page(
    store: Store, kind: Kind, parent: tuple[str, ...], query: Mapping[str, str], items: str
) -> dict[str, Any]:
    """Return the reply of a List operation.

    An empty query value counts as one that is not there: the guide's own
    example sends ``nextToken=&prefix=&startKey=``.

    Args:
        store: Where the resources are.
        kind: What to list.
        parent: The key of their parent.
        query: The request's query.
        items: The reply's key for the list.

    Raises:
        ApiError: InvalidArgument, for a bad limit or nextToken.
    """
    limit = integer_between("limit", query.get("limit") or "20", 1, 100)
    after = _decode_token(query.get("nextToken", ""))
    records = store.page(
        kind,
        parent,
        # One more than asked for, to know whether another page follows.
        limit=limit + 1,
        prefix=query.get("prefix", ""),
        start="" if after else query.get("startKey", ""),
        after=after,
    )
    page = records[:limit]
    documents = [record.document for record in page]
    if len(records) > limit:
        return {items: documents, "nextToken": _encode_token(page[-1].key[-1])}
    return {items: documents}


def _encode_token(name: str) -> str:
    return base64.urlsafe_b64encode(f"after:{name}".encode()).decode()


def _decode_token(token: str) -> str:
    """Return the name after which to go on, "" without a token."""
    if not token:
        return ""
    try:
        text = base64.b64decode(token, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as exc:
        raise invalid_argument("nextToken", "is none that this server gave") from exc
    match = _TOKEN.fullmatch(text)
    if match is None:
        raise invalid_argument("nextToken", "is none that this server gave")
    return match[1]
