"""Removes code that no function uses any more."""

from __future__ import annotations

import logging

from fc_client.local.api.backend import Backend
from fc_client.local.storage.store import StoreError

__all__ = ["remove_unused"]

logger = logging.getLogger("fc_client.local")


def remove_unused(backend: Backend, checksum: str) -> None:
    """Remove a zip without a function; if that fails, the next start removes it."""
    try:
        if checksum not in backend.store.code_checksums():
            backend.code.remove_zip(checksum)
    except (StoreError, OSError) as exc:
        # The change itself is stored.
        logger.error("unused code %s stays: %s", checksum, exc)  # noqa: TRY400
