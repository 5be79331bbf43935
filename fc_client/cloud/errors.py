"""The errors of RAM, Log Service and API Gateway."""

from __future__ import annotations

from typing import Any

from fc_client.exceptions import FCError

__all__ = ["AmbiguousGroupError", "CloudError", "StepError"]

_EXISTING = (
    "ProjectAlreadyExist",
    "LogStoreAlreadyExist",
    "IndexAlreadyExist",
    "DuplicateApiName",
)
_MISSING = (
    "EntityNotExist",
    "ProjectNotExist",
    "LogStoreNotExist",
    "IndexConfigNotExist",
    "NotFoundApiGroup",
    "NotFoundApi",
    "NotFoundStage",
    "InvalidGroupId.NotFound",
)
_BUSY = ("RepeatedCommit", "ConcurrencyLockTimeout")
_DENIED = ("NoPermission", "Forbidden.RAM", "Unauthorized")
_BUSY_STATUSES = (429, 503)

# Actions of policies that have another name than the operation.
_ACTIONS = {"GetLogs": "GetLogStoreLogs"}


class CloudError(FCError):
    """RAM, Log Service or API Gateway returned an error; ``code`` is the service's own.

    ``code`` is None if the response was not one of the service, such as the page of
    a proxy; ``message`` has the first words of it then.

    Attributes:
        service: The name of the service in policies: ram, log or apigateway.
    """

    def __init__(self, message: str = "", *, service: str = "", **details: Any) -> None:
        super().__init__(message, **details)
        self.service = service

    @property
    def action(self) -> str:
        """The action that a policy must allow for this call: ``ram:CreateRole``."""
        operation = self.operation or "*"
        return f"{self.service or '*'}:{_ACTIONS.get(operation, operation)}"

    @property
    def is_missing(self) -> bool:
        """Whether what was asked for does not exist. No other error means that."""
        code = self.code or ""
        return code.startswith("EntityNotExist.") or code in _MISSING

    @property
    def is_existing(self) -> bool:
        """Whether what was to be created exists already."""
        code = self.code or ""
        return code.startswith("EntityAlreadyExist") or code in _EXISTING

    @property
    def is_denied(self) -> bool:
        """Whether the caller lacks the right to do this."""
        return self.code in _DENIED

    @property
    def is_busy(self) -> bool:
        """Whether the same call may succeed a moment later, since the service did nothing."""
        code = self.code or ""
        return code in _BUSY or code.startswith("Throttling") or self.status_code in _BUSY_STATUSES


class AmbiguousGroupError(FCError):
    """Several groups of API Gateway have the name by which one was looked for.

    Attributes:
        group_ids: Their IDs, the oldest first.
    """

    def __init__(
        self, message: str = "", *, group_ids: tuple[str, ...] = (), **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.group_ids = group_ids


class StepError(CloudError):
    """A step of several failed; ``__cause__`` is its error.

    Attributes:
        done: What was done before, in order.
        failed: The step that failed.
    """

    def __init__(
        self, message: str = "", *, done: tuple[str, ...] = (), failed: str = "", **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.done = done
        self.failed = failed

    def __str__(self) -> str:
        before = f"; done before: {', '.join(self.done)}" if self.done else ""
        return f"cannot {self.failed}: {super().__str__()}{before}"
