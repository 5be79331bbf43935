"""Stores the resources of the stand-ins: documents by kind and name."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from fc_client.local.cloud.messages import ServiceError
from fc_client.local.storage.schema import CLOUD_RESOURCE
from fc_client.local.storage.store import Store, StoreError

__all__ = ["Collection", "as_service_error"]

logger = logging.getLogger("fc_client.local")

# More than a local server has of anything.
_ALL = 1_000_000


@dataclass(frozen=True)
class Collection:
    """The resources of one kind, such as ``ram.role``.

    Names are unique within a kind, and listed in bytewise order.
    """

    store: Store
    kind: str

    def get(self, name: str) -> dict[str, Any] | None:
        """Return a document, or None if it does not exist."""
        record = self.store.get(CLOUD_RESOURCE, (self.kind, name))
        return None if record is None else record.document

    def put(self, name: str, document: dict[str, Any]) -> dict[str, Any]:
        """Store a new document or a new version of one, and return it."""
        return self.store.put(CLOUD_RESOURCE, (self.kind, name), document).document

    def delete(self, name: str) -> None:
        """Delete a document."""
        self.store.delete(CLOUD_RESOURCE, (self.kind, name))

    def list(self, prefix: str = "", after: str = "", limit: int = _ALL) -> list[dict[str, Any]]:
        """Return documents whose names start with *prefix* and come after *after*."""
        records = self.store.page(
            CLOUD_RESOURCE, (self.kind,), limit=limit, prefix=prefix, after=after
        )
        return [record.document for record in records]


def as_service_error(error: ServiceError | StoreError, code: str) -> ServiceError:
    """Return the error that the client gets; *code* is that of a failure of the server."""
    if isinstance(error, ServiceError):
        return error
    # A full or read-only disk: what to do about it is in the message.
    logger.error("a request to a stand-in failed: %s", error)
    return ServiceError(500, code, str(error))
