"""Returns lists of API Gateway in pages: PageNumber and PageSize."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fc_client.local.cloud.inputs import whole_number
from fc_client.local.cloud.messages import ServiceError

__all__ = ["page"]

_DEFAULT_SIZE = 10
_MAX_SIZE = 100
_MAX_NUMBER = 1_000_000


def page(
    parameters: Mapping[str, str], plural: str, field: str, items: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return the reply of a list.

    Args:
        parameters: PageNumber, from 1 on, and PageSize, 1 to 100, default 10.
        plural: The field of the reply: ``ApiSummarys``.
        field: The field below it: ``ApiSummary``.
        items: All items, in order.
    """
    number = _integer(parameters, "PageNumber", 1, _MAX_NUMBER)
    size = _integer(parameters, "PageSize", _DEFAULT_SIZE, _MAX_SIZE)
    return {
        "TotalCount": len(items),
        "PageNumber": number,
        "PageSize": size,
        plural: {field: list(items[(number - 1) * size : number * size])},
    }


def _integer(parameters: Mapping[str, str], name: str, default: int, largest: int) -> int:
    text = parameters.get(name, "")
    if not text:
        return default
    number = whole_number(text, 1, largest)
    if number is None:
        raise ServiceError(
            400,
            "InvalidParameter",
            f"{name} must be an integer, 1 to {largest}, got {text!r}.",
        )
    return number
