"""Stores code of requests, with errors of the API."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from fc_client._threads import run_blocking
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.storage.code_storage import CodeTooLargeError, InvalidCodeError, StoredCode

__all__ = ["store_code", "take_code"]

_CONTAINER = "custom-container"
# A zip without files.
_NO_CODE = {"zipFile": base64.b64encode(b"PK\5\6" + bytes(18)).decode()}


def take_code(document: dict[str, Any]) -> dict[str, Any]:
    """Remove the code from the fields of a new function, and return it.

    Functions in containers need none: they get a zip without files.

    Raises:
        ApiError: another function has no code, or it is in a container without settings.
    """
    code: dict[str, Any] | None = document.pop("code", None)
    if code is not None:
        return code
    if not document["runtime"].startswith(_CONTAINER):
        raise invalid_argument("code", "is required and must be an object")
    if not document.get("customContainerConfig"):
        raise invalid_argument("customContainerConfig", "is required for a function without code")
    return _NO_CODE


async def store_code(put: Callable[..., StoredCode], *args: Any) -> StoredCode:
    """Call a method that stores code, in a thread.

    Raises:
        ApiError: EntityTooLarge, or InvalidArgument for code that cannot be used.
    """
    try:
        # In a thread, so that unpacking a large zip does not delay invocations.
        return await run_blocking(put, *args)
    except CodeTooLargeError as exc:
        raise ApiError("EntityTooLarge", f"code: {exc}") from exc
    except InvalidCodeError as exc:
        raise invalid_argument("code", str(exc)) from exc
