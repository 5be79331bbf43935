"""Results of RAM and Log Service: frozen dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from fc_client.cloud.documents import parse_document

__all__ = [
    "LogPage",
    "Logstore",
    "Policy",
    "PolicyVersion",
    "Project",
    "Role",
    "parse_logstore",
    "parse_policy",
    "parse_policy_version",
    "parse_project",
    "parse_role",
    "parse_time",
]


@dataclass(frozen=True)
class Role:
    """A role of RAM. *raw* is the JSON of the response, in this and the other classes."""

    name: str
    arn: str = ""
    role_id: str = ""
    description: str = ""
    trust_document: dict[str, Any] | None = field(default=None, hash=False)
    created_time: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True)
class Policy:
    """A policy of RAM. Lists do not return *default_document*."""

    name: str
    policy_type: str = ""
    description: str = ""
    default_version: str = ""
    default_document: dict[str, Any] | None = field(default=None, hash=False)
    attachment_count: int | None = None
    created_time: datetime | None = None
    updated_time: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True)
class PolicyVersion:
    """A version of a policy."""

    version_id: str
    is_default: bool = False
    document: dict[str, Any] | None = field(default=None, hash=False)
    created_time: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True)
class Project:
    """A project of Log Service."""

    name: str
    description: str = ""
    region: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True)
class Logstore:
    """A logstore. *ttl* is in days."""

    name: str
    ttl: int | None = None
    shard_count: int | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True)
class LogPage:
    """One page of a search: entries, and whether the service searched all of the time asked for."""

    entries: list[dict[str, str]] = field(hash=False)
    is_complete: bool = True


def parse_role(raw: Mapping[str, Any]) -> Role:
    """Return the role of a response."""
    return Role(
        name=raw.get("RoleName", ""),
        arn=raw.get("Arn", ""),
        role_id=raw.get("RoleId", ""),
        description=raw.get("Description", ""),
        trust_document=parse_document(raw.get("AssumeRolePolicyDocument")),
        created_time=parse_time(raw.get("CreateDate")),
        raw=dict(raw),
    )


def parse_policy(raw: Mapping[str, Any], version: Mapping[str, Any] | None = None) -> Policy:
    """Return the policy of a response, with its default version if there is one."""
    return Policy(
        name=raw.get("PolicyName", ""),
        policy_type=raw.get("PolicyType", ""),
        description=raw.get("Description", ""),
        default_version=raw.get("DefaultVersion", ""),
        default_document=parse_document((version or {}).get("PolicyDocument")),
        attachment_count=raw.get("AttachmentCount"),
        created_time=parse_time(raw.get("CreateDate")),
        updated_time=parse_time(raw.get("UpdateDate")),
        raw=dict(raw),
    )


def parse_policy_version(raw: Mapping[str, Any]) -> PolicyVersion:
    """Return the version of a policy of a response."""
    return PolicyVersion(
        version_id=raw.get("VersionId", ""),
        is_default=bool(raw.get("IsDefaultVersion")),
        document=parse_document(raw.get("PolicyDocument")),
        created_time=parse_time(raw.get("CreateDate")),
        raw=dict(raw),
    )


def parse_project(raw: Mapping[str, Any]) -> Project:
    """Return the project of a response."""
    return Project(
        raw.get("projectName", ""), raw.get("description", ""), raw.get("region", ""), dict(raw)
    )


def parse_logstore(raw: Mapping[str, Any]) -> Logstore:
    """Return the logstore of a response."""
    return Logstore(raw.get("logstoreName", ""), raw.get("ttl"), raw.get("shardCount"), dict(raw))


def parse_time(text: str | None) -> datetime | None:
    """Return a time of a response, or None if it has none."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        # Shown as it is in raw.
        return None
