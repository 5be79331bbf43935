"""Invocations: the parser of their results and their operations."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Generator, Iterable
from functools import partial
from typing import Any, Literal, TypeVar

from fc_client import models
from fc_client._arguments import header, required_integer
from fc_client._call.engine import Engine
from fc_client._call.payload import Payload
from fc_client._call.progress import DownloadProgress
from fc_client._json import excerpt, read_json
from fc_client._messages import JSON, OCTETS, Response, build
from fc_client._operations.functions import function_path
from fc_client.exceptions import (
    FailureReason,
    FunctionError,
    HandledInvocationError,
    UnhandledInvocationError,
)
from fc_client.timeouts import TimeoutTypes

T = TypeVar("T")

_FUNCTION_ERRORS: dict[str, type[FunctionError]] = {
    "handledinvocationerror": HandledInvocationError,
    "unhandledinvocationerror": UnhandledInvocationError,
}


# How messages of the service and of its runtimes begin, in both runtimes.
_REASONS: tuple[tuple[FailureReason, re.Pattern[str]], ...] = (
    ("timeout", re.compile(r"(Task|Function|Initializer|Invocation)\b.{0,40} timed out after ")),
    ("memory", re.compile(r".{0,300}\b(memory limit of|[Oo]ut of memory|OOM)\b")),
    ("exit", re.compile(r"(Process|Function instance) exited unexpectedly")),
    (
        "load",
        re.compile(
            r"Unable to import module |Cannot find module '|Syntax error in module "
            r"|Handler '.{0,200}' (is )?(missing on module|not of the form) "
            r"|Runtime .{0,100} is not available"
        ),
    ),
)


def parse_result(response: Response) -> models.InvocationResult:
    """Return the result of an invocation, whether or not the function failed."""
    headers = response.headers
    found = headers.lowered
    return models.InvocationResult(
        payload=response.body,
        status_code=response.status_code,
        request_id=response.request_id,
        error_type=found.get("x-fc-error-type"),
        log=_parsed(found.get("x-fc-log-result"), _log),
        duration_ms=_parsed(found.get("x-fc-invocation-duration"), int),
        max_memory_mb=_parsed(found.get("x-fc-max-memory-usage"), float),
        headers=headers,
        service_version=found.get("x-fc-invocation-service-version"),
        stateful_id=found.get("x-fc-stateful-async-invocation-id"),
    )


def _parsed(value: str | None, parse: Callable[[str], T]) -> T | None:
    """Return the value of a header; None if it is invalid, since the function did run."""
    try:
        return None if value is None else parse(value)
    except ValueError:
        return None


def _log(encoded: str) -> str:
    # The tail may start in the middle of a character.
    return base64.b64decode(encoded, validate=True).decode("utf-8", "replace")


def parse_invocation(
    service_name: str, function_name: str, check: bool, response: Response
) -> models.InvocationResult:
    """Return the result of an invocation; with *check* raise the function's error.

    Args:
        service_name: Name of the service.
        function_name: Name of the function.
        check: Whether to raise.
        response: What the service returned.

    Raises:
        HandledInvocationError: the function returned an error.
        UnhandledInvocationError: it raised, crashed, timed out or did not load.
    """
    result = parse_result(response)
    if check and result.error_type is not None:
        error = _function_error(result, result.error_type)
        error.service_name, error.function_name = service_name, function_name
        raise error
    return result


def _function_error(result: models.InvocationResult, code: str) -> FunctionError:
    body = _error_body(result)
    message, kind, trace = (body.get(name) for name in ("errorMessage", "errorType", "stackTrace"))
    text = str(message) if message is not None else excerpt(result.payload)
    error_type = str(kind) if kind is not None else None
    error_class = _FUNCTION_ERRORS.get(code.lower(), FunctionError)
    returned = error_class is HandledInvocationError
    return error_class(
        text,
        reason="raised" if returned else _reason(text, error_type),
        error_type=error_type,
        stack_trace=trace if isinstance(trace, list) else None,
        result=result,
        operation="InvokeFunction",
        status_code=result.status_code,
        code=code,
        request_id=result.request_id,
    )


def _reason(message: str, error_type: str | None) -> FailureReason:
    if error_type == "MemoryError":
        return "memory"
    reason: FailureReason = next(
        (name for name, pattern in _REASONS if pattern.match(message)), "raised"
    )
    # An error of the function's own may say the same; it has a type.
    if error_type is not None and reason != "load":
        return "raised"
    return reason


def _error_body(result: models.InvocationResult) -> dict[str, Any]:
    try:
        body = read_json(result.payload)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _event_option(event: Any, as_json: bool) -> dict[str, Any]:
    """Return the argument of invoke_function that sends *event*."""
    if not as_json:
        return {"payload": event}
    # To invoke_function, None means that there is no event.
    return {"payload": b"null"} if event is None else {"json": event}


def stateful_header(stateful_id: str | None, invocation_type: str) -> str | None:
    """Return the value of the header with the ID of a stateful invocation.

    Raises:
        ValueError: the invocation is not Async, or the ID is not a valid header value.
    """
    if stateful_id is not None and invocation_type != "Async":
        raise ValueError("stateful_id: requires invocation_type='Async'")
    return header("stateful_id", stateful_id)


def delay_header(async_delay: int | None, invocation_type: str) -> str | None:
    """Return the value of the header that delays an invocation.

    Raises:
        ValueError: the invocation is not Async, or the delay is negative.
    """
    if async_delay is None:
        return None
    if invocation_type != "Async":
        raise ValueError("async_delay: requires invocation_type='Async'")
    return str(required_integer("async_delay", async_delay))


class InvocationOperations(Engine):
    """Operations that run functions."""

    def invoke_function(
        self,
        service_name: str,
        function_name: str,
        payload: Payload | None = None,
        *,
        json: Any = None,
        invocation_type: Literal["Sync", "Async"] = "Sync",
        log_type: Literal["None", "Tail"] = "None",
        trace_id: str | None = None,
        qualifier: str | None = None,
        stateful_id: str | None = None,
        async_delay: int | None = None,
        idempotent: bool = False,
        check: bool = True,
    ) -> models.InvocationResult:
        """Run a function with an event and return its result.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            payload: The event: bytes, text (sent as UTF-8), a binary file or
                an iterable of bytes (for AsyncClient also an asynchronous
                one). Files and iterables are sent as they are read. At most
                32 MB for Sync, 128 KB for Async.
            json: The event as a value to send as JSON, in place of *payload*.
            invocation_type: ``Sync`` waits for the result; ``Async`` returns
                once the service has accepted the event.
            log_type: ``Tail`` returns the last 4 KB of the log of a Sync run.
            trace_id: An ID of your own, for tracing.
            qualifier: Version or alias of the service. Default: LATEST.
            stateful_id: An ID of your own for an Async invocation of a function
                whose invocations are stateful: letters, digits, ``_`` and ``-``,
                starting with a letter or ``_``; at most 128 characters.
            async_delay: Seconds, 0 to 3600, before which an Async invocation
                does not start. Default 0.
            idempotent: Whether it is safe to run the function twice with this
                event; if so, a lost connection or a 5xx is retried, too.
            check: Raise if the function fails; False returns the failure as
                a result with an ``error_type``.
        Returns:
            The result; without payload for Async.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            VersionNotFoundError: the version does not exist.
            AliasNotFoundError: the alias does not exist.
            HandledInvocationError: the function returned an error.
            UnhandledInvocationError: it raised, crashed, timed out or could
                not be loaded.
            EntityTooLargeError: the event exceeds the service's limit.
            ThrottlingError: the function did not run, for lack of capacity.
        API: POST /2016-08-15/services/{serviceName}/functions/{functionName}/invocations
            (guide: InvokeFunction)
        """
        return self._call(
            build(
                "InvokeFunction",
                "POST",
                function_path(service_name, function_name, "/invocations", qualifier=qualifier),
                headers={
                    "Content-Type": OCTETS if json is None else JSON,
                    "x-fc-invocation-type": header("invocation_type", invocation_type),
                    "x-fc-log-type": header("log_type", log_type),
                    "x-fc-trace-id": header("trace_id", trace_id),
                    "x-fc-stateful-async-invocation-id": stateful_header(
                        stateful_id, invocation_type
                    ),
                    "x-fc-async-delay": delay_header(async_delay, invocation_type),
                },
                body=self._body(payload, json),
                idempotent=idempotent,
            ),
            partial(parse_invocation, service_name, function_name, check),
        )

    def map_function(
        self,
        service_name: str,
        function_name: str,
        payloads: Iterable[Any],
        *,
        json: bool = False,
        concurrency: int = 16,
        ordered: bool = True,
        timeout: TimeoutTypes | None = None,
        progress: DownloadProgress | None = None,
        invocation_type: Literal["Sync", "Async"] = "Sync",
        log_type: Literal["None", "Tail"] = "None",
        qualifier: str | None = None,
        check: bool = True,
    ) -> Generator[models.InvocationResult, None, None]:
        """Run a function with many events at once and yield the results.

        Each result has the ``index`` of its event and the ``event``. A result
        is yielded as soon as it and all before it are available. The first
        failure is raised in its place and cancels the calls that have not
        started. Leaving the loop early cancels them, too.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            payloads: The events, each as for :meth:`invoke_function`; an
                iterable (for AsyncClient also an asynchronous one), which may
                be endless: an event is taken when a call can start.
            json: The events are values, which are sent as JSON.
            concurrency: Maximum number of calls at a time; as many more
                results may be waiting to be yielded. Calls beyond the client's
                *pool_size* wait for a connection.
            ordered: Yield the results in the order of the events; False
                yields each as soon as it is available.
            timeout: Timeout of each event, as for the client's constructor.
                Default: that of the client.
            progress: Called before each result with the number of results so
                far and of the events, None if *payloads* has no length.
            invocation_type: As for :meth:`invoke_function`.
            log_type: As for :meth:`invoke_function`.
            qualifier: Version or alias of the service. Default: LATEST.
            check: Raise the first failure; False yields a failure as a result
                with an ``error``, whatever failed (the function, a timeout, an
                error of the service for this event), and continues. Errors
                that all events would share are always raised: access denied,
                no such service or function.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            VersionNotFoundError: the version does not exist.
            AliasNotFoundError: the alias does not exist.
            HandledInvocationError: the function returned an error.
            UnhandledInvocationError: it raised, crashed, timed out or could
                not be loaded.
        API: POST /2016-08-15/services/{serviceName}/functions/{functionName}/invocations
            (guide: InvokeFunction)
        """
        # What is wrong for all events is raised now.
        function_path(service_name, function_name, qualifier=qualifier)
        header("invocation_type", invocation_type)
        header("log_type", log_type)
        client = self._with_timeout(timeout)
        return self._map(
            lambda event: client.invoke_function(
                service_name,
                function_name,
                **_event_option(event, json),
                invocation_type=invocation_type,
                log_type=log_type,
                qualifier=qualifier,
            ),
            payloads,
            concurrency=concurrency,
            ordered=ordered,
            check=check,
            progress=progress,
        )
