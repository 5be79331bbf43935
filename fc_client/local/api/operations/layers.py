"""Publishes, gets, lists and deletes versions of layers, and serves their code.

A deleted version is only marked: functions that have it go on to use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fc_client.local.api.authentication import presign
from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.api.listing import list_records
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.resources import now_text, read_document
from fc_client.local.api.operations.stored_code import store_code
from fc_client.local.api.validation import Document, check_name, integer_between
from fc_client.local.storage.belongings import records_below
from fc_client.local.storage.layers import (
    LAYER,
    LAYER_VERSION,
    LayerVersion,
    arns_of,
    find_version,
    layer_zips,
    parse_arn,
    version_name,
)
from fc_client.local.storage.schema import CLOUD_RESOURCE, Record

__all__ = [
    "check_layers",
    "delete_layer_version",
    "download_layer",
    "get_layer_version",
    "get_layer_version_by_arn",
    "list_layer_versions",
    "list_layers",
    "permanent_delete_layer_version",
    "publish_layer_version",
    "publish_public_layer_version",
    "put_layer_acl",
]

_MAX_VERSION = 999_999_999
# How long the URL of a layer's code is valid.
_CODE_URL_SECONDS = 600
_NEW_LAYER = {"last": 0, "acl": 0, "official": False}


async def publish_layer_version(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST /2016-08-15/layers/{layerName}/versions (PublishLayerVersion)."""
    name = _layer_name(request)
    fields = _checked(read_document(request))
    async with backend.code_lock:
        stored = await store_code(backend.code.put_layer, fields.pop("code"))
        layer = backend.store.get(CLOUD_RESOURCE, (LAYER, name))
        settings = layer.document if layer else _NEW_LAYER
        version = LayerVersion(name, settings["last"] + 1)
        document = {
            "layerName": name,
            "version": version.number,
            **fields,
            "codeSize": stored.size,
            "codeChecksum": stored.checksum,
            "createTime": now_text(backend, CLOUD_RESOURCE),
            "public": False,
            "deleted": False,
        }
        with backend.store.transaction():
            backend.store.put(CLOUD_RESOURCE, (LAYER, name), {**settings, "last": version.number})
            record = backend.store.put(
                CLOUD_RESOURCE, (LAYER_VERSION, version_name(version)), document
            )
    return _reply(backend, request, record)


async def list_layers(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/layers (ListLayers): the newest version of each layer."""
    flags = {
        field: wanted
        for field, names in {"acl": ("public", "isPublic"), "official": ("official",)}.items()
        if (wanted := any(_flag(request, name) for name in names))
    }

    def accepts(layer: Record) -> bool:
        return all(layer.document[field] for field in flags) and bool(
            _versions(backend, layer.key[-1])
        )

    records, token = list_records(
        backend.store, CLOUD_RESOURCE, (LAYER,), request.query, accepts=accepts
    )
    newest = [_versions(backend, layer.key[-1])[-1] for layer in records]
    layers = [_document(backend, request, version) for version in newest]
    return ApiReply(content={"layers": layers, **token})


async def list_layer_versions(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/layers/{layerName}/versions (ListLayerVersions), oldest first."""
    name = _layer_name(request)
    limit = integer_between("limit", request.query.get("limit") or "20", 1, 100)
    text = request.query.get("startVersion") or "1"
    start = integer_between("startVersion", text, 0, _MAX_VERSION)
    versions = _versions(backend, name)
    if not versions:
        raise _layer_not_found(name)
    found = [version for version in versions if version.document["version"] >= start]
    layers = [_document(backend, request, version) for version in found[:limit]]
    more = {"nextVersion": found[limit].document["version"]} if len(found) > limit else {}
    return ApiReply(content={"layers": layers, **more})


async def get_layer_version(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/layers/{layerName}/versions/{version} (GetLayerVersion)."""
    return _reply(backend, request, _find(backend, _version(request)))


async def get_layer_version_by_arn(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/layerarn/{arn} (GetLayerVersionByArn): either form of the ARN, encoded."""
    arn = request.names["arn"]
    version = parse_arn(arn)
    if version is None:
        raise invalid_argument("arn", f"must be the ARN of a version of a layer, got {arn!r}")
    return _reply(backend, request, _find(backend, version))


async def delete_layer_version(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE /2016-08-15/layers/{layerName}/versions/{version} (DeleteLayerVersion)."""
    _change(backend, _find(backend, _version(request)), deleted=True)
    return ApiReply(204)


async def put_layer_acl(backend: Backend, request: ApiRequest) -> ApiReply:
    """PUT /2016-08-15/layers/{layerName}/acl (PutLayerACL): stored, and shown by lists."""
    name = _layer_name(request)
    layer = backend.store.get(CLOUD_RESOURCE, (LAYER, name))
    if layer is None or not _versions(backend, name):
        raise _layer_not_found(name)
    changes: dict[str, Any] = {}
    if "public" in request.query:
        changes["acl"] = int(_flag(request, "public"))
    if "official" in request.query:
        changes["official"] = _flag(request, "official")
    _change(backend, layer, **changes)
    return ApiReply()


async def publish_public_layer_version(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST /2016-08-15/layers/{layerName}/versions/{version} (PublishPublicLayerVersion)."""
    _change(backend, _find(backend, _version(request)), public=True)
    return ApiReply()


async def permanent_delete_layer_version(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST .../adminlayers/{layerOwnerUserId}/... (PermanentDeleteLayerVersion).

    Here the account may do so with its own layers. Functions that use the
    version cannot run any more.
    """
    owner = request.names["layerOwnerUserId"]
    if owner != backend.account_id:
        raise ApiError("AccessDenied", f"the layers of account {owner!r} are not yours")
    version = _version(request)
    async with backend.code_lock:
        record = find_version(backend.store, version)
        if record is None:
            raise _version_not_found(version)
        backend.store.delete(CLOUD_RESOURCE, record.key)
        if not _is_used(backend, record.document["codeChecksum"]):
            backend.code.layers.remove(record.document["codeChecksum"])
    return ApiReply()


async def download_layer(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /layers/{checksum}: the zip behind the location of a version."""
    checksum = request.names["checksum"]
    if not _is_used(backend, checksum):
        raise ApiError("LayerVersionNotFound", f"no layer has the code {checksum!r} any more")
    headers = {"Content-Type": "application/zip"}
    return ApiReply(content=backend.code.layers.zip(checksum), headers=headers)


def check_layers(backend: Backend, layers: Sequence[str] | None) -> None:
    """Raise ApiError unless all layers of a function exist."""
    for arn in layers or ():
        version = parse_arn(arn)
        if version is None:
            raise invalid_argument("layers", f"must have ARNs of versions of layers, got {arn!r}")
        _find(backend, version)


def _checked(document: Document) -> Document:
    """Return the fields of a new version: code, description, compatibleRuntime."""
    code, runtimes = document.get("code"), document.get("compatibleRuntime")
    description = document.get("description")
    if not isinstance(code, dict):
        raise invalid_argument("code", "is required and must be an object")
    if not isinstance(runtimes, list) or not runtimes or not all(map(_is_word, runtimes)):
        raise invalid_argument("compatibleRuntime", "is required and must be an array of runtimes")
    if description is not None and not isinstance(description, str):
        raise invalid_argument("description", "must be a string")
    return {"description": description or "", "compatibleRuntime": runtimes, "code": code}


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _layer_name(request: ApiRequest) -> str:
    name = request.names["layerName"]
    check_name("layerName", name)
    return name


def _version(request: ApiRequest) -> LayerVersion:
    name = _layer_name(request)
    return LayerVersion(name, integer_between("version", request.names["version"], 1, _MAX_VERSION))


def _flag(request: ApiRequest, name: str) -> bool:
    value = request.query.get(name, "").lower()
    if value not in ("", "true", "false"):
        raise invalid_argument(name, f"must be true or false, got {value!r}")
    return value == "true"


def _find(backend: Backend, version: LayerVersion) -> Record:
    """Return a version that is not deleted."""
    record = find_version(backend.store, version)
    if record is not None and not record.document["deleted"]:
        return record
    if not _versions(backend, version.layer):
        raise _layer_not_found(version.layer)
    raise _version_not_found(version)


def _versions(backend: Backend, layer: str) -> list[Record]:
    """Return the versions of a layer that are not deleted, oldest first."""
    records = records_below(backend.store, LAYER_VERSION, f"{layer}/")
    return [record for record in records if not record.document["deleted"]]


def _is_used(backend: Backend, checksum: str) -> bool:
    return checksum in layer_zips(backend.store)


def _change(backend: Backend, record: Record, **changes: object) -> None:
    backend.store.put(CLOUD_RESOURCE, record.key, {**record.document, **changes})


def _layer_not_found(name: str) -> ApiError:
    return ApiError("LayerNotFound", f"layer {name!r} does not exist")


def _version_not_found(version: LayerVersion) -> ApiError:
    return ApiError(
        "LayerVersionNotFound",
        f"version {version.number} of layer {version.layer!r} does not exist",
    )


def _reply(backend: Backend, request: ApiRequest, record: Record) -> ApiReply:
    return ApiReply(content=_document(backend, request, record), headers={"ETag": record.etag})


def _document(backend: Backend, request: ApiRequest, record: Record) -> dict[str, Any]:
    stored = dict(record.document)
    del stored["deleted"]
    version = LayerVersion(stored["layerName"], stored["version"])
    layer = backend.store.get(CLOUD_RESOURCE, (LAYER, version.layer))
    is_public = stored.pop("public") or (layer is not None and layer.document["acl"])
    path = f"/layers/{stored['codeChecksum']}"
    expires = int(backend.clock()) + _CODE_URL_SECONDS
    location = request.base_url + presign(backend.keys, path, expires)
    return {
        **stored,
        "acl": int(bool(is_public)),
        "code": {"repositoryType": "OSS", "location": location},
        **arns_of(version, backend.region, backend.account_id),
    }
