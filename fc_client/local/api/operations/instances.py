"""Lists the instances of functions, and runs commands beside them."""

from __future__ import annotations

import re

from aiohttp import web

from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import ApiError, invalid_argument
from fc_client.local.api.exec_sessions import run_session
from fc_client.local.api.listing import decode_token, encode_token
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.resources import find_function, function_key
from fc_client.local.api.validation import integer_between
from fc_client.local.dispatch.pools import ExecProcess, Instance, Streams
from fc_client.local.storage.schema import ALIAS, FunctionKey
from fc_client.local.storage.store import Store
from fc_client.local.storage.versions import plain_qualifier, resolve

__all__ = ["instance_exec", "list_instances"]

_MAX_LIMIT = 1000
_VERSION = re.compile(r"[0-9]{1,18}")
_MAX_IDLE = 86_400
# As in the SDKs: of a terminal, output and errors are one stream.
_DEFAULTS = {"stdin": True, "stdout": True, "stderr": False, "tty": True}


async def list_instances(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../functions/{functionName}/instances (ListInstances), by version and ID."""
    find_function(backend.store, request)
    limit = integer_between("limit", request.query.get("limit") or str(_MAX_LIMIT), 0, _MAX_LIMIT)
    wanted = request.values("instanceIds")
    after = _last_place(request)
    places = sorted(
        place
        for place in map(_place, _instances(backend, function_key(request)))
        if place > after and (not wanted or place[1] in wanted)
    )
    page = places[:limit]
    content: dict[str, object] = {
        "instances": [{"instanceId": name, "versionId": version} for version, name in page]
    }
    # A limit of 0 makes no progress: a token would lead to the same page.
    if page and len(places) > limit:
        version, name = page[-1]
        content["nextToken"] = encode_token(f"{version}/{name}")
    return ApiReply(content=content)


def _place(instance: Instance) -> tuple[int, str]:
    """Return the place of an instance in the list: LATEST is version 0 there."""
    return int(instance.key[2] or "0"), instance.id


def _last_place(request: ApiRequest) -> tuple[int, str]:
    """Return the place of the last instance of the page before."""
    token = decode_token(request.query.get("nextToken", ""))
    version, _, name = token.partition("/")
    if token and _VERSION.fullmatch(version) is None:
        raise invalid_argument("nextToken", "is not a token of this list")
    return int(version or "0"), name


async def instance_exec(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../instances/{instanceId}/exec (InstanceExec): a WebSocket."""
    find_function(backend.store, request)
    instance = _find(backend, request)
    command = request.values("command")
    if not command or not command[0]:
        raise invalid_argument("command", "is required: the command and its arguments")
    if "\0" in "".join(command):
        raise invalid_argument("command", "must not have NUL characters")
    streams = Streams(**{name: _flag(request, name) for name in _DEFAULTS})
    idle = integer_between("idleTimeout", request.query.get("idleTimeout") or "120", 1, _MAX_IDLE)
    http = request.http
    if not isinstance(http, web.BaseRequest) or not _can_upgrade(http):
        raise invalid_argument("Upgrade", "must ask for a WebSocket")
    try:
        process = ExecProcess(instance.launch, command, streams)
    except OSError as exc:
        raise invalid_argument("command", f"cannot be run: {exc.strerror}") from exc
    return ApiReply(101, sent=await run_session(http, process, request.request_id, idle))


def _can_upgrade(http: web.BaseRequest) -> bool:
    return web.WebSocketResponse().can_prepare(http).ok


def _find(backend: Backend, request: ApiRequest) -> Instance:
    wanted = request.names["instanceId"]
    for instance in _instances(backend, function_key(request)):
        if instance.id == wanted:
            return instance
    raise ApiError("InstanceNotFound", f"instance {wanted!r} does not exist")


def _instances(backend: Backend, function: FunctionKey) -> list[Instance]:
    """Return the instances of all versions that a qualifier stands for."""
    return [
        instance
        for version in _versions(backend.store, function)
        for instance in backend.invocations.pools.instances_of(function.at(version))
    ]


def _versions(store: Store, function: FunctionKey) -> list[str]:
    version = resolve(store, function.service_name, function.qualifier)
    alias = store.get(ALIAS, (function.service_name, function.qualifier))
    if alias is None:
        return [version]
    weights = alias.document["additionalVersionWeight"] or {}
    return [version, *map(plain_qualifier, weights)]


def _flag(request: ApiRequest, name: str) -> bool:
    value = request.query.get(name, "").lower()
    if value not in ("", "true", "false"):
        raise invalid_argument(name, f"must be true or false, got {value!r}")
    return value == "true" if value else _DEFAULTS[name]
