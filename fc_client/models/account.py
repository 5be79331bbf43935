"""Results of operations on the account and its temporary buckets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fc_client._readable import readable_repr

__all__ = [
    "AccountConfigs",
    "AccountSettings",
    "TempBucketToken",
    "TempCodeBucketToken",
    "TempCredentials",
]

_Raw = Mapping[str, Any]


@dataclass(frozen=True)
class AccountSettings:
    """Settings of the account in the region.

    Attributes:
        available_azs: IDs of the zones that Function Compute uses.
        default_role: ARN of the role of services without one.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    available_azs: tuple[str, ...] = ()
    default_role: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr


@dataclass(frozen=True)
class AccountConfigs:
    """Limits of the account in the region.

    Attributes:
        configs: The values by name; numbers are decimal text, sizes are bytes.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    configs: Mapping[str, str] = field(default_factory=dict, hash=False)
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr


@dataclass(frozen=True)
class TempCredentials:
    """Temporary credentials for a bucket of OSS; secret and token have a masked repr.

    Attributes:
        access_key_id: ID of the access key.
        access_key_secret: Its secret.
        security_token: The STS token.
        expiration: When they expire.
    """

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)
    expiration: datetime | None = None

    __repr__ = readable_repr


@dataclass(frozen=True)
class TempBucketToken:
    """Permission to put an object, such as the code of a layer, into a temporary bucket.

    Attributes:
        credentials: Temporary credentials, which are a secret.
        oss_region: Region of the bucket.
        oss_bucket: Name of the bucket.
        object_name: Name of the object; its key is ``{account}/{object_name}``.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    credentials: TempCredentials = field(repr=False)
    oss_region: str | None = None
    oss_bucket: str | None = None
    object_name: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr


@dataclass(frozen=True)
class TempCodeBucketToken:
    """Permission to put the code of a service's functions into a temporary bucket.

    Attributes:
        credentials: Temporary credentials, which are a secret.
        oss_bucket: Name of the bucket.
        object_name: Name of the object; its key is
            ``{account}/{service}/{object_name}``.
        code_size_limit: Largest size of a zip in bytes.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    credentials: TempCredentials = field(repr=False)
    oss_bucket: str | None = None
    object_name: str | None = None
    code_size_limit: int | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr
