"""Runs one instance of a function: load, initializer, then events, in one worker."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from fc_client.local.execution.channels import MAX_BODY, Frame
from fc_client.local.execution.function_spec import (
    PROGRAM_CODES,
    UNHANDLED,
    FunctionSpec,
    Outcome,
)
from fc_client.local.execution.http_exchange import HttpExchange
from fc_client.local.execution.loaded_sources import LoadedSources, parse_sources
from fc_client.local.execution.outputs import framed_log, log_line
from fc_client.local.execution.request_channels import ExitReason
from fc_client.local.execution.runtimes import (
    is_custom,
    show_code_dir,
    with_directories,
)
from fc_client.local.execution.workers import Launch, Worker

__all__ = ["Instance", "failed_outcome"]

# Only a hanging interpreter takes longer, even on a slow machine.
_START_SECONDS = 30
_SLACK_SECONDS = 5
# A runtime answers at once, unless its function still runs something.
_SOURCES_SECONDS = 2

# What the context says of a call without a qualifier.
_LATEST = "LATEST"

_NODE_HEAP_FULL = re.compile(rb"^FATAL ERROR: .{0,200}JavaScript heap out of memory", re.MULTILINE)


@dataclass(frozen=True)
class _PhaseResult:
    """The result of one phase: the reply or the exit reason, its time limit and duration."""

    result: Frame | ExitReason
    limit: int
    duration_ms: float

    @property
    def failed(self) -> bool:
        return isinstance(self.result, ExitReason) or bool(self.result.header["error_type"])


@dataclass(frozen=True)
class _Call:
    """The ID of a call, what its context has of its own, and whether the function is not loaded."""

    request_id: str
    fields: Mapping[str, Any]
    is_cold: bool = False


class Instance:
    """An instance of one version of a function; it runs as many calls at a time as the spec says.

    Args:
        spec: The function; its ``code_dir`` is the directory that it runs in.
        instance_id: ID of the instance.
        worker: Its process.
        modules: Directory of further modules for the function, if any.
    """

    def __init__(
        self, spec: FunctionSpec, instance_id: str, worker: Worker, modules: str | None = None
    ) -> None:
        self._spec = spec
        self._modules = [] if modules is None else [modules]
        self._id = instance_id
        self._worker = worker
        self._broken = False
        self._running = 0
        self._preparing = asyncio.Lock()
        self._sources = LoadedSources()
        self._start_failure: _PhaseResult | None = None
        self._last_call = _Call("", _call_fields(spec))
        self._pending = [("load", _load_seconds(spec))]
        if spec.initializer:
            self._pending.append(("initialize", spec.initialization_timeout))

    @property
    def id(self) -> str:
        """The ID of the instance."""
        return self._id

    @property
    def key(self) -> tuple[str, str, str]:
        """The names of the service and the function, and the ID of the version."""
        return self._spec.key

    @property
    def is_loaded(self) -> bool:
        """Whether the function is loaded and its initializer, if any, has run."""
        return not self._pending

    @property
    def launch(self) -> Launch:
        """How its process was started."""
        return self._worker.launch

    @property
    def code_dir(self) -> Path:
        """The directory that the instance runs in."""
        return self._spec.code_dir

    @property
    def usable(self) -> bool:
        """Whether the instance can run another event."""
        return not self._broken and self._worker.alive and not self._sources.changed

    async def start(self) -> None:
        """Wait until the runtime is ready; invoke() reports a failure to start."""
        phase = await self._run("start", _START_SECONDS, self._last_call)
        if phase.failed:
            self._start_failure = phase

    async def warm(self) -> str:
        """Load the function and run its initializer; return what went wrong, or ""."""
        call = self._last_call
        phase = self._start_failure or await self._prepare(call)
        if phase is None:
            if self._spec.linked:
                await self._record_sources(call)
            return ""
        payload = self._outcome(call, phase).payload
        self._broken = True
        return payload.decode("utf-8", "replace")

    async def invoke(
        self, request_id: str, event: bytes | HttpExchange, called: FunctionSpec
    ) -> Outcome:
        """Run one event or HTTP call, after load and initializer if they have not succeeded yet.

        Args:
            request_id: ID of the request.
            event: The event or the call.
            called: The function with the qualifier and the tracing of this call.
        """
        call = _Call(request_id, _call_fields(called), bool(self._pending))
        self._last_call = call
        self._running += 1
        try:
            outcome = await self._invoke(call, event)
        finally:
            self._running -= 1
        if not self._running and not self._broken:
            await self._run_hook("pre-freeze")
        if self._spec.linked and not self._broken:
            await self._record_sources(call)
        return outcome

    async def _invoke(self, call: _Call, event: bytes | HttpExchange) -> Outcome:
        phase = self._start_failure or await self._prepare(call)
        if phase is None:
            kind = "invoke" if isinstance(event, bytes) else "http"
            phase = await self._run(kind, self._spec.timeout, call, event)
        return self._outcome(call, phase)

    async def end(self, grace: float) -> None:
        """End the instance; return when all its processes have ended."""
        if self._worker.alive and not (self._broken or self._pending or self._running):
            await self._run_hook("pre-stop")
        self._broken = True
        await self._worker.end(grace)

    async def _run_hook(self, name: str) -> None:
        """Run a hook of the life cycle, if the function has it."""
        hook = self._spec.hooks.get(name)
        if hook is not None:
            phase = await self._run(name, hook.timeout, self._last_call)
            ended = isinstance(phase.result, ExitReason) or not phase.result.header["reusable"]
            self._broken = self._broken or ended

    async def _record_sources(self, call: _Call) -> None:
        """Record what the instance has loaded, of which a change ends it."""
        phase = await self._run("sources", _SOURCES_SECONDS, call)
        if not isinstance(phase.result, ExitReason):
            self._sources.add(parse_sources(phase.result.body))
        self._broken = self._broken or phase.failed

    async def _prepare(self, call: _Call) -> _PhaseResult | None:
        """Run the pending phases; return the one that failed, if any."""
        if not self._pending:
            return None
        async with self._preparing:
            while self._pending:
                phase = await self._run(*self._pending[0], call)
                if phase.failed:
                    return phase
                del self._pending[0]
        return None

    async def _run(
        self, kind: str, limit: int, call: _Call, body: bytes | HttpExchange = b""
    ) -> _PhaseResult:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            if kind == "start":
                result = await self._worker.ready(limit)
            else:
                header = {
                    "kind": kind,
                    "request_id": call.request_id,
                    **call.fields,
                    **_settings(kind, self._spec, self._modules),
                }
                result = await self._worker.request(header, body, limit)
        except BaseException:
            # For instance after a cancellation, the worker may still be running the event.
            self._broken = True
            raise
        return _PhaseResult(result, limit, (loop.time() - started) * 1000)

    def _outcome(self, call: _Call, phase: _PhaseResult) -> Outcome:
        log = show_code_dir(self._worker.take_output(), self._spec.code_dir, self._spec.opt_dir)
        if isinstance(phase.result, ExitReason):
            message = self._message(_exit_reason(phase.result, log), phase)
            payload, error_type = _error_body(message), UNHANDLED
            log += b"" if log.endswith(b"\n") or not log else b"\n"
            log += log_line(call.request_id, message)
            self._broken = True
        else:
            payload, error_type = phase.result.body, phase.result.header["error_type"]
            self._broken = self._broken or not phase.result.header["reusable"]
        outcome = Outcome(
            payload,
            error_type,
            log,
            phase.duration_ms,
            self._worker.peak_mb,
            self._id,
            code=_program_code(phase),
        )
        framed = framed_log(call.request_id, self._spec.memory_size, outcome)
        return replace(outcome, log=framed, cold=call.is_cold, output=log)

    def _message(self, reason: ExitReason, phase: _PhaseResult) -> str:
        """Return the message from the guide's "Typical error scenarios", and the cause if known."""
        if reason is ExitReason.TIMED_OUT:
            return f"Task timed out after {phase.limit} seconds"
        return (
            "Process exited unexpectedly before completing request "
            f"(duration: {phase.duration_ms:.0f}ms, maxMemoryUsage: {self._worker.peak_mb:.2f}MB)"
            f"{_cause(reason, self._spec)}"
        )


def failed_outcome(spec: FunctionSpec, request_id: str, message: str) -> Outcome:
    """Return the outcome of an event whose instance could not be started."""
    line = log_line(request_id, message)
    outcome = Outcome(_error_body(message), UNHANDLED, line, 0.0, 0.0, "")
    framed = framed_log(request_id, spec.memory_size, outcome)
    return replace(outcome, log=framed, cold=True, output=line)


def _program_code(phase: _PhaseResult) -> str:
    """Return the error code for the program of a custom runtime; "" for other results."""
    if isinstance(phase.result, ExitReason) or not phase.failed:
        return ""
    code = phase.result.header.get("code", "")
    return code if code in PROGRAM_CODES else ""


def _exit_reason(reason: ExitReason, log: bytes) -> ExitReason:
    # Node.js aborts itself a little below the memory size, at its heap limit.
    is_full_heap = reason is ExitReason.EXITED and _NODE_HEAP_FULL.search(log)
    return ExitReason.OUT_OF_MEMORY if is_full_heap else reason


def _cause(reason: ExitReason, spec: FunctionSpec) -> str:
    # The guide has one message for all. Callers without the log need the cause as well.
    if reason is ExitReason.OUT_OF_MEMORY:
        return f": memory limit of {spec.memory_size} MB exceeded"
    if reason is ExitReason.INVALID_REPLY:
        return ": invalid data on the control channel, which only the runtime may use"
    return ""


def _error_body(message: str) -> bytes:
    return json.dumps({"errorMessage": message}).encode("ascii")


def _start_seconds(spec: FunctionSpec) -> int:
    """Return how long the program of a custom runtime may take until it listens."""
    return max(spec.timeout, _START_SECONDS)


def _load_seconds(spec: FunctionSpec) -> int:
    """Return how long a function may take to load."""
    if not is_custom(spec.runtime):
        return spec.timeout
    # The runtime itself says what took too long, unless it hangs.
    check = 0 if spec.health_check is None else spec.health_check.longest
    return _start_seconds(spec) + check + _SLACK_SECONDS


def _settings(kind: str, spec: FunctionSpec, modules: Sequence[str]) -> Mapping[str, Any]:
    """Return the settings for the runtime, which only the load request carries."""
    if kind != "load":
        return {}
    return {
        "settings": {
            "code_dir": str(spec.code_dir),
            "opt_dir": None if spec.opt_dir is None else str(spec.opt_dir),
            "handler": spec.handler,
            "initializer": spec.initializer,
            "hooks": {name: hook.handler for name, hook in spec.hooks.items()},
            "max_result": MAX_BODY,
            "modules": modules,
            "command": [with_directories(word, spec) for word in spec.command],
            "ca_port": spec.ca_port,
            "start_seconds": _start_seconds(spec),
            "health_check": spec.health_check and asdict(spec.health_check),
            "context": _context(spec),
        }
    }


def _call_fields(spec: FunctionSpec) -> Mapping[str, Any]:
    """Return the part of the context that may differ from call to call."""
    return {"tracing": asdict(spec.tracing), "qualifier": spec.qualifier or _LATEST}


def _context(spec: FunctionSpec) -> Mapping[str, Any]:
    """Return the part of the guide's "Context" that is the same for all events."""
    return {
        "credentials": {
            "access_key_id": spec.access_key_id,
            "access_key_secret": spec.access_key_secret,
            "security_token": spec.security_token,
        },
        "function": {
            "name": spec.function_name,
            "handler": spec.handler,
            "memory": spec.memory_size,
            "timeout": spec.timeout,
        },
        "service": {
            "name": spec.service_name,
            "log_project": spec.log_project,
            "log_store": spec.log_store,
            "version_id": spec.service_version or _LATEST,
        },
        "region": spec.region,
        "account_id": spec.account_id,
    }
