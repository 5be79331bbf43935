"""Lists resources in pages: limit, prefix, startKey and nextToken."""

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

# The content of a token before encoding. Tokens are opaque to clients.
_TOKEN = re.compile(r"after:([A-Za-z0-9_-]+)")


def list_page(
    store: Store, kind: Kind, parent: tuple[str, ...], query: Mapping[str, str], items: str
) -> dict[str, Any]:
    """Return the reply of a List operation.

    An empty value in the query counts as missing: the guide's own example
    sends ``nextToken=&prefix=&startKey=``.

    Args:
        store: The store with the resources.
        kind: The kind of resource to list.
        parent: The key of their parent.
        query: The query of the request.
        items: The key of the list in the reply.

    Raises:
        ApiError: InvalidArgument, for a bad limit or nextToken.
    """
    limit = integer_between("limit", query.get("limit") or "20", 1, 100)
    after = _decode_token(query.get("nextToken", ""))
    records = store.page(
        kind,
        parent,
        # One more than requested, to know whether another page follows.
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
    """Return the name after which the page starts; "" without a token."""
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
