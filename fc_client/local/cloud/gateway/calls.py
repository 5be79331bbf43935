"""Answers calls of deployed APIs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import unquote

from fc_client.local.cloud.gateway.deployments import Deployments
from fc_client.local.cloud.gateway.errors import GatewayError
from fc_client.local.cloud.gateway.events import Call, make_event
from fc_client.local.cloud.gateway.groups import STAGES, Groups
from fc_client.local.cloud.gateway.replies import reply_of
from fc_client.local.cloud.gateway.routes import find_api, stage_of
from fc_client.local.cloud.messages import CloudReply, CloudRequest
from fc_client.local.dispatch.invocations import Outcome, ResourceExhausted
from fc_client.local.storage.schema import FunctionKey
from fc_client.local.storage.store import StoreError
from fc_client.local.storage.versions import MissingResourceError

__all__ = ["MAX_BODY", "Calls", "Functions", "body_too_large"]

MAX_BODY = 2 * 1024 * 1024
_MAX_URL = 8 * 1024
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


class Functions(Protocol):
    """Runs functions; Invocations implements it."""

    async def invoke(self, function: FunctionKey, request_id: str, event: bytes) -> Outcome:
        """Run a function and return how it ended."""


class Calls:
    """Answers calls of deployed APIs with their functions.

    Args:
        groups: The groups.
        deployments: What is in force in their stages.
        functions: Runs the functions.
        clock: Returns seconds since the epoch.
    """

    def __init__(
        self,
        groups: Groups,
        deployments: Deployments,
        functions: Functions,
        clock: Callable[[], float],
    ) -> None:
        self._groups = groups
        self._deployments = deployments
        self._functions = functions
        self._clock = clock
        # Those whose callers no longer wait run to their end.
        self._running: set[asyncio.Task[Outcome]] = set()

    async def answer(self, group_id: str, request: CloudRequest) -> CloudReply:
        """Answer a call of an API of a group."""
        title = unquote(request.path)
        try:
            call = self._find(group_id, request)
            title += _target(call.api)
            reply = await self._call(call)
        except GatewayError as error:
            reply = error.reply()
        return replace(
            reply,
            headers={**reply.headers, "X-Ca-Request-Id": request.request_id},
            operation=request.method,
            target=title,
        )

    async def close(self) -> None:
        """Cancel the functions that no caller waits for."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _find(self, group_id: str, request: CloudRequest) -> Call:
        if not self._groups.exists(group_id):
            raise GatewayError(404, f"Invalid Domain: no API group {group_id}", "I404DO")
        if request.url_length > _MAX_URL:
            raise GatewayError(
                413, f"Request Url too Large: at most {_MAX_URL} characters", "I413UL"
            )
        stage = stage_of(request.headers.get("x-ca-stage", ""))
        deployed = self._deployments.of_stage(group_id, stage)
        api, path_parameters = find_api(deployed, request.method, request.path)
        return Call(api, request, path_parameters, self._clock())

    async def _call(self, call: Call) -> CloudReply:
        _check_caller(call)
        event = make_event(call)
        outcome = await self._run(call, event)
        return replace(_reply(outcome), event=event, outcome=outcome)

    async def _run(self, call: Call, event: bytes) -> Outcome:
        """Run the function of a call, for as long as the API allows."""
        task = asyncio.ensure_future(
            self._functions.invoke(_function(call.api), call.request.request_id, event)
        )
        self._running.add(task)
        task.add_done_callback(self._forget)
        seconds = call.api["ServiceConfig"]["ServiceTimeout"] / 1000
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            raise GatewayError(504, f"Backend service request timeout: {seconds:g} s", "D504TO")
        try:
            return task.result()
        except (MissingResourceError, ResourceExhausted, StoreError) as exc:
            raise GatewayError(500, f"Failed To Invoke Backend Service: {exc}") from exc

    def _forget(self, task: asyncio.Task[Outcome]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            # Read, since asyncio reports errors that were not.
            task.exception()


def _reply(outcome: Outcome) -> CloudReply:
    if outcome.error_type is not None:
        # To the gateway it is a result of the wrong form. The log has the outcome.
        failure = GatewayError(503, f"The function failed: {outcome.error_type}", "D502FC")
        return replace(failure.reply(), problem="")
    try:
        return reply_of(outcome.payload)
    except GatewayError as error:
        return error.reply()


def _check_caller(call: Call) -> None:
    """Raise GatewayError if the API demands a caller that is known to it."""
    kind = call.api["AuthType"]
    if kind in ("APP", "APPOPENID"):
        raise GatewayError(403, "Unauthorized: this server has no apps; use ANONYMOUS or OPENID")
    config = call.api["OpenIdConnectConfig"]
    if kind != "OPENID" or config["OpenIdApiType"] == "IDTOKEN":
        return
    name = config["IdTokenParamName"]
    request = call.request
    token = request.query.get(name) or request.headers.get(name.lower(), "")
    token = token or call.path_parameters.get(name, "")
    if not token:
        raise GatewayError(403, f"OpenID Connect Verify Fail: no token in {name}", "I400JR")
    if _TOKEN.fullmatch(token) is None:
        raise GatewayError(403, f"OpenID Connect Verify Fail: {name} is not a JWT", "A403JT")


def _function(api: dict[str, Any] | Any) -> FunctionKey:
    config = api["ServiceConfig"]["FunctionComputeConfig"]
    return FunctionKey(config["ServiceName"], config["FunctionName"])


def _target(api: Any) -> str:
    """Return what the request log shows after the path."""
    stage = "" if api["StageName"] == STAGES[0] else f" ({api['StageName']})"
    return f"{stage} -> {_function(api)}"


def body_too_large(request_id: str) -> CloudReply:
    """Return the reply to a call whose body exceeds MAX_BODY."""
    reply = GatewayError(413, f"Request body too Large: at most {MAX_BODY} bytes", "I413RL").reply()
    return replace(reply, headers={**reply.headers, "X-Ca-Request-Id": request_id})
