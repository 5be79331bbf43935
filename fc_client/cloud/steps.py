"""Runs steps that change something, and remembers which were done if one fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fc_client.cloud.errors import StepError
from fc_client.exceptions import FCError

__all__ = ["Steps"]

Result = TypeVar("Result")


class Steps:
    """The steps of one task.

    Args:
        report: Called with what was done, after each step.

    Attributes:
        done: What was done, in order: ``role fc-logs created``.
    """

    def __init__(self, report: Callable[[str], None] = lambda _: None) -> None:
        self.done: list[str] = []
        self._report = report

    def run(self, title: str, done_title: str, action: Callable[[], Result]) -> Result:
        """Run a step and return its result.

        Args:
            title: What the step does: ``create role fc-logs``.
            done_title: What it has done then: ``role fc-logs created``.
            action: Does it.

        Raises:
            StepError: *action* raised an FCError.
        """
        result = self.run_quietly(title, action)
        self.done.append(done_title)
        self._report(done_title)
        return result

    def run_quietly(self, title: str, action: Callable[[], Result]) -> Result:
        """Run a step that changes nothing, and so is not remembered."""
        try:
            return action()
        except FCError as exc:
            raise self._failure(title, exc) from exc

    def _failure(self, title: str, exc: FCError) -> StepError:
        """Return the error of a step that raised *exc*."""
        return StepError(
            exc.message,
            done=tuple(self.done),
            failed=title,
            operation=exc.operation,
            status_code=exc.status_code,
            code=exc.code,
            request_id=exc.request_id,
            service=getattr(exc, "service", ""),
        )

    def find(self, title: str, action: Callable[[], Result]) -> Result | None:
        """Return what *action* finds, or None if that does not exist.

        It changes nothing, so it is not remembered.

        Raises:
            StepError: *action* raised another error than that of something missing.
        """
        try:
            return action()
        except FCError as exc:
            if getattr(exc, "is_missing", False):
                return None
            raise self._failure(title, exc) from exc
