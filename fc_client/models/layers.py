"""Results of operations on layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fc_client._readable import readable_repr

__all__ = ["Layer", "LayerCode"]

_Raw = Mapping[str, Any]


@dataclass(frozen=True)
class LayerCode:
    """Where the zip of a version of a layer can be downloaded.

    Attributes:
        location: A pre-signed URL, which is a secret and expires.
        repository_type: ``OSS``.
    """

    location: str | None = field(default=None, repr=False)
    repository_type: str | None = None

    __repr__ = readable_repr


@dataclass(frozen=True)
class Layer:
    """A version of a layer: files that several functions share.

    Attributes:
        version: Number of the version, from 1.
        code: Where its zip can be downloaded.
        code_size: Size of the zip in bytes.
        code_checksum: CRC-64 of the zip, as an unsigned decimal.
        create_time: When the version was published.
        acl: 1 if all accounts may use it, 0 if only its own may.
        compatible_runtime: Runtimes that it is for.
        arn: For the *layers* of a function, in the older form; prefer *arn_v2*.
        arn_v2: ``acs:fc:{region}:{account}:layers/{name}/versions/{version}``.
        license: Its licence.
        etag: ETag of the version; None for items of a list.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    layer_name: str | None = None
    version: int | None = None
    description: str | None = None
    code: LayerCode | None = None
    code_size: int | None = None
    code_checksum: str | None = None
    create_time: datetime | None = None
    acl: int | None = None
    compatible_runtime: tuple[str, ...] = ()
    arn: str | None = None
    arn_v2: str | None = None
    license: str | None = None
    etag: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr
