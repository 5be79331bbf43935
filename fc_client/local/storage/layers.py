"""Finds the versions of layers in the store, by their ARNs.

Versions of a deleted layer remain, since functions may use them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fc_client.local.storage.belongings import records_below
from fc_client.local.storage.schema import CLOUD_RESOURCE, Record
from fc_client.local.storage.store import Store

__all__ = [
    "LAYER",
    "LAYER_VERSION",
    "LayerMissingError",
    "LayerVersion",
    "arns_of",
    "find_version",
    "layer_checksums",
    "layer_zips",
    "parse_arn",
    "version_name",
]

# A layer by its name, a version by version_name().
LAYER = "fc.layer"
LAYER_VERSION = "fc.layer-version"

_ARN = re.compile(r"acs:fc:[^:/]*:[^:/]*:layers/([^/]+)/versions/([0-9]{1,9})")
_OLD_ARN = re.compile(r"[0-9a-f]+#([^#]+)#([0-9]{1,9})")


class LayerMissingError(OSError):
    """A function has a layer that does not exist."""


@dataclass(frozen=True)
class LayerVersion:
    """The name and the number of a version of a layer."""

    layer: str
    number: int


def parse_arn(arn: str) -> LayerVersion | None:
    """Return what an ARN of either form names; None if it is not the ARN of a version."""
    match = _ARN.fullmatch(arn) or _OLD_ARN.fullmatch(arn)
    return LayerVersion(match[1], int(match[2])) if match else None


def arns_of(version: LayerVersion, region: str, account_id: str) -> dict[str, str]:
    """Return both forms of the ARN of a version, as fields of a reply."""
    owner = hashlib.md5(account_id.encode(), usedforsecurity=False).hexdigest()
    name, number = version.layer, version.number
    return {
        "arn": f"{owner}#{name}#{number}",
        "arnV2": f"acs:fc:{region}:{account_id}:layers/{name}/versions/{number}",
    }


def version_name(version: LayerVersion) -> str:
    """Return the name of a version in the store; these sort by number."""
    return f"{version.layer}/{version.number:09d}"


def find_version(store: Store, version: LayerVersion) -> Record | None:
    """Return a version, also a deleted one; None if it does not exist."""
    return store.get(CLOUD_RESOURCE, (LAYER_VERSION, version_name(version)))


def layer_checksums(store: Store, arns: Sequence[str]) -> list[str]:
    """Return the checksums of the zips of layers, in their order.

    Raises:
        LayerMissingError: a layer does not exist.
    """
    return [_document(store, arn)["codeChecksum"] for arn in arns]


def _document(store: Store, arn: str) -> dict[str, Any]:
    version = parse_arn(arn)
    record = find_version(store, version) if version else None
    if record is None:
        raise LayerMissingError(f"the layer {arn} does not exist; publish it again")
    return record.document


def layer_zips(store: Store) -> set[str]:
    """Return the checksums of the zips of all versions."""
    return {record.document["codeChecksum"] for record in records_below(store, LAYER_VERSION, "")}
