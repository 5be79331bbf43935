"""Creates, gets, changes, lists and deletes triggers."""

from __future__ import annotations

import logging

from fc_client.local.api import validation
from fc_client.local.api.backend import Backend
from fc_client.local.api.listing import list_page
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.resources import (
    check_if_match,
    create,
    find_function,
    find_trigger,
    read_document,
    reply_of,
    require_absent,
    update,
)
from fc_client.local.storage.schema import TRIGGER

__all__ = ["create_trigger", "delete_trigger", "get_trigger", "list_triggers", "update_trigger"]

logger = logging.getLogger("fc_client.local")


async def create_trigger(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST .../functions/{functionName}/triggers (guide: CreateTrigger)."""
    function = find_function(backend.store, request)
    document = validation.trigger_document(read_document(request))
    key = (*function.key, document["triggerName"])
    require_absent(backend.store, TRIGGER, key)
    reply = create(backend, TRIGGER, key, document)
    if document["triggerType"] == "oss" and not backend.triggers.has_buckets:
        logger.warning(
            "OSS trigger %s never fires: start the server with oss_root (--oss-root)",
            "/".join(key),
        )
    await backend.triggers.refresh()
    return reply


async def list_triggers(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../functions/{functionName}/triggers (guide: ListTriggers)."""
    function = find_function(backend.store, request)
    return ApiReply(
        content=list_page(backend.store, TRIGGER, function.key, request.query, "triggers")
    )


async def get_trigger(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../triggers/{triggerName} (guide: GetTrigger)."""
    return reply_of(find_trigger(backend.store, request))


async def update_trigger(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT .../triggers/{triggerName} (guide: UpdateTrigger)."""
    record = find_trigger(backend.store, request)
    document = read_document(request)
    changes = validation.trigger_update(document, record.document)
    check_if_match(record, request)
    reply = update(backend, TRIGGER, record, changes)
    await backend.triggers.refresh()
    return reply


async def delete_trigger(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE .../triggers/{triggerName} (guide: DeleteTrigger)."""
    record = find_trigger(backend.store, request)
    check_if_match(record, request)
    backend.store.delete(TRIGGER, record.key)
    await backend.triggers.refresh()
    return ApiReply(204)
