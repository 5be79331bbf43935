"""Tags of resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fc_client._readable import readable_repr

__all__ = ["ResourceTags"]


@dataclass(frozen=True)
class ResourceTags:
    """The tags of a resource.

    Attributes:
        resource_arn: ARN of the resource.
        tags: Its tags.
        request_id: ID of the request that returned them.
        raw: The JSON of the response.
    """

    resource_arn: str
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    request_id: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr
