"""What the responses of operations must have, so that nothing is not taken for a resource."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fc_client._json import json_excerpt
from fc_client.exceptions import ResponseError

__all__ = ["missing_result"]

# The keys that lead to the name of a resource, or to a list that would otherwise seem empty.
_RESULTS = {
    "CreateRole": ("Role", "RoleName"),
    "GetRole": ("Role", "RoleName"),
    "CreatePolicy": ("Policy", "PolicyName"),
    "GetPolicy": ("Policy", "PolicyName"),
    "CreatePolicyVersion": ("PolicyVersion", "VersionId"),
    "GetPolicyVersion": ("PolicyVersion", "VersionId"),
    "CreateApiGroup": ("GroupId",),
    "DescribeApiGroup": ("GroupId",),
    "DescribeApiGroups": ("ApiGroupAttributes",),
    "CreateApi": ("ApiId",),
    "DescribeApi": ("ApiId",),
    "DescribeDeployedApi": ("ApiId",),
    "DescribeApis": ("ApiSummarys",),
    "GetProject": ("projectName",),
    "GetLogStore": ("logstoreName",),
}


def missing_result(
    operation: str, body: Mapping[str, Any], status_code: int | None
) -> ResponseError | None:
    """Return the error of a response without what the operation returns, or None."""
    found: Any = body
    for key in _RESULTS.get(operation, ()):
        found = found.get(key) if isinstance(found, Mapping) else None
        if found is None or found == "":
            text = json_excerpt(json.dumps(body).encode())
            return ResponseError(
                f"the response has no {key}: {text}",
                operation=operation,
                status_code=status_code,
                request_id=body.get("RequestId"),
            )
    return None
