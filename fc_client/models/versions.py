"""Versions of services, and aliases of versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fc_client._readable import readable_repr

__all__ = ["Alias", "ServiceVersion"]

_Raw = Mapping[str, Any]


@dataclass(frozen=True)
class ServiceVersion:
    """A version of a service: a copy of its settings and functions that cannot be changed.

    Attributes:
        version_id: A number as text, such as ``2``; it is a *qualifier*.
        description: The version's own description.
        etag: ETag of the response that published it; None for items of a list.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    version_id: str
    description: str | None = None
    created_time: datetime | None = None
    last_modified_time: datetime | None = None
    etag: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr


@dataclass(frozen=True)
class Alias:
    """An alias: a name for a version of a service, which can move to another version.

    Attributes:
        alias_name: The name; it is a *qualifier*.
        version_id: The main version.
        additional_version_weight: The share of invocations, 0 to 1, that
            another version runs, by the ID of that version.
        route_policy: Rules that choose the other version.
        resolve_policy: ``Random`` or ``Content``.
        etag: For *if_match*; None for items of a list.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    alias_name: str
    version_id: str | None = None
    description: str | None = None
    additional_version_weight: Mapping[str, float] | None = field(default=None, hash=False)
    route_policy: Mapping[str, Any] | None = field(default=None, hash=False)
    resolve_policy: str | None = None
    created_time: datetime | None = None
    last_modified_time: datetime | None = None
    etag: str | None = None
    request_id: str | None = None
    raw: _Raw = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr
