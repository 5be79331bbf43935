"""The errors of functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from fc_client import models
from fc_client._disclosure import masked_json
from fc_client.exceptions.base import FCError, short_name

__all__ = [
    "FailureReason",
    "FunctionError",
    "HandledInvocationError",
    "UnhandledInvocationError",
]

FailureReason = Literal["raised", "timeout", "memory", "exit", "load"]


class FunctionError(FCError):
    """The call succeeded; the function itself failed.

    Attributes:
        service_name: The service of the function, or None if it is unknown.
        function_name: The function, or None if it is unknown.
        reason: ``raised`` (the function raised, or returned an error),
            ``timeout``, ``memory`` (it exceeded its memory), ``exit`` (its
            process ended) or ``load`` (its code is missing, is not valid or
            raised while it was loaded). Where only the log tells memory from
            exit, it is ``exit`` without ``log_type="Tail"``.
        error_message: The message of the function's error, or the start of
            its output if that is not an error body.
        error_type: Class name of the function's error, such as ``KeyError``,
            or None.
        stack_trace: The stack trace, as a list in the format of the runtime,
            or None.
        result: The InvocationResult with payload, log and headers.
    """

    def __init__(
        self,
        message: str = "",
        *,
        service_name: str | None = None,
        function_name: str | None = None,
        reason: FailureReason = "raised",
        error_type: str | None = None,
        stack_trace: list[Any] | None = None,
        result: models.InvocationResult | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.service_name = service_name
        self.function_name = function_name
        self.reason = reason
        self.error_message = str(masked_json(message))
        self.error_type = short_name(error_type)
        self.stack_trace: list[Any] | None = stack_trace
        self.result = result
        self.redact(())

    def __str__(self) -> str:
        if self.function_name is None:
            return super().__str__()
        head = f"function {self.service_name}/{self.function_name} failed"
        text = ": ".join(part for part in (head, self.error_type, self.message) if part)
        return f"{text} (request id {self.request_id})" if self.request_id else text

    def redact(self, secrets: Iterable[str | None]) -> None:
        """Replace *secrets* by ``***`` in all that the error says; not in the payload."""
        wanted = list(secrets)
        super().redact(wanted)
        self.error_message = str(masked_json(self.error_message, wanted))
        self.error_type = short_name(self.error_type, wanted)
        trace = masked_json(self.stack_trace, wanted)
        self.stack_trace = trace if isinstance(trace, list) else None


class HandledInvocationError(FunctionError):
    """The function returned an error through its callback."""


class UnhandledInvocationError(FunctionError):
    """The function raised, crashed, timed out or could not be loaded."""
