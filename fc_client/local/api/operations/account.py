"""Answers questions about the account: settings, limits, reserved capacities, upload tokens.

All answers but the list of reserved capacities, which is empty, are fixed.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta, timezone

from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import invalid_argument
from fc_client.local.api.listing import list_page
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.resources import find_service
from fc_client.local.storage.schema import CLOUD_RESOURCE

__all__ = [
    "get_account_configs",
    "get_account_settings",
    "get_temp_bucket_token",
    "get_temp_code_bucket_token",
    "list_reserved_capacities",
]

# The limits of the embedded server, in bytes, and the service's default concurrency.
_CONFIGS = {
    "CodeSizeLimit": 100 * 1024 * 1024,
    "GPUCodeSizeLimit": 500 * 1024 * 1024,
    "EnhancedCodeSizeLimit": 500 * 1024 * 1024,
    "Concurrency": 300,
}

_TOKEN_LIFETIME = timedelta(hours=1)
# The directory below oss_root for objects that such a token allows to upload.
_BUCKET = "fc-local-uploads"


async def get_account_settings(backend: Backend, _request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/account-settings (GetAccountSettings)."""
    return ApiReply(content={"availableAZs": [f"{backend.region}-a"], "defaultRole": ""})


async def get_account_configs(_backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/accountConfigs?config=NAME (GetAccountConfigs)."""
    names = request.values("config")
    if not names:
        raise invalid_argument("config", f"is required: one or more of {', '.join(_CONFIGS)}")
    for name in names:
        if name not in _CONFIGS:
            raise invalid_argument("config", f"must be one of {', '.join(_CONFIGS)}, got {name!r}")
    return ApiReply(content={name: str(_CONFIGS[name]) for name in names})


async def list_reserved_capacities(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/reservedCapacities (ListReservedCapacities): none can be bought here."""
    kind = ("fc.reserved-capacities",)
    content = list_page(backend.store, CLOUD_RESOURCE, kind, request.query, "reservedCapacities")
    return ApiReply(content=content)


async def get_temp_bucket_token(backend: Backend, _request: ApiRequest) -> ApiReply:
    """GET /2016-08-15/tempBucketToken (GetTempBucketToken)."""
    return ApiReply(content={**_token(backend), "ossRegion": backend.region})


async def get_temp_code_bucket_token(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../services/{serviceName}/tempCodeBucketToken (GetTempCodeBucketToken)."""
    find_service(backend.store, request)
    limit = _CONFIGS["EnhancedCodeSizeLimit"]
    return ApiReply(content={**_token(backend), "codeSizeLimit": limit})


def _token(backend: Backend) -> dict[str, object]:
    """Return the fields of a token. Its keys open nothing: objects are files below oss_root."""
    expires = datetime.fromtimestamp(backend.clock(), timezone.utc) + _TOKEN_LIFETIME
    return {
        "credentials": {
            "AccessKeyId": f"STS.{secrets.token_hex(8)}",
            "AccessKeySecret": secrets.token_urlsafe(24),
            "SecurityToken": secrets.token_urlsafe(48),
            "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "ossBucket": _BUCKET,
        "objectName": secrets.token_hex(16),
    }
