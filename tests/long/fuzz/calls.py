"""Every operation of both clients with right arguments, and how it is called."""

import asyncio
import inspect
import json
import pickle
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, suppress
from itertools import islice
from urllib.parse import parse_qs, quote, unquote

from support.later import OPERATIONS as ALL_OPERATIONS
from support.later import SCHEMAS

from fc_client import (
    AsyncClient,
    Client,
    FCError,
    LogConfig,
    RetryPolicy,
    VPCConfig,
)
from fc_client.local.api.authentication import Keys, check_content_md5, check_signature
from fuzz.later_calls import LATER_CALLS, LATER_MANY, LATER_QUERY, ZIP
from fuzz.wire import OPENING

KEYS = Keys("made-up-id", "made-up-secret")


ACCESS_KEY = vars(KEYS)


NAMES = {
    "service_name": "s",
    "function_name": "f",
    "trigger_name": "t",
    "version_id": "2",
    "alias_name": "a",
    "domain_name": "d",
    "invocation_id": "i",
    "layer_owner_user_id": "1",
    "layer_name": "l",
    "version": 3,
    "arn": "m#l#3",
}


PAGE = {"limit": 5, "next_token": "n", "prefix": "p", "start_key": "q"}


SERVICE = {
    "description": "d",
    "internet_access": True,
    "log_config": LogConfig("p", "l"),
    "role": "r",
    "vpc_config": VPCConfig("v", ("w",), "g"),
    "nas_config": {"mountPoints": []},
    "tracing_config": {},
    "oss_mount_config": {},
    "extra": {"newer": 1},
}


FUNCTION = {
    "runtime": "python3",
    "handler": "m.h",
    "code": ZIP,
    "description": "d",
    "memory_size": 128,
    "timeout": 3,
    "environment_variables": {"A": "b"},
    "initializer": "m.i",
    "initialization_timeout": 3,
    "custom_container_config": {"image": "i"},
    "ca_port": 9000,
    "layers": ["a"],
    "instance_concurrency": 1,
    "instance_type": "e1",
    "instance_soft_concurrency": 1,
    "gpu_memory_size": 1,
    "cpu": 0.5,
    "disk_size": 512,
    "custom_runtime_config": {},
    "instance_lifecycle_config": {},
    "custom_dns": {},
    "custom_health_check_config": {},
    "extra": {"newer": 1},
    "progress": None,
}


TRIGGER = {
    "trigger_type": "timer",
    "trigger_config": {"cronExpression": "@every 5m"},
    "source_arn": "a",
    "invocation_role": "r",
    "description": "d",
    "qualifier": "q",
    "extra": {"a": 1},
}


INVOCATION = {
    "payload": b"event",
    "json": None,
    "invocation_type": "Async",
    "log_type": "None",
    "trace_id": "i",
    "stateful_id": "i",
    "async_delay": 5,
    "idempotent": False,
    "check": True,
}


DESCRIPTION = {"description": "d", "extra": {"a": 1}}


ALIAS = DESCRIPTION | {
    "version_id": "1",
    "additional_version_weight": {"2": 0.1},
    "route_policy": {"condition": "AND"},
    "resolve_policy": "Random",
}


DOMAIN = {
    "protocol": "HTTP",
    "route_config": {"routes": []},
    "cert_config": {"certName": "c"},
    "tls_config": {},
    "waf_config": {},
    "extra": {"a": 1},
}


RESOURCE = {"resource_arn": "services/s"}


MATCH = {"if_match": "e"}


QUALIFIER = {"qualifier": "q"}


def without(fields: dict, *names: str) -> dict:
    return {name: value for name, value in fields.items() if name not in names}


# Every operation with a right value for each of its parameters.
CALLS = {
    "create_service": SERVICE,
    "get_service": QUALIFIER,
    "update_service": SERVICE | MATCH,
    "delete_service": MATCH,
    "list_services": PAGE | {"tags": {"a": "b"}},
    "create_function": FUNCTION,
    "get_function": QUALIFIER,
    "update_function": FUNCTION | MATCH,
    "delete_function": MATCH,
    "list_functions": PAGE | QUALIFIER,
    "get_function_code": QUALIFIER,
    "invoke_function": INVOCATION | QUALIFIER,
    "create_trigger": TRIGGER,
    "get_trigger": {},
    "update_trigger": without(TRIGGER, "trigger_type", "source_arn") | MATCH,
    "delete_trigger": MATCH,
    "list_triggers": PAGE,
    "publish_service_version": DESCRIPTION | MATCH | {"ignore_unchanged": True},
    "list_service_versions": without(PAGE, "prefix") | {"direction": "FORWARD"},
    "delete_service_version": {},
    "create_alias": ALIAS,
    "get_alias": {},
    "update_alias": ALIAS | MATCH,
    "delete_alias": MATCH,
    "list_aliases": PAGE,
    "create_custom_domain": DOMAIN,
    "get_custom_domain": {},
    "update_custom_domain": DOMAIN,
    "delete_custom_domain": {},
    "list_custom_domains": PAGE,
    "tag_resource": RESOURCE | {"tags": {"a": "b"}, "extra": {"a": 1}},
    "untag_resource": RESOURCE | {"tag_keys": ["a"], "all_tags": False, "extra": {"a": 1}},
    "get_resource_tags": RESOURCE,
    "list_tagged_resources": without(PAGE, "prefix", "start_key"),
    **LATER_CALLS,
}


def method_of(operation: str) -> str:
    return re.sub("(?<=[a-z])([A-Z])", r"_\1", operation).lower()


OPERATIONS = {
    method: operation
    for operation in ALL_OPERATIONS.values()
    if (method := method_of(operation["name"])) in CALLS
}


SNAKE = {
    "serviceName": "service_name",
    "functionName": "function_name",
    "triggerName": "trigger_name",
    "versionId": "version_id",
    "aliasName": "alias_name",
    "domainName": "domain_name",
    "invocationId": "invocation_id",
    "layerOwnerUserId": "layer_owner_user_id",
    "layerName": "layer_name",
    "version": "version",
    "arn": "arn",
}


# The name of what a method creates, which is not in its path.
MADE = {
    "create_service": "service_name",
    "create_function": "function_name",
    "create_trigger": "trigger_name",
    "create_alias": "alias_name",
    "create_custom_domain": "domain_name",
}


def plain_path(operation: dict) -> str:
    """Return the path without a qualifier."""
    return re.sub(r"\[?\.{qualifier}\]?", "", operation["path"])


def arguments_of(method: str) -> dict:
    """Return right values for all parameters of a method, those of its path first."""
    operation = OPERATIONS[method]
    places = [SNAKE[name] for name in re.findall(r"{(\w+)}", plain_path(operation))]
    own = [*places, *([MADE[method]] if method in MADE else [])]
    return {name: NAMES[name] for name in own} | CALLS[method]


class OpenClient(Client):
    """A client with an open connection, on which small calls are made in another way."""

    def __enter__(self):
        with suppress(FCError, ValueError, TypeError):
            # Not if the constructor's options are odd.
            self.get_service(OPENING)
        return self


def use(client: Client | AsyncClient, method: str, arguments: dict) -> object:
    """Make one call, and close the client: no connection lives on that a reply has spoiled."""
    if isinstance(client, Client):
        with client:
            made = getattr(client, method)(**arguments)
            return list(islice(made, 3)) if isinstance(made, Iterator) else made

    async def main() -> object:
        async with client:
            made = getattr(client, method)(**arguments)
            return await (made if inspect.isawaitable(made) else _first(made))

    return asyncio.run(main())


async def _first(made: AsyncIterator) -> list:
    items = []
    async with aclosing(made):
        async for item in made:
            items.append(item)
            if len(items) == 3:
                break
    return items


def call(
    kind: type[Client | AsyncClient], endpoint: str, method: str, arguments: dict
) -> Exception | None:
    """Call, and return the error that came of it; none but the expected ones may come."""
    error = outcome(kind, endpoint, method, arguments)
    if isinstance(error, FCError):
        assert "\n" not in str(error)
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
    elif isinstance(error, OSError):
        # What is wrong with a file is said as for any file.
        assert error.filename is not None
        assert {"code", "target"} & arguments.keys()
    return error


def outcome(
    kind: type[Client | AsyncClient], endpoint: str, method: str, arguments: dict
) -> Exception | None:
    # A CA bundle takes longer to read than all the rest.
    options = {"proxies": {}, "timeout": 10, "retry": RetryPolicy(attempts=1), "verify": False}
    try:
        repr(use(kind(endpoint, **ACCESS_KEY, **options), method, arguments))
    except (FCError, ValueError, TypeError, OSError) as error:
        return error
    return None


def assert_sound(request, method: str, arguments: dict) -> None:
    """Assert that a request has the form, the path and the signature that it should have."""
    assert re.fullmatch(rb"[\x20-\x7e]*(\r\n[\x20-\x7e]*)*", request.head)
    verb, target, version = request.line.split(" ")
    path, _, query = target.partition("?")
    headers = {name.lower(): value for name, value in request.headers}
    operation = OPERATIONS[method]
    wanted = plain_path(operation)
    # A trigger's is a field of its body.
    if arguments.get("qualifier") is not None and "trigger" not in method:
        qualifier = quote(arguments["qualifier"], safe="")
        wanted = wanted.replace("{serviceName}", f"{{serviceName}}.{qualifier}")
    for wire_name, name in SNAKE.items():
        wanted = wanted.replace(f"{{{wire_name}}}", quote(str(arguments.get(name)), safe=""))

    assert (verb, path, version) == (operation["method"], wanted, "HTTP/1.1")
    names = [name for name in parse_qs(query) if not name.startswith("tag_")]
    assert set(names) <= QUERY
    assert len(headers) == len(request.headers)
    assert headers.keys() <= HEADERS
    check_signature(KEYS, verb, unquote(path), target, headers, time.time())
    if request.whole and "transfer-encoding" not in headers:
        check_content_md5(headers.get("content-md5"), request.body)
    if operation["body"] in SCHEMAS:
        assert isinstance(json.loads(request.body), dict)


QUERY = {"limit", "nextToken", "prefix", "startKey", "direction", "resourceArn"} | LATER_QUERY


HEADERS = {
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "host",
    "if-match",
    "transfer-encoding",
    "user-agent",
    "x-fc-async-delay",
    "x-fc-code-checksum",
    "x-fc-enable-eventbridge-trigger",
    "x-fc-ignore-version-publish-error",
    "x-fc-invocation-type",
    "x-fc-log-type",
    "x-fc-stateful-async-invocation-id",
    "x-fc-trace-id",
}


PAGES = {"prefix": "p", "start_key": "q", "page_size": 5}


FUNCTIONS = {"service_name": "s"}


TRIGGERS = {"service_name": "s", "function_name": "f"}


# What makes many calls of one: a right value for each of its parameters.
MANY = {
    "iter_services": PAGES | {"tags": {"a": "b"}},
    "iter_functions": FUNCTIONS | PAGES | QUALIFIER,
    "iter_triggers": TRIGGERS | PAGES,
    "iter_service_versions": FUNCTIONS | without(PAGES, "prefix") | {"direction": "BACKWARD"},
    "iter_aliases": FUNCTIONS | PAGES,
    "iter_custom_domains": PAGES,
    "iter_tagged_resources": {"page_size": 5},
    "map_function": TRIGGERS
    | {
        "payloads": [b"a", "b"],
        "json": False,
        "concurrency": 2,
        "ordered": True,
        "timeout": 5,
        "progress": None,
        "invocation_type": "Sync",
        "log_type": "None",
        "qualifier": "q",
        "check": True,
    },
    **LATER_MANY,
}
