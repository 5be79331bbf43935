"""Creates, gets, changes, lists and deletes triggers."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from fc_client.local.api import validation
from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.api.listing import list_records
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.resources import (
    check_if_match,
    create,
    find_function,
    find_trigger,
    read_document,
    reply_of,
    require_absent,
    require_empty,
    update,
)
from fc_client.local.api.operations.views import trigger_view
from fc_client.local.storage.schema import FUNCTION, LATEST, TRIGGER, Record
from fc_client.local.storage.store import Store
from fc_client.local.storage.versions import (
    MissingResourceError,
    find_service,
    plain_qualifier,
    resolve,
)

__all__ = [
    "create_trigger",
    "delete_trigger",
    "get_trigger",
    "list_triggers",
    "require_no_triggers",
    "update_trigger",
]

logger = logging.getLogger("fc_client.local")

_HTTP = "http"
_EVENTBRIDGE = "eventbridge"
_EVENTBRIDGE_HEADER = "x-fc-enable-eventbridge-trigger"
# More triggers than a function can have.
_ALL = 1000


async def create_trigger(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST .../functions/{functionName}/triggers (guide: CreateTrigger)."""
    function = find_function(backend.store, request)
    document = validation.trigger_document(read_document(request))
    key = (*function.key, document["triggerName"])
    _check_enabled(request, document)
    _check_conflict(backend, key, request)
    require_absent(backend.store, TRIGGER, key)
    _check_qualifier(backend.store, function.key[0], document)
    _check_types(backend.store, key, document)
    if other := _other_http(backend.store, key, document):
        raise ApiError("TriggerAlreadyExists", other)
    reply = create(backend, TRIGGER, key, document, partial(trigger_view, backend, request))
    if document["triggerType"] == "oss" and not backend.triggers.has_buckets:
        logger.warning(
            "OSS trigger %s never fires: start the server with oss_root (--oss-root)",
            "/".join(key),
        )
    await backend.triggers.refresh()
    return reply


def _check_qualifier(store: Store, service_name: str, document: dict[str, Any]) -> None:
    """Check that a new qualifier stands for a version; it may be deleted later.

    Raises:
        MissingResourceError: the version or the alias does not exist.
    """
    qualifier = document.get("qualifier") or ""
    find_service(store, service_name, resolve(store, service_name, qualifier))


def _check_types(store: Store, key: tuple[str, ...], document: dict[str, Any]) -> None:
    """Check that a function with an HTTP trigger has triggers of no other type."""
    is_http = document["triggerType"] == _HTTP
    for other in store.page(TRIGGER, key[:-1], limit=_ALL):
        kind = other.document["triggerType"]
        if (kind == _HTTP) != is_http:
            raise invalid_argument(
                "triggerType",
                "a function with an HTTP trigger takes no trigger of another type: "
                f"{key[-2]!r} has the {kind} trigger {other.key[-1]!r}",
            )


def _other_http(store: Store, key: tuple[str, ...], document: dict[str, Any]) -> str | None:
    """Say which other HTTP trigger has the qualifier of this one; None if there is none."""
    if document["triggerType"] != _HTTP:
        return None
    qualifier = plain_qualifier(document.get("qualifier") or "")
    for other in store.page(TRIGGER, key[:-1], limit=_ALL):
        fields = other.document
        if other.key == key or fields["triggerType"] != _HTTP:
            continue
        if plain_qualifier(fields.get("qualifier") or "") == qualifier:
            return (
                f"function {key[-2]!r} has the HTTP trigger {other.key[-1]!r} "
                f"for {qualifier or LATEST}"
            )
    return None


async def list_triggers(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../functions/{functionName}/triggers (guide: ListTriggers)."""
    function = find_function(backend.store, request)
    records, token = list_records(
        backend.store,
        TRIGGER,
        function.key,
        request.query,
        accepts=lambda trigger: _is_visible(trigger, request),
    )
    shown = [trigger_view(backend, request, record.document) for record in records]
    return ApiReply(content={"triggers": shown, **token})


async def get_trigger(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../triggers/{triggerName} (guide: GetTrigger)."""
    return reply_of(_find_visible(backend, request), partial(trigger_view, backend, request))


async def update_trigger(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT .../triggers/{triggerName} (guide: UpdateTrigger)."""
    record = _find_visible(backend, request)
    document = read_document(request)
    changes = validation.trigger_update(document, record.document)
    check_if_match(record, request)
    stored = record.document.get("qualifier")
    if changes.get("qualifier", stored) != stored:
        _check_qualifier(backend.store, record.key[0], changes)
    if other := _other_http(backend.store, record.key, {**record.document, **changes}):
        raise invalid_argument("qualifier", other)
    reply = update(backend, TRIGGER, record, changes, partial(trigger_view, backend, request))
    await backend.triggers.refresh()
    return reply


async def delete_trigger(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE .../triggers/{triggerName} (guide: DeleteTrigger)."""
    record = _find_visible(backend, request)
    check_if_match(record, request)
    backend.store.delete(TRIGGER, record.key)
    await backend.triggers.refresh()
    return ApiReply(204)


def _is_visible(trigger: Record, request: ApiRequest) -> bool:
    """Return whether a request may see a trigger: eventbridge triggers need a header."""
    enabled = request.headers.get(_EVENTBRIDGE_HEADER) == "enable"
    return enabled or trigger.document["triggerType"] != _EVENTBRIDGE


def _find_visible(backend: Backend, request: ApiRequest) -> Record:
    """Return the trigger of the path.

    Raises:
        MissingResourceError: it does not exist, or the request may not see it.
    """
    trigger = find_trigger(backend.store, request)
    if not _is_visible(trigger, request):
        raise MissingResourceError("Trigger", trigger.key[-1])
    return trigger


def _check_enabled(request: ApiRequest, document: validation.Document) -> None:
    enabled = request.headers.get(_EVENTBRIDGE_HEADER) == "enable"
    if document["triggerType"] == _EVENTBRIDGE and not enabled:
        raise invalid_argument(
            "triggerType", f"eventbridge needs the header {_EVENTBRIDGE_HEADER}: enable"
        )


def _check_conflict(backend: Backend, key: tuple[str, ...], request: ApiRequest) -> None:
    """Raise ApiError if an eventbridge trigger, which the request may not see, has the name."""
    trigger = backend.store.get(TRIGGER, key)
    if trigger is not None and not _is_visible(trigger, request):
        raise ApiError(
            "EventBridgeTriggerConflict", f"eventbridge trigger {key[-1]!r} already exists"
        )


def require_no_triggers(store: Store, function: Record, request: ApiRequest) -> None:
    """Raise ApiError if a function has triggers, with another code if the request sees none."""
    triggers = store.page(TRIGGER, function.key, limit=_ALL)
    if triggers and not any(_is_visible(trigger, request) for trigger in triggers):
        raise ApiError(
            "EventBridgeTriggerConflict",
            f"function {function.key[-1]!r} has the eventbridge trigger {triggers[0].key[-1]!r}: "
            f"send the header {_EVENTBRIDGE_HEADER}: enable to see and delete it",
        )
    require_empty(store, FUNCTION, function.key, TRIGGER)
