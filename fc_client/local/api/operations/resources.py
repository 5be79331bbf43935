"""Finds, stores and shows resources: what the operations have in common."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from fc_client.local.api import validation
from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.storage.schema import FUNCTION, SERVICE, TRIGGER, FunctionKey, Kind, Record
from fc_client.local.storage.store import Store

__all__ = [
    "check_if_match",
    "create",
    "find_function",
    "find_service",
    "find_trigger",
    "function_key",
    "read_document",
    "reply_of",
    "require_absent",
    "require_empty",
    "update",
]

# The name of each kind of resource in error codes and messages.
_TITLES = {SERVICE: "Service", FUNCTION: "Function", TRIGGER: "Trigger"}
_NAMES = ("serviceName", "functionName", "triggerName")


def find_service(store: Store, request: ApiRequest) -> Record:
    """Return the service of the path.

    Raises:
        ApiError: InvalidArgument for its name, or ServiceNotFound.
    """
    return _find(store, SERVICE, request)


def find_function(store: Store, request: ApiRequest) -> Record:
    """Return the function of the path; the error is that of the outermost missing resource."""
    # Parents first: the 404 names the outermost resource that is missing.
    find_service(store, request)
    return _find(store, FUNCTION, request)


def find_trigger(store: Store, request: ApiRequest) -> Record:
    """Return the trigger of the path; the error is that of the outermost missing resource."""
    find_function(store, request)
    return _find(store, TRIGGER, request)


def _find(store: Store, kind: Kind, request: ApiRequest) -> Record:
    names = _NAMES[: len(kind.keys)]
    key = tuple(request.names[name] for name in names)
    validation.check_name(names[-1], key[-1])
    record = store.get(kind, key)
    if record is None:
        title = _TITLES[kind]
        raise ApiError(f"{title}NotFound", f"{title.lower()} {key[-1]!r} does not exist")
    return record


def read_document(request: ApiRequest) -> validation.Document:
    """Return the JSON object in the body of a request.

    Raises:
        ApiError: InvalidArgument, for another content type or a bad document.
    """
    # A browser sends JSON of a web page only after asking, unlike the types of forms.
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise invalid_argument("Content-Type", f"must be application/json, got {content_type!r}")
    return validation.parse_document(request.body)


def require_absent(store: Store, kind: Kind, key: tuple[str, ...]) -> None:
    """Raise ApiError if the resource exists."""
    if store.get(kind, key) is not None:
        title = _TITLES[kind]
        raise ApiError(f"{title}AlreadyExists", f"{title.lower()} {key[-1]!r} already exists")


def require_empty(store: Store, kind: Kind, key: tuple[str, ...], children: Kind) -> None:
    """Raise ApiError if the resource has children of this kind."""
    if store.has_any(children, key):
        title, child = _TITLES[kind], _TITLES[children].lower()
        raise ApiError(f"{title}NotEmpty", f"{title.lower()} {key[-1]!r} has at least one {child}")


def check_if_match(record: Record, request: ApiRequest) -> None:
    """Raise ApiError if the request has an If-Match header with another ETag."""
    wanted = request.headers.get("if-match", "").strip()
    # The service sends ETags without quotes; HTTP clients quote them.
    if wanted and wanted.strip('"') != record.etag:
        # The message is the service's own.
        raise ApiError("PreconditionFailed", "the resource being modified has been changed")


def create(
    backend: Backend, kind: Kind, key: tuple[str, ...], document: dict[str, Any]
) -> ApiReply:
    """Store a new resource and return the reply."""
    now = _now(backend)
    times = {"createdTime": now, "lastModifiedTime": now}
    return reply_of(backend.store.put(kind, key, {**document, **times}))


def update(backend: Backend, kind: Kind, record: Record, changes: dict[str, Any]) -> ApiReply:
    """Store the changed fields of a resource and return the reply."""
    document = {**record.document, **changes, "lastModifiedTime": _now(backend)}
    return reply_of(backend.store.put(kind, record.key, document))


def reply_of(record: Record) -> ApiReply:
    """Return the reply that shows a resource."""
    return ApiReply(content=record.document, headers={"ETag": record.etag})


def function_key(function: Record) -> FunctionKey:
    """Return the names of the service and the function."""
    service_name, function_name = function.key
    return service_name, function_name


def _now(backend: Backend) -> str:
    moment = datetime.fromtimestamp(backend.clock(), timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"
