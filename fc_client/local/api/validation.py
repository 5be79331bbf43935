"""Validates request bodies: required fields, types, ranges and names.

The rules are the guide's tables ("Definitions") as data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from fc_client.local.api.errors import invalid_argument
from fc_client.local.api.rules import (
    NON_EMPTY,
    OBJECT,
    STRING,
    Document,
    Rule,
    Schema,
    changed_fields,
    check_field,
    is_integer,
    is_list_of_strings,
    is_string,
    name_rule,
    new_fields,
    object_of,
    range_rule,
)
from fc_client.local.api.setting_rules import FUNCTION_SETTINGS, SERVICE_SETTINGS
from fc_client.local.api.wire_names import with_wire_names
from fc_client.local.dispatch.stored_triggers import (
    STORED_TYPES,
    check_stored_trigger,
    check_trigger_update,
)
from fc_client.local.dispatch.trigger_configs import InvalidTriggerError, check_trigger
from fc_client.local.storage.schema import LATEST

__all__ = [
    "Document",
    "alias_document",
    "alias_update",
    "check_name",
    "function_document",
    "function_update",
    "integer_between",
    "service_document",
    "service_update",
    "trigger_document",
    "trigger_update",
    "version_document",
]

# Replies nest stored documents in other documents, so requests must stay
# well below the depth that json supports.
_MAX_DEPTH = 64


def _is_environment(value: object) -> bool:
    # The environment of a process cannot have a name with '='.
    return isinstance(value, dict) and all(
        name and "=" not in name and is_string(name) and is_string(text)
        for name, text in value.items()
    )


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _is_weights(value: object) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= 1
        and all(
            NAME_RULES["versionId"].accepts(version)
            and isinstance(weight, (int, float))
            and not isinstance(weight, bool)
            and 0 <= weight <= 1
            for version, weight in value.items()
        )
    )


_MAX_LAYERS = 5

# "log" is what the SDKs and tools send, "logs" what the guide says.
_TRIGGER_TYPES = ("oss", "timer", "log", "logs", "http", *STORED_TYPES)
# Their source is not a resource with an ARN.
_SOURCELESS_TYPES = ("timer", "http", "eventbridge")
_ARNLESS_TYPES = ("timer", "http")

# Every runtime that the service has had belongs to one of these families.
_RUNTIME = re.compile(
    r"(nodejs|python|java|php|dotnetcore|go)[0-9]+(\.[0-9]+)*"
    r"|(custom|custom-container)([.-]?[a-z]*[0-9]+(\.[0-9]+)*)?"
)
_RUNTIME_RULE = Rule(
    lambda value: isinstance(value, str) and _RUNTIME.fullmatch(value) is not None,
    # The first words are the message of the service.
    "nodejs, python, java, php, dotnetcore or go with a version, as in python3.9, or custom or "
    "custom-container",
    "Runtime is set to an invalid value",
)

_NAME_128 = name_rule(128)
_VERSION_ID = re.compile(r"0|[1-9][0-9]{0,17}")
_QUALIFIER = re.compile(r"[0-9]+|[A-Za-z_][A-Za-z0-9_-]{0,127}")

NAME_RULES = {
    "serviceName": _NAME_128,
    "aliasName": Rule(
        lambda value: _NAME_128.accepts(value) and value != LATEST,
        f"{_NAME_128.allowed}, not LATEST",
    ),
    "versionId": Rule(
        lambda value: isinstance(value, str) and _VERSION_ID.fullmatch(value) is not None,
        "the number of a version, such as '1'",
    ),
    "qualifier": Rule(
        lambda value: isinstance(value, str) and _QUALIFIER.fullmatch(value) is not None,
        "LATEST, the number of a version, or the name of an alias",
    ),
    "functionName": name_rule(64),
    "triggerName": name_rule(64),
    "layerName": name_rule(64),
}

_SERVICE = Schema(
    rules={
        "serviceName": NAME_RULES["serviceName"],
        "description": STRING,
        "internetAccess": Rule(lambda value: isinstance(value, bool), "true or false"),
        "role": STRING,
        "vpcConfig": Rule(
            object_of(vpcId=is_string, vSwitchIds=is_list_of_strings, securityGroupId=is_string),
            "an object with the strings vpcId and securityGroupId and the list vSwitchIds",
        ),
        **SERVICE_SETTINGS,
    },
    required=("serviceName",),
    defaults={
        "description": "",
        "internetAccess": True,
        "logConfig": {"project": "", "logstore": ""},
        "role": "",
        "vpcConfig": {"vpcId": "", "vSwitchIds": [], "securityGroupId": ""},
        "nasConfig": {"userId": -1, "groupId": -1, "mountPoints": []},
        "tracingConfig": {},
    },
    read_only=frozenset({"serviceId", "createdTime", "lastModifiedTime", "tags"}),
)

_FUNCTION = Schema(
    rules={
        "functionName": NAME_RULES["functionName"],
        "runtime": _RUNTIME_RULE,
        "handler": NON_EMPTY,
        "code": OBJECT,
        "description": STRING,
        "memorySize": Rule(
            lambda value: is_integer(value) and 128 <= value <= 3072 and value % 64 == 0,
            "an integer from 128 to 3072 that is a multiple of 64 (MB)",
        ),
        "timeout": range_rule(1, 300, "seconds"),
        "environmentVariables": Rule(
            _is_environment, "an object of strings whose names are not empty and have no '='"
        ),
        "initializer": STRING,
        "instanceType": NON_EMPTY,
        "initializationTimeout": range_rule(1, 300, "seconds"),
        "layers": Rule(
            lambda value: is_list_of_strings(value) and len(value) <= _MAX_LAYERS,
            f"an array of at most {_MAX_LAYERS} ARNs",
        ),
        **FUNCTION_SETTINGS,
    },
    required=("functionName", "runtime", "handler"),
    defaults={
        "description": "",
        "memorySize": 128,
        "timeout": 3,
        "initializer": None,
        "initializationTimeout": 30,
        "environmentVariables": {},
        "instanceConcurrency": 1,
        "instanceType": "e1",
    },
    read_only=frozenset(
        {"functionId", "codeSize", "codeChecksum", "createdTime", "lastModifiedTime", "layersArnV2"}
    ),
)

_TRIGGER = Schema(
    rules={
        "triggerName": NAME_RULES["triggerName"],
        "triggerType": Rule(
            lambda value: value in _TRIGGER_TYPES, f"one of {', '.join(_TRIGGER_TYPES)}"
        ),
        "triggerConfig": OBJECT,
        "sourceArn": STRING,
        "invocationRole": STRING,
        "description": STRING,
        "qualifier": NAME_RULES["qualifier"],
    },
    required=("triggerName", "triggerType", "triggerConfig"),
    defaults={"sourceArn": "", "invocationRole": "", "description": "", "qualifier": None},
    read_only=frozenset(
        {
            "createdTime",
            "lastModifiedTime",
            "triggerId",
            "urlInternet",
            "urlIntranet",
            "domainName",
        }
    ),
)


_ALIAS = Schema(
    rules={
        "aliasName": NAME_RULES["aliasName"],
        "versionId": Rule(
            lambda value: value == LATEST or NAME_RULES["versionId"].accepts(value),
            f"{NAME_RULES['versionId'].allowed}, or LATEST",
        ),
        "description": STRING,
        "additionalVersionWeight": Rule(
            _is_weights, "an object with at most one version and its weight, a number from 0 to 1"
        ),
        "routePolicy": Rule(
            object_of(condition=is_string, policyItems=_is_list_of_objects),
            "an object with the string condition and the list of objects policyItems",
        ),
        "resolvePolicy": STRING,
    },
    required=("aliasName", "versionId"),
    defaults={"description": "", "additionalVersionWeight": {}},
    read_only=frozenset({"createdTime", "lastModifiedTime"}),
)

_VERSION = Schema(
    rules={"description": STRING},
    required=(),
    defaults={"description": ""},
    read_only=frozenset(),
)


def parse_document(body: bytes) -> Document:
    """Return the JSON object of a request body.

    Raises:
        ApiError: it is not a JSON object, or cannot be serialized as JSON again.
    """
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise invalid_argument("body", f"is not valid JSON: {exc}") from exc
    if not isinstance(document, dict):
        raise invalid_argument("body", "must be a JSON object")
    document = with_wire_names(document)
    code = document.pop("code", None)
    try:
        # A lone surrogate or an infinity would break every reply that contains
        # the document. Code is left out: it is not stored, and may be large.
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as exc:
        raise invalid_argument("body", f"cannot be stored: {exc}") from exc
    if _is_deeper(document, _MAX_DEPTH):
        raise invalid_argument("body", f"must be nested at most {_MAX_DEPTH} deep")
    return document if code is None else {**document, "code": code}


def _is_deeper(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for item in level for child in _children(item)]
    return bool(level)


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not allowed")


def check_name(field: str, value: str) -> None:
    """Raise ApiError unless *value* is a valid name of a resource.

    Args:
        field: serviceName, functionName, triggerName, aliasName, versionId, layerName
            or qualifier.
        value: The name, from a path.
    """
    check_field(field, value, NAME_RULES[field])


def integer_between(field: str, text: str, low: int, high: int) -> int:
    """Parse an integer of a query or header.

    Raises:
        ApiError: it is not a decimal integer from *low* to *high*.
    """
    if re.fullmatch(r"[0-9]{1,9}", text) is None or not low <= int(text) <= high:
        raise invalid_argument(field, f"must be an integer from {low} to {high}, got {text!r}")
    return int(text)


def service_document(document: Document) -> Document:
    """Return the validated fields of a new service, with defaults."""
    return _with_whole_tracing(new_fields(document, _SERVICE))


def service_update(document: Document, stored: Document) -> Document:
    """Return the validated fields that an update of a service changes."""
    changes = changed_fields(document, stored, _SERVICE, fixed=("serviceName",))
    return _with_whole_tracing(changes)


def _with_whole_tracing(fields: Document) -> Document:
    """Return *fields* with both keys of tracingConfig, if there is one; null means no tracing."""
    if "tracingConfig" not in fields:
        return fields
    return {**fields, "tracingConfig": {"type": None, "params": None, **fields["tracingConfig"]}}


def function_document(document: Document) -> Document:
    """Return the validated fields of a new function, with defaults."""
    return new_fields(document, _FUNCTION)


def function_update(document: Document, stored: Document) -> Document:
    """Return the validated fields that an update of a function changes."""
    return changed_fields(document, stored, _FUNCTION, fixed=("functionName",))


def trigger_document(document: Document) -> Document:
    """Return the validated fields of a new trigger, with defaults.

    Types with an event source require sourceArn and invocationRole.
    """
    fields = new_fields(document, _TRIGGER)
    if fields["triggerType"] not in _SOURCELESS_TYPES:
        for name in ("sourceArn", "invocationRole"):
            check_field(name, fields[name], NON_EMPTY)
    _check_trigger(fields)
    # SDKs send an ARN that says nothing, and expect that there is none.
    unused = {"sourceArn": None} if fields["triggerType"] in _ARNLESS_TYPES else {}
    return {**fields, **unused}


def trigger_update(document: Document, stored: Document) -> Document:
    """Return the validated fields that an update of a trigger changes."""
    fixed = ("triggerName", "triggerType", "sourceArn")
    changes = changed_fields(document, stored, _TRIGGER, fixed)
    with _as_invalid_argument():
        check_trigger_update(stored, changes)
    _check_trigger({**stored, **changes})
    return changes


def alias_document(document: Document) -> Document:
    """Return the validated fields of a new alias, with defaults."""
    return new_fields(document, _ALIAS)


def alias_update(document: Document, stored: Document) -> Document:
    """Return the validated fields that an update of an alias changes."""
    return changed_fields(document, stored, _ALIAS, fixed=("aliasName",))


def version_document(document: Document) -> Document:
    """Return the validated fields of a new version, with defaults; others do not exist."""
    fields = new_fields(document, _VERSION)
    return {name: fields[name] for name in _VERSION.rules}


def _check_trigger(trigger: Document) -> None:
    with _as_invalid_argument():
        if trigger["triggerType"] in STORED_TYPES:
            check_stored_trigger(trigger)
        else:
            check_trigger(trigger)


@contextmanager
def _as_invalid_argument() -> Iterator[None]:
    try:
        yield
    except InvalidTriggerError as exc:
        raise invalid_argument(exc.field, exc.problem) from exc
