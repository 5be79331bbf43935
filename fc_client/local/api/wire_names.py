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


_LOG_CONFIG = _plain(
    "project", "logstore", "enableRequestMetrics", "enableInstanceMetrics", "logBeginRule"
)

_TRIGGER_CONFIG = {
    **_plain("payload", "cronExpression", "enable", "events", "functionParameter"),
    "filter": {"key": _plain("prefix", "suffix")},
    "sourceConfig": _plain("logstore"),
    "jobConfig": _plain("maxRetryTime", "triggerInterval"),
    "logConfig": _LOG_CONFIG,
    # http
    **_plain("authType", "methods", "disableURLInternet", "authConfig"),
    # mns_topic, cdn_events, rds
    **_plain("filterTag", "notifyContentFormat", "notifyStrategy"),
    **_plain("eventName", "eventVersion", "notes"),
    **_plain("subscriptionObjects", "retry", "concurrency", "eventFormat"),
    # eventbridge: the parameters of its source are free.
    **_plain("triggerEnable", "asyncInvocationType", "eventRuleFilterPattern"),
    "eventSourceConfig": _plain("eventSourceType", "eventSourceParameters"),
    "eventSinkConfig": {"deliveryOption": _plain("mode", "eventSchema", "concurrency")},
    "runOptions": _plain(
        "mode", "maximumTasks", "errorsTolerance", "retryStrategy", "deadLetterQueue", "batchWindow"
    ),
}

_LIFECYCLE_HOOK = _plain("handler", "timeout")
_REWRITE_RULE = _plain("match", "replacement")
_DESTINATION = _plain("destination")

# Of functions and services, beyond what has no keys of its own.
_SETTINGS: Names = {
    "logConfig": _LOG_CONFIG,
    "vpcConfig": _plain("vpcId", "vSwitchIds", "securityGroupId"),
    "nasConfig": {
        **_plain("userId", "groupId"),
        "mountPoints": _plain("serverAddr", "mountDir", "enableTLS"),
    },
    "ossMountConfig": {
        "mountPoints": _plain("bucketName", "bucketPath", "endpoint", "mountDir", "readOnly"),
    },
    "tracingConfig": _plain("type", "params"),
    "code": _plain("zipFile", "ossBucketName", "ossObjectName"),
    "customContainerConfig": _plain(
        "image", "command", "args", "accelerationType", "instanceID", "webServerMode"
    ),
    "customRuntimeConfig": _plain("command", "args"),
    "customDNS": {**_plain("nameServers", "searches"), "dnsOptions": _plain("name", "value")},
    "customHealthCheckConfig": _plain(
        "httpGetUrl",
        "initialDelaySeconds",
        "periodSeconds",
        "timeoutSeconds",
        "failureThreshold",
        "successThreshold",
    ),
    "instanceLifecycleConfig": {"preFreeze": _LIFECYCLE_HOOK, "preStop": _LIFECYCLE_HOOK},
}

_CUSTOM_DOMAIN: Names = {
    **_plain("domainName", "protocol"),
    "routeConfig": {
        "routes": {
            **_plain("path", "serviceName", "functionName", "qualifier", "methods"),
            "rewriteConfig": {
                "equalRules": _REWRITE_RULE,
                "wildcardRules": _REWRITE_RULE,
                "regexRules": _REWRITE_RULE,
            },
        }
    },
    "certConfig": _plain("certName", "certificate", "privateKey"),
    "tlsConfig": _plain("minVersion", "maxVersion", "cipherSuites"),
    "wafConfig": _plain("enableWAF"),
}

_CONCURRENCY: Names = {
    **_plain("target", "alwaysAllocateCPU", "maximumInstanceCount"),
    "scheduledActions": _plain("name", "startTime", "endTime", "target", "scheduleExpression"),
    "targetTrackingPolicies": _plain(
        "name", "startTime", "endTime", "metricType", "metricTarget", "minCapacity", "maxCapacity"
    ),
}

# All fields of all bodies: no two of them differ only in case.
_NAMES: Names = {
    **_plain("serviceName", "serviceId", "functionName", "functionId", "triggerName"),
    **_plain("description", "internetAccess", "role", "createdTime", "lastModifiedTime"),
    **_plain("runtime", "handler", "memorySize", "timeout", "codeSize", "codeChecksum"),
    **_plain("initializer", "initializationTimeout", "environmentVariables", "layers"),
    **_plain("instanceConcurrency", "instanceSoftConcurrency", "instanceType", "caPort"),
    **_plain("gpuMemorySize", "cpu", "diskSize"),
    **_plain("triggerType", "sourceArn", "invocationRole", "qualifier"),
    # Only in replies, which clients may send back.
    **_plain("triggerId", "urlInternet", "urlIntranet", "layersArnV2"),
    # Weights are by the ID of the version.
    **_plain("versionId", "aliasName", "additionalVersionWeight", "resolvePolicy"),
    "routePolicy": {
        "condition": None,
        "policyItems": _plain("type", "key", "operator", "value"),
    },
    **_plain("maxAsyncEventAgeInSeconds", "maxAsyncRetryAttempts", "statefulInvocation"),
    "destinationConfig": {"onSuccess": _DESTINATION, "onFailure": _DESTINATION},
    **_plain("layerName", "compatibleRuntime"),
    **_plain("resourceArn", "tags", "tagKeys", "all", "vpcId"),
    "triggerConfig": _TRIGGER_CONFIG,
    **_SETTINGS,
    **_CUSTOM_DOMAIN,
    **_CONCURRENCY,
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
