"""Spells the keys of request bodies as the guide does.

The service matches keys without regard to case, and answers in camel case.
Only the keys of free maps, such as environment variables, are the user's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["with_wire_names"]

# A key to the keys below it; None for a value whose keys, if any, stay as they are.
Names = Mapping[str, Any]


def _plain(*names: str) -> dict[str, None]:
    return dict.fromkeys(names)


_LOG_CONFIG = _plain("project", "logstore", "enableRequestMetrics", "enableInstanceMetrics")

_TRIGGER_CONFIG = {
    **_plain("payload", "cronExpression", "enable", "events", "functionParameter"),
    "filter": {"key": _plain("prefix", "suffix")},
    "sourceConfig": _plain("logstore"),
    "jobConfig": _plain("maxRetryTime", "triggerInterval"),
    "logConfig": _LOG_CONFIG,
}

# All fields of all bodies: no two of them differ only in case.
_NAMES: Names = {
    **_plain("serviceName", "serviceId", "functionName", "functionId", "triggerName"),
    **_plain("description", "internetAccess", "role", "createdTime", "lastModifiedTime"),
    **_plain("runtime", "handler", "memorySize", "timeout", "codeSize", "codeChecksum"),
    **_plain("initializer", "initializationTimeout", "environmentVariables", "layers"),
    **_plain("instanceConcurrency", "instanceType", "caPort", "customDNS"),
    **_plain("triggerType", "sourceArn", "invocationRole", "qualifier"),
    "logConfig": _LOG_CONFIG,
    "vpcConfig": _plain("vpcId", "vSwitchIds", "securityGroupId"),
    "nasConfig": {
        **_plain("userId", "groupId"),
        "mountPoints": _plain("serverAddr", "mountDir", "enableTLS"),
    },
    "tracingConfig": _plain("type", "params"),
    "code": _plain("zipFile", "ossBucketName", "ossObjectName"),
    "customContainerConfig": _plain("image", "command", "args", "accelerationType"),
    "triggerConfig": _TRIGGER_CONFIG,
}


def with_wire_names(document: dict[str, Any]) -> dict[str, Any]:
    """Return *document* with its keys spelled as the guide does.

    Of two keys that differ only in case, the last one counts. A field that the
    guide does not know starts with a lower-case letter.
    """
    return {
        name[:1].lower() + name[1:]: value for name, value in _spelled(document, _NAMES).items()
    }


def _spelled(document: Mapping[str, Any], names: Names) -> dict[str, Any]:
    known = _lowered(names)
    spelled: dict[str, Any] = {}
    for key, value in document.items():
        name = known.get(key.lower(), key)
        # The later of two spellings also takes the later place.
        spelled.pop(name, None)
        spelled[name] = _below(value, names.get(name))
    return spelled


def _below(value: Any, names: Names | None) -> Any:
    if names is None:
        return value
    if isinstance(value, list):
        return [_below(item, names) for item in value]
    return _spelled(value, names) if isinstance(value, dict) else value


def _lowered(names: Names) -> dict[str, str]:
    return {name.lower(): name for name in names}
