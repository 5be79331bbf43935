"""The rules of settings of services and functions that the service added after the guide.

A null in a structure is accepted: clients send it for what they leave out, or to clear it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from fc_client.local.api.rules import (
    Rule,
    is_integer,
    is_list_of_strings,
    is_string,
    object_of,
    range_rule,
)

__all__ = ["FUNCTION_SETTINGS", "SERVICE_SETTINGS"]


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _list_of(accepts: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(accepts, value))


def _is_path(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"(/[!-~]*)?", value) is not None


_MAX_CHECKS = 120
_is_small = range_rule(0, _MAX_CHECKS, "").accepts
_INTEGER = Rule(is_integer, "an integer")
_HOOK = object_of(handler=is_string, timeout=is_integer)

SERVICE_SETTINGS: Mapping[str, Rule] = {
    "logConfig": Rule(
        object_of(
            project=is_string,
            logstore=is_string,
            enableRequestMetrics=_is_boolean,
            enableInstanceMetrics=_is_boolean,
            logBeginRule=is_string,
        ),
        "an object with the strings project, logstore and logBeginRule, and with "
        "enableRequestMetrics and enableInstanceMetrics, which are true or false",
    ),
    "nasConfig": Rule(
        object_of(
            userId=is_integer,
            groupId=is_integer,
            mountPoints=_list_of(
                object_of(serverAddr=is_string, mountDir=is_string, enableTLS=_is_boolean)
            ),
        ),
        "an object with the integers userId and groupId and the list mountPoints, each with "
        "the strings serverAddr and mountDir",
    ),
    "ossMountConfig": Rule(
        object_of(
            mountPoints=_list_of(
                object_of(
                    bucketName=is_string,
                    bucketPath=is_string,
                    endpoint=is_string,
                    mountDir=is_string,
                    readOnly=_is_boolean,
                )
            )
        ),
        "an object with the list mountPoints, each with the strings bucketName, bucketPath, "
        "endpoint and mountDir, and with readOnly, which is true or false",
    ),
    "tracingConfig": Rule(
        object_of(type=is_string, params=_is_object),
        "an object with the string type and the object params",
    ),
}

FUNCTION_SETTINGS: Mapping[str, Rule] = {
    "instanceConcurrency": range_rule(1, 100, "calls"),
    "instanceSoftConcurrency": _INTEGER,
    "gpuMemorySize": _INTEGER,
    "cpu": Rule(_is_number, "a number"),
    "diskSize": _INTEGER,
    "caPort": range_rule(1, 65535, "port"),
    "customRuntimeConfig": Rule(
        object_of(command=is_list_of_strings, args=is_list_of_strings),
        "an object with the lists of strings command and args",
    ),
    "customHealthCheckConfig": Rule(
        object_of(
            httpGetUrl=_is_path,
            initialDelaySeconds=_is_small,
            periodSeconds=_is_small,
            timeoutSeconds=_is_small,
            failureThreshold=_is_small,
            successThreshold=_is_small,
        ),
        "an object with httpGetUrl, a path such as /health, and initialDelaySeconds, "
        "periodSeconds, timeoutSeconds, failureThreshold and successThreshold, which are "
        f"integers from 0 to {_MAX_CHECKS}",
    ),
    "customContainerConfig": Rule(
        object_of(
            image=is_string,
            command=is_string,
            args=is_string,
            accelerationType=is_string,
            instanceID=is_string,
            webServerMode=_is_boolean,
            accelerationInfo=_is_object,
        ),
        "an object with the strings image, command, args, accelerationType and instanceID, and "
        "with webServerMode, which is true or false",
    ),
    "instanceLifecycleConfig": Rule(
        object_of(preFreeze=_HOOK, preStop=_HOOK),
        "an object with preFreeze and preStop, each with the string handler and the integer "
        "timeout",
    ),
    "customDNS": Rule(
        object_of(
            nameServers=is_list_of_strings,
            searches=is_list_of_strings,
            dnsOptions=_list_of(object_of(name=is_string, value=is_string)),
        ),
        "an object with the lists of strings nameServers and searches and the list dnsOptions, "
        "each with the strings name and value",
    ),
}
