"""Returns lists of RAM in pages: MaxItems and Marker."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from fc_client.local.cloud.inputs import whole_number
from fc_client.local.cloud.messages import ServiceError

__all__ = ["Listed", "page"]

Listed = list[tuple[str, dict[str, Any]]]

_DEFAULT_ITEMS = 100
_MAX_ITEMS = 1000


def page(
    parameters: Mapping[str, str], field: str, items: Callable[[str, int], Listed]
) -> dict[str, Any]:
    """Return the reply of a list.

    Args:
        parameters: MaxItems, 1 to 1000, default 100, and the Marker of the last page.
        field: The name of one item: ``Role`` for ``{"Roles": {"Role": [...]}}``.
        items: Returns at most a number of items after a name, each with its name.
    """
    limit = _max_items(parameters.get("MaxItems", ""))
    # One more than requested, to know whether another page follows.
    found = items(_decoded(parameters.get("Marker", "")), limit + 1)
    documents = [document for _, document in found[:limit]]
    plural = f"{field[:-1]}ies" if field.endswith("y") else f"{field}s"
    reply: dict[str, Any] = {plural: {field: documents}, "IsTruncated": len(found) > limit}
    if len(found) > limit:
        reply["Marker"] = base64.urlsafe_b64encode(found[limit - 1][0].encode()).decode()
    return reply


def _max_items(text: str) -> int:
    if not text:
        return _DEFAULT_ITEMS
    number = whole_number(text, 1, _MAX_ITEMS)
    if number is None:
        raise ServiceError(
            400,
            "InvalidParameter.MaxItems",
            f"MaxItems must be 1 to {_MAX_ITEMS}, got {text!r}.",
        )
    return number


def _decoded(marker: str) -> str:
    try:
        return base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as exc:
        raise ServiceError(
            400, "InvalidParameter.Marker", f"Marker is not one of this server: {marker!r}."
        ) from exc
