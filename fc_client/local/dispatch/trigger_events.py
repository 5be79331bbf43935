"""Builds the events that triggers send, for :meth:`LocalFunctionCompute.fire`.

The shapes of oss and timer are those of the guide and of the service. The guide
lacks the other types: their shapes follow the service's later documentation from
memory, and no copy of it was at hand to compare them with. What the caller does
not give has a plausible value.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from fc_client.local.dispatch import cbor
from fc_client.local.dispatch.trigger_configs import bucket_of

__all__ = ["FIRED_TYPES", "Firing", "event_of"]


@dataclass(frozen=True)
class Firing:
    """A trigger that a test fires.

    Attributes:
        name: Name of the trigger.
        document: Its fields.
        now: The current time, in UTC.
        region: The region that the event names.
        account_id: The account that the event names.
    """

    name: str
    document: Mapping[str, Any]
    now: datetime
    region: str
    account_id: str

    @property
    def config(self) -> Mapping[str, Any]:
        """The configuration of the trigger."""
        config: Mapping[str, Any] = self.document["triggerConfig"]
        return config

    def source(self, part: int) -> str:
        """Return a part of the resource that sourceArn names, between slashes."""
        parts = str(self.document["sourceArn"]).rpartition(":")[2].split("/")
        return parts[part] if -len(parts) <= part < len(parts) else ""


def event_of(firing: Firing, what: Mapping[str, Any]) -> bytes:
    """Return the event of a trigger.

    Args:
        firing: The trigger.
        what: What the caller has given: the arguments of the function for the
            type of the trigger, or the whole event as ``event``.

    Raises:
        TypeError: an argument is missing, or the type does not have it.
        ValueError: triggers of this type have no event.
    """
    if "event" in what:
        if len(what) > 1:
            raise TypeError("event: cannot be combined with other arguments")
        return _as_bytes(what["event"])
    kind = firing.document["triggerType"]
    if kind not in _EVENTS:
        raise ValueError(
            f"trigger: the event of a {kind} trigger is not known; pass it as event=..."
        )
    _check_names(kind, what)
    return _as_bytes(_EVENTS[kind](firing, **what))


def _check_names(kind: str, what: Mapping[str, Any]) -> None:
    """Raise TypeError unless the arguments are those of the type of the trigger."""
    _, *known = inspect.signature(_EVENTS[kind]).parameters.values()
    names = ", ".join(parameter.name for parameter in known)
    for name in what.keys() - {parameter.name for parameter in known}:
        raise TypeError(f"{name}: a {kind} trigger does not have it, only {names} and event")
    for parameter in known:
        if parameter.default is parameter.empty and parameter.name not in what:
            raise TypeError(f"{parameter.name}: a {kind} trigger needs it")


def _as_bytes(event: object) -> bytes:
    if isinstance(event, bytes):
        return event
    try:
        return event.encode() if isinstance(event, str) else json.dumps(event).encode()
    except TypeError as exc:
        raise TypeError(f"the event cannot be sent as JSON: {exc}") from exc
    except ValueError as exc:
        raise ValueError(f"the event cannot be sent as JSON: {exc}") from exc


def _timer(firing: Firing, *, payload: str | None = None) -> object:
    return {
        "triggerTime": _time(firing.now),
        "triggerName": firing.name,
        "payload": firing.config.get("payload") or "" if payload is None else payload,
    }


def _oss(
    firing: Firing,
    *,
    key: str,
    event_name: str = "ObjectCreated:PutObject",
    size: int = 0,
    etag: str | None = None,
) -> object:
    bucket = bucket_of(firing.document)
    event = {
        "eventName": event_name,
        "eventSource": "acs:oss",
        "eventTime": firing.now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "eventVersion": "1.0",
        "oss": {
            "bucket": {
                "arn": f"acs:oss:{firing.region}:{firing.account_id}:{bucket}",
                "name": bucket,
                "ownerIdentity": firing.account_id,
                "virtualBucket": "",
            },
            "object": {
                "deltaSize": size,
                "eTag": _md5(key) if etag is None else etag,
                "key": key,
                "size": size,
            },
            "ossSchemaVersion": "1.0",
            "ruleId": _md5(firing.name),
        },
        "region": firing.region,
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"requestId": uuid.uuid4().hex[:24].upper()},
        "userIdentity": {"principalId": firing.account_id},
    }
    return {"events": [event]}


def _log(
    firing: Firing, *, shard_id: int = 0, begin_cursor: str = "MA==", end_cursor: str = "MQ=="
) -> object:
    source = firing.config.get("sourceConfig") or {}
    return {
        "parameter": firing.config.get("functionParameter") or {},
        "source": {
            "endpoint": f"http://{firing.region}-intranet.log.aliyuncs.com",
            "projectName": firing.source(-1),
            "logstoreName": source.get("logstore", ""),
            "shardId": shard_id,
            "beginCursor": begin_cursor,
            "endCursor": end_cursor,
        },
        "jobName": hashlib.sha1(firing.name.encode(), usedforsecurity=False).hexdigest(),
        "taskId": str(uuid.uuid4()),
        "cursorTime": int(firing.now.timestamp()),
    }


def _mns_topic(
    firing: Firing, *, message: str = "hello topic", attributes: Mapping[str, str] | None = None
) -> object:
    body: object = message
    if firing.config.get("notifyContentFormat") == "JSON":
        body = {
            "TopicOwner": firing.account_id,
            "Message": message,
            "Subscriber": firing.account_id,
            "PublishTime": int(firing.now.timestamp() * 1000),
            "SubscriptionName": firing.name,
            "MessageMD5": _md5(message),
            "TopicName": firing.source(-1),
            "MessageId": uuid.uuid4().hex.upper(),
        }
    return body if attributes is None else {"body": body, "attrs": dict(attributes)}


def _cdn_events(
    firing: Firing,
    *,
    parameter: Mapping[str, Any] | None = None,
    resource: Mapping[str, Any] | None = None,
) -> object:
    domains = (firing.config.get("filter") or {}).get("domain") or ["example.com"]
    defaults = _cdn_parameter(firing, domains[0])
    event = {
        "eventName": firing.config["eventName"],
        "eventVersion": firing.config["eventVersion"],
        "eventSource": "cdn",
        "region": firing.region,
        "eventTime": firing.now.isoformat(timespec="seconds"),
        "traceId": str(uuid.uuid4()),
        "userIdentity": {"aliUid": firing.account_id},
        "resource": {"domain": domains[0]} if resource is None else dict(resource),
        "eventParameter": defaults if parameter is None else dict(parameter),
    }
    return {"events": [event]}


def _cdn_parameter(firing: Firing, domain: str) -> Mapping[str, Any]:
    """Return the parameter of an event of CDN, by the name of the event."""
    moment = int(firing.now.timestamp())
    if firing.config["eventName"] == "LogFileCreated":
        return {
            "domain": domain,
            "startTime": moment - 300,
            "endTime": moment,
            "fileSize": 1024,
            "filePath": f"http://cdnlog.oss-{firing.region}.aliyuncs.com/{domain}.gz",
        }
    if firing.config["eventName"].startswith("CachedObjects"):
        return {
            "domain": domain,
            "objectPath": [f"http://{domain}/a.jpg"],
            "objectType": "File",
            "createTime": moment - 60,
            "completeTime": moment,
            "taskId": moment,
        }
    return {"domain": domain}


def _tablestore(firing: Firing, *, records: Sequence[Mapping[str, Any]] | None = None) -> object:
    microseconds = int(firing.now.timestamp() * 1_000_000)
    row = {
        "Type": "PutRow",
        "Info": {"Timestamp": microseconds},
        "PrimaryKey": [{"ColumnName": "pk_0", "Value": 1}],
        "Columns": [
            {
                "Type": "Put",
                "ColumnName": "attr_0",
                "Value": "hello_table_store",
                "Timestamp": microseconds // 1000,
            }
        ],
    }
    return cbor.encode({"Version": "Sync-v1", "Records": [row] if records is None else records})


def _eventbridge(
    firing: Firing,
    *,
    data: object = None,
    source: str = "fc_client.local",
    type: str = "fc_client:Test:Fired",
    subject: str | None = None,
) -> object:
    arn = f"acs:eventbridge:{firing.region}:{firing.account_id}:eventbus/default"
    return {
        "id": str(uuid.uuid4()),
        "source": source,
        "specversion": "1.0",
        "type": type,
        "datacontenttype": "application/json;charset=utf-8",
        "time": _time(firing.now),
        "subject": arn if subject is None else subject,
        "data": {} if data is None else data,
        "aliyunaccountid": firing.account_id,
        "aliyunpublishtime": _time(firing.now),
        "aliyuneventbusname": "default",
        "aliyunregionid": firing.region,
    }


_EVENTS: Mapping[str, Callable[..., object]] = {
    "timer": _timer,
    "oss": _oss,
    "log": _log,
    "logs": _log,
    "mns_topic": _mns_topic,
    "cdn_events": _cdn_events,
    "tablestore": _tablestore,
    "eventbridge": _eventbridge,
}

FIRED_TYPES = frozenset(_EVENTS)


def _time(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
