"""Lists the logs of functions, for fcli; in the cloud they are in Log Service."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import invalid_argument
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.storage.reading import read_logs

__all__ = ["list_logs"]

# Entries on a page: each is the log of one invocation.
_PAGE_SIZE = 100


async def list_logs(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /fc-local/logs?service=S[&function=F][&requestId=R][&after=ID].

    The reply has the oldest entries after *after*, at most 100.
    """
    query = request.query
    after = query.get("after", "0")
    if not query.get("service"):
        raise invalid_argument("service", "is required")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise invalid_argument("after", f"must be the id of an entry, got {after!r}")
    entries = await asyncio.to_thread(
        read_logs,
        backend.store.path,
        query["service"],
        query.get("function") or None,
        query.get("requestId") or None,
        int(after),
        _PAGE_SIZE,
    )
    return ApiReply(content={"entries": [asdict(entry) for entry in entries]})
