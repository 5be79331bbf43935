"""Stores code of requests, with errors of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fc_client._threads import run_blocking
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.storage.code_storage import CodeTooLargeError, InvalidCodeError, StoredCode

__all__ = ["store_code"]


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
