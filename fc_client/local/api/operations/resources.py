"""Finds, stores and shows resources: what the operations have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from fc_client.local.api import validation
from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.storage import versions
from fc_client.local.storage.schema import (
    ALIAS,
    FUNCTION,
    SERVICE,
    TRIGGER,
    VERSION,
    FunctionKey,
    FunctionVersion,
    Kind,
    Record,
)
from fc_client.local.storage.store import Store
from fc_client.local.storage.versions import MissingResourceError

__all__ = [
    "check_if_match",
    "create",
    "find_child",
    "find_function",
    "find_service",
    "find_trigger",
    "function_key",
    "latest",
    "now_text",
    "read_document",
    "reply_of",
    "require_absent",
    "require_empty",
    "update",
    "version_of",
]

# The name of each kind of resource in error codes and messages.
_TITLES = {
    SERVICE: "Service",
    FUNCTION: "Function",
    TRIGGER: "Trigger",
    VERSION: "Version",
    ALIAS: "Alias",
}

# Their times have milliseconds; those of resources that the service added have not.
_OF_THE_GUIDE = frozenset({SERVICE, FUNCTION, TRIGGER})


# What a reply shows of a document in the store.
View = Callable[[dict[str, Any]], dict[str, Any]]


def _whole(document: dict[str, Any]) -> dict[str, Any]:
    return document


def version_of(store: Store, request: ApiRequest) -> str:
    """Return the ID of the version that the path is about; "" for LATEST.

    An alias stands for its main version: its weights concern invocations only.

    Raises:
        ApiError: InvalidArgument for the name of the service or the qualifier.
        MissingResourceError: the alias or its service does not exist.
    """
    service_name, qualifier = _service_names(request)
    return versions.resolve(store, service_name, qualifier)


def _service_names(request: ApiRequest) -> tuple[str, str]:
    """Return the name of the service and the qualifier of the path, both valid."""
    service_name, qualifier = request.names["serviceName"], request.names["qualifier"]
    validation.check_name("serviceName", service_name)
    if qualifier:
        validation.check_name("qualifier", qualifier)
    return service_name, qualifier


def function_key(request: ApiRequest) -> FunctionKey:
    """Return the names of the service and the function and the qualifier of the path.

    Raises:
        ApiError: InvalidArgument for one of them.
    """
    service_name, qualifier = _service_names(request)
    function_name = request.names["functionName"]
    validation.check_name("functionName", function_name)
    return FunctionKey(service_name, function_name, qualifier)


def find_service(store: Store, request: ApiRequest) -> Record:
    """Return the service of the path, in the version of its qualifier.

    Raises:
        ApiError: InvalidArgument for a name or the qualifier.
        MissingResourceError: the service, the version or the alias does not exist.
    """
    return versions.find_service(store, request.names["serviceName"], version_of(store, request))


def find_function(store: Store, request: ApiRequest) -> Record:
    """Return the function of the path, in the version of its qualifier.

    Raises:
        ApiError: InvalidArgument for a name or the qualifier.
        MissingResourceError: the outermost resource that does not exist.
    """
    key = function_key(request)
    version = versions.resolve(store, key.service_name, key.qualifier)
    _, function = versions.find_function(store, key.at(version))
    return function


def find_trigger(store: Store, request: ApiRequest) -> Record:
    """Return the trigger of the path.

    Raises:
        ApiError: InvalidArgument for a name.
        MissingResourceError: the outermost resource that does not exist.
    """
    function = find_function(store, request)
    return find_child(store, TRIGGER, function, "triggerName", request)


def find_child(store: Store, kind: Kind, parent: Record, name: str, request: ApiRequest) -> Record:
    """Return a resource below another one.

    Args:
        store: The store with the resource.
        kind: Its kind.
        parent: The resource that it belongs to.
        name: The parameter of the path with its name, such as triggerName.
        request: The request.

    Raises:
        ApiError: InvalidArgument for its name.
        MissingResourceError: it does not exist.
    """
    validation.check_name(name, request.names[name])
    record = store.get(kind, (*parent.key, request.names[name]))
    if record is None:
        raise MissingResourceError(_TITLES[kind], request.names[name])
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
    backend: Backend,
    kind: Kind,
    key: tuple[str, ...],
    document: dict[str, Any],
    view: View = _whole,
) -> ApiReply:
    """Store a new resource and return the reply, as *view* shows it."""
    now = now_text(backend, kind)
    times = {"createdTime": now, "lastModifiedTime": now}
    return reply_of(backend.store.put(kind, key, {**document, **times}), view)


def update(
    backend: Backend, kind: Kind, record: Record, changes: dict[str, Any], view: View = _whole
) -> ApiReply:
    """Store the changed fields of a resource and return the reply, as *view* shows it."""
    document = {**record.document, **changes, "lastModifiedTime": now_text(backend, kind)}
    return reply_of(backend.store.put(kind, record.key, document), view)


def reply_of(record: Record, view: View = _whole) -> ApiReply:
    """Return the reply with a resource, as *view* shows it."""
    return ApiReply(content=view(record.document), headers={"ETag": record.etag})


def latest(function: Record) -> FunctionVersion:
    """Return a function of the store as it is now, in LATEST."""
    service_name, function_name = function.key
    return FunctionVersion(service_name, function_name)


def now_text(backend: Backend, kind: Kind) -> str:
    """Return the current time as the API writes it in resources of a kind."""
    moment = datetime.fromtimestamp(backend.clock(), timezone.utc)
    if kind not in _OF_THE_GUIDE:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"
