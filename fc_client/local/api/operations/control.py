"""Answers the commands status and reset of fc-local; these are no operations of the service."""

from __future__ import annotations

from fc_client.local.api.backend import Backend
from fc_client.local.api.messages import ApiReply, ApiRequest

__all__ = ["clear", "get_status", "reset"]


async def get_status(backend: Backend, _request: ApiRequest) -> ApiReply:
    """GET /fc-local/status."""
    return ApiReply(content={"instances": backend.invocations.pools.count()})


async def reset(backend: Backend, _request: ApiRequest) -> ApiReply:
    """POST /fc-local/reset."""
    await clear(backend)
    return ApiReply(204)


async def clear(backend: Backend) -> None:
    """Remove all resources, queued invocations, logs, instances and code."""
    async with backend.code_lock:
        backend.store.clear()
        backend.cloud.reset()
        await backend.triggers.refresh()
        await backend.invocations.reset()
        backend.code.sweep(())
        backend.code.layers.sweep(())
