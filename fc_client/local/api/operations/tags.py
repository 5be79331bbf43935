"""Tags services, and finds services by their tags."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.api.listing import list_records
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.resources import read_document
from fc_client.local.api.validation import check_name
from fc_client.local.storage.belongings import TAGS, get_belonging
from fc_client.local.storage.schema import CLOUD_RESOURCE, SERVICE, Record
from fc_client.local.storage.store import Store

__all__ = [
    "accepts_tags",
    "get_resource_tags",
    "list_tagged_resources",
    "tag_resource",
    "untag_resource",
]

_ARN = re.compile(r"(?:acs:fc:[^:/]*:[^:/]*:)?services/([^/:]+)")
_MAX_TAGS = 20
_MAX_KEY = 64
_MAX_VALUE = 128
_FILTER = "tag_"


async def tag_resource(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST /2016-08-15/tag (TagResource): add tags, and change those with equal keys."""
    document = read_document(request)
    service = _service(backend.store, document.get("resourceArn"))
    tags = {**_tags_of(backend.store, service), **_checked_tags(document.get("tags"))}
    if len(tags) > _MAX_TAGS:
        raise invalid_argument(
            "tags", f"a service has at most {_MAX_TAGS} tags, these would be {len(tags)}"
        )
    _put(backend.store, service, tags)
    return ApiReply(content={"requestId": request.request_id})


async def untag_resource(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE /2016-08-15/tag (UntagResource): remove some tags or all; missing ones are ignored."""
    document = read_document(request)
    service = _service(backend.store, document.get("resourceArn"))
    keys = _checked_keys(document)
    tags = _tags_of(backend.store, service)
    _put(
        backend.store,
        service,
        {name: value for name, value in tags.items() if keys and name not in keys},
    )
    return ApiReply(content={"requestId": request.request_id})


async def get_resource_tags(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/tag (GetResourceTags)."""
    arn = request.query.get("resourceArn", "")
    service = _service(backend.store, arn)
    content = _document(backend, service, _tags_of(backend.store, service))
    # Programs compare the ARN with theirs, which has the region of their endpoint.
    own = {"resourceArn": arn} if arn.startswith("acs:") else {}
    return ApiReply(content={"requestId": request.request_id, **content, **own})


async def list_tagged_resources(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/tags (ListTaggedResources): services that have tags, by name."""
    # No prefix and startKey: names in the store are not those of the reply.
    query = {name: request.query.get(name, "") for name in ("limit", "nextToken")}
    records, token = list_records(backend.store, CLOUD_RESOURCE, (TAGS,), query)
    resources = [_document(backend, record.key[-1], record.document["tags"]) for record in records]
    return ApiReply(content={"resources": resources, **token})


def accepts_tags(store: Store, request: ApiRequest) -> Callable[[Record], bool] | None:
    """Return what accepts services with all tags of the query, ``tag_KEY=VALUE``; None for all."""
    wanted = {
        name.removeprefix(_FILTER): value
        for name, value in request.query.items()
        if name.startswith(_FILTER)
    }.items()
    if not wanted:
        return None
    return lambda service: wanted <= _tags_of(store, service.key[-1]).items()


def _service(store: Store, arn: object) -> str:
    """Return the name of the service that an ARN names: in full, or ``services/NAME``."""
    match = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    if match is None:
        raise invalid_argument(
            "resourceArn",
            "is required and must be services/NAME or acs:fc:REGION:ACCOUNT:services/NAME",
        )
    check_name("serviceName", match[1])
    if store.get(SERVICE, (match[1],)) is None:
        raise ApiError("ServiceNotFound", f"service {match[1]!r} does not exist")
    return match[1]


def _checked_tags(tags: object) -> dict[str, str]:
    if not isinstance(tags, dict) or not 1 <= len(tags) <= _MAX_TAGS:
        raise invalid_argument("tags", f"is required and must be an object of 1 to {_MAX_TAGS}")
    for name, value in tags.items():
        if not 1 <= len(name) <= _MAX_KEY:
            raise invalid_argument("tags", f"a key must have 1 to {_MAX_KEY} characters")
        if name.lower().startswith(("aliyun", "acs:")) or re.search("https?://", name):
            raise invalid_argument(
                "tags", f"a key must not start with aliyun or acs: or have http://, got {name!r}"
            )
        if not isinstance(value, str) or len(value) > _MAX_VALUE:
            raise invalid_argument(
                "tags", f"the value of {name!r} must be a string of at most {_MAX_VALUE} characters"
            )
    return tags


def _checked_keys(document: dict[str, Any]) -> frozenset[str]:
    """Return the keys to remove; none for all."""
    everything, keys = document.get("all"), document.get("tagKeys") or []
    if everything is not None and not isinstance(everything, bool):
        raise invalid_argument("all", "must be true or false")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise invalid_argument("tagKeys", "must be an array of strings")
    if len(keys) > _MAX_TAGS or (not keys and not everything):
        raise invalid_argument("tagKeys", f"must have 1 to {_MAX_TAGS} keys unless all is true")
    return frozenset(keys)


def _tags_of(store: Store, service: str) -> dict[str, str]:
    record = get_belonging(store, TAGS, service)
    return record.document["tags"] if record else {}


def _put(store: Store, service: str, tags: dict[str, str]) -> None:
    if tags:
        store.put(CLOUD_RESOURCE, (TAGS, service), {"tags": tags})
    else:
        store.delete(CLOUD_RESOURCE, (TAGS, service))


def _document(backend: Backend, service: str, tags: dict[str, str]) -> dict[str, Any]:
    arn = f"acs:fc:{backend.region}:{backend.account_id}:services/{service}"
    return {"resourceArn": arn, "tags": tags}
