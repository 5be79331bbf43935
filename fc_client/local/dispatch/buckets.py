"""Treats a directory as an OSS bucket: finds changed objects and builds their events."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fc_client._files import open_regular
from fc_client.local.dispatch.file_scan import FileState, Scan

__all__ = ["Bucket", "BucketScan", "Change", "changes", "oss_event", "scan_bucket"]

CREATED = "ObjectCreated:PutObject"
REMOVED = "ObjectRemoved:DeleteObject"


@dataclass(frozen=True)
class BucketScan:
    """The objects of a bucket, and what of it could not be read."""

    files: Scan
    problems: frozenset[str]


def scan_bucket(folder: Path, known: Scan) -> BucketScan:
    """Scan a bucket; a folder or file that cannot be read does not affect the others.

    Args:
        folder: The directory of the bucket.
        known: The last state, which stays that of what cannot be read.
    """
    files: dict[str, FileState] = {}
    problems: set[str] = set()
    pending = [""]
    while pending:
        prefix = pending.pop()
        try:
            pending += _list_folder(folder / prefix, prefix, files)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as exc:
            problems.add(f"cannot read {prefix or '.'!r}: {exc.strerror}")
            kept = {key: state for key, state in known.items() if key.startswith(prefix)}
            files = {**kept, **files}
    return BucketScan(files, frozenset(problems))


def _list_folder(folder: Path, prefix: str, files: dict[str, FileState]) -> list[str]:
    """Add the files of one folder to *files*; return the prefixes of its sub-folders."""
    folders = []
    with os.scandir(folder) as entries:
        for entry in entries:
            key = prefix + entry.name
            if not _is_utf8(key):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(f"{key}/")
            elif entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    files[key] = FileState(status.st_size, status.st_mtime_ns)
    return folders


@dataclass(frozen=True)
class Change:
    """An object that was written or removed.

    Attributes:
        event: The guide's eventName.
        key: The object's key.
        before: Its former state, or None for a new object.
        after: Its present state, or None for a removed object.
    """

    event: str
    key: str
    before: FileState | None
    after: FileState | None


def changes(known: Scan, previous: Scan, current: Scan) -> Iterator[Change]:
    """Yield the changes since *known* that two scans in a row agree on.

    A file that is still being written differs from scan to scan, so it is
    reported once it is complete.

    Args:
        known: The state that all reported changes led to.
        previous: The scan before this one.
        current: This scan.
    """
    for key in sorted({*known, *current}):
        before, after = known.get(key), current.get(key)
        if before != after and previous.get(key) == after:
            yield Change(REMOVED if after is None else CREATED, key, before, after)


@dataclass(frozen=True)
class Bucket:
    """A bucket as events describe it.

    Attributes:
        name: Name of the bucket.
        folder: The directory with its objects.
        region: The region that events name.
        account_id: The account that events name.
    """

    name: str
    folder: Path
    region: str
    account_id: str


def oss_event(bucket: Bucket, change: Change, rule_id: str, now: datetime) -> dict[str, Any]:
    """Return the event of a change (guide: "Event format").

    Args:
        bucket: The bucket.
        change: The change.
        rule_id: Identifies the trigger that fires.
        now: Time of the change, in UTC.
    """
    before = change.before.size if change.before else 0
    after = change.after.size if change.after else 0
    event = {
        "eventName": change.event,
        "eventSource": "acs:oss",
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "eventVersion": "1.0",
        "oss": {
            "bucket": {
                "arn": f"acs:oss:{bucket.region}:{bucket.account_id}:{bucket.name}",
                "name": bucket.name,
                "ownerIdentity": bucket.account_id,
                "virtualBucket": "",
            },
            "object": {
                "deltaSize": after - before,
                "eTag": _etag(bucket.folder / change.key) if change.after else "",
                "key": change.key,
                "size": after,
            },
            "ossSchemaVersion": "1.0",
            "ruleId": rule_id,
        },
        "region": bucket.region,
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"requestId": secrets.token_hex(12).upper()},
        "userIdentity": {"principalId": bucket.account_id},
    }
    return {"events": [event]}


def _etag(file: Path) -> str:
    """Return the eTag that OSS gives to an object uploaded with PutObject: its MD5."""
    digest = hashlib.md5(usedforsecurity=False)
    with open_regular(file) as stream:
        for chunk in iter(lambda: stream.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest().upper()


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
